# SPDX-License-Identifier: MIT
"""Cells and rows of the line table, shared by several formats."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tcbsplit.model.report import Report
from tcbsplit.model.resident import Resident
from tcbsplit.model.result import ComponentRow, Figures, LocTable
from tcbsplit.report.boots import boots_text

COUNTED_LINES = (
    "code lines (active, not only comment) of all files that are compiled into the image"
)


class Measure(NamedTuple):
    """A measure of the line table: its field of ``Figures``, its title, what it counts."""

    figure: str
    title: str
    counts: str


MEASURES = (
    Measure("lines", "source lines", COUNTED_LINES),
    Measure("functions", "functions", "definitions in these files"),
    Measure("text_bytes", "bytes of functions", "sizes of function symbols of the linked image"),
    Measure("complexity", "cyclomatic complexity", "sum over functions (McCabe)"),
    Measure("indirect", "indirect call sites", "calls through pointers in functions"),
)
COUNTED_RESIDENT = (
    "functions, the code lines of their definitions, bytes of their symbols; other tables count "
    "declarations and data of the files as well"
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


def total_of(row: ComponentRow, figure: str) -> tuple[int, int]:
    """Return one figure of the original and of the thin hypervisor, glue counted."""
    original, kept, glue = (int(getattr(f, figure)) for f in (row.original, row.kept, row.glue))
    return original, kept + glue


def change(saved: float) -> str:
    """Return the share that left as a change in per cent: -8.6 %, +1.2 %, 0.0 %."""
    shown = f"{-100 * saved:+.1f} %"
    return "0.0 %" if shown in ("+0.0 %", "-0.0 %") else shown


def headline(table: LocTable) -> str:
    """Return the reduction of the TCB: the one sentence that all outputs share."""
    original, thin = total_of(table.total, "lines")
    text = f"TCB: {change(table.reduction_lines)} source lines ({original} -> {thin}, glue counted)"
    original, thin = total_of(table.total, "text_bytes")
    if original:
        text += f", {change(table.reduction_text)} bytes of functions ({original} -> {thin})"
    return text


def resident_line(found: Resident) -> str:
    """Return what of the original is resident while the target runs."""
    total = found.total
    parts = []
    for name, measure in ("lines of functions", "lines"), ("bytes of functions", "text_bytes"):
        whole, left = (int(getattr(a, measure)) for a in (total.original, total.resident))
        if whole:
            parts.append(f"{left} of {whole} {name} ({percent(left / whole)})")
    return f"resident while the target runs: {', '.join(parts)}, glue counted"


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
            f"\n{headline(report.table)}\n",
            *([f"{resident_line(report.resident)}\n"] if report.resident else []),
            *([boots_text(report.boots)] if report.boots else []),
            f"report: {path}",
        )
    )
