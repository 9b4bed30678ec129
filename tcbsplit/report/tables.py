# SPDX-License-Identifier: MIT
"""Cells and rows of the line table, shared by several formats."""

from __future__ import annotations

from pathlib import Path

from tcbsplit.model.report import Report
from tcbsplit.model.result import ComponentRow, Figures, LocTable
from tcbsplit.report.boots import boots_text

MEASURES = (
    ("lines", "source lines"),
    ("functions", "functions"),
    ("complexity", "cyclomatic complexity"),
    ("indirect", "indirect call sites"),
    ("text_bytes", ".text bytes of functions"),
)
HEADINGS = ("component", "original", "thin", "kept", "glue", "guest", "shared", "unreached")


def cells(row: ComponentRow, measure: str) -> tuple[str, ...]:
    """Return the cells of one row for one measure; thin is the sum of kept and glue."""

    def figure(figures: Figures) -> int:
        return int(getattr(figures, measure))

    kept, glue = figure(row.kept), figure(row.glue)
    return (
        row.component,
        *(
            str(n)
            for n in (
                figure(row.original),
                kept + glue,
                kept,
                glue,
                figure(row.guest),
                figure(row.shared),
                figure(row.unreached),
            )
        ),
    )


def rows(table: LocTable, measure: str) -> list[tuple[str, ...]]:
    """Return all rows of the table for one measure, the total last."""
    return [cells(row, measure) for row in (*table.rows, table.total)]


def percent(share: float) -> str:
    """Return a share in per cent, with one decimal."""
    return f"{100 * share:.1f} %"


def plain(table: LocTable, measure: str = "lines") -> str:
    """Return the table as aligned text."""
    content = [HEADINGS, *rows(table, measure)]
    widths = [max(len(line[i]) for line in content) for i in range(len(HEADINGS))]
    lines = []
    for line in content:
        first, *rest = line
        lines.append(
            "  ".join(
                [
                    first.ljust(widths[0]),
                    *(c.rjust(w) for c, w in zip(rest, widths[1:], strict=True)),
                ]
            )
        )
    lines.insert(1, "-" * len(lines[0]))
    lines.insert(-1, "-" * len(lines[0]))
    return "\n".join(lines)


def report_text(report: Report, path: Path) -> str:
    """Return the line table, the reduction, the boots, and the path of the report."""
    return "\n".join(
        (
            "\nsource lines",
            plain(report.table),
            f"\nTCB: -{percent(report.table.reduction_lines)} source lines, "
            f"-{percent(report.table.reduction_text)} bytes of functions (glue counted as TCB)\n",
            *([boots_text(report.boots)] if report.boots else []),
            f"report: {path}",
        )
    )
