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
COUNTED_RESIDENT = "resident is thin without the functions that are erased before the target runs"
HEADINGS = (
    "component", "original", "thin", "kept", "glue", "guest", "shared", "unreached", "resident"
)  # fmt: skip
_ERASED = ("lines", "functions", "text_bytes")  # measures of which it is known what is erased


def cells(row: ComponentRow, measure: str, beside: Resident | None) -> tuple[str, ...]:
    """Return the cells of one row for one measure; thin is the sum of kept and glue.

    What is not known to be resident is empty.
    """
    stays = resident_of(row, measure, beside)

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
        "" if stays is None else str(stays),
    )


def resident_of(row: ComponentRow, measure: str, beside: Resident | None) -> int | None:
    """Return what of a row is resident while the target runs; None if that is not known.

    The base is that of the row: what of thin is no function, declarations and data, stays.
    """
    if beside is None or measure not in _ERASED:
        return None
    thin = total_of(row, measure)[1]
    erased = [
        int(getattr(r.thin, measure)) - int(getattr(r.resident, measure))
        for r in beside.rows
        if r.component == row.component
    ]
    return thin - sum(erased)


def rows(table: LocTable, measure: str, beside: Resident | None) -> list[tuple[str, ...]]:
    """Return all rows of the table for one measure, the total last."""
    return [cells(row, measure, beside) for row in (*table.rows, table.total)]


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


def resident_line(table: LocTable, beside: Resident) -> str:
    """Return what is resident while the target runs, on the base of the headline."""
    parts = []
    for name, measure in ("source lines", "lines"), ("bytes of functions", "text_bytes"):
        original, left = (
            total_of(table.total, measure)[0],
            resident_of(table.total, measure, beside),
        )
        if original and left is not None:
            parts.append(f"{change(1 - left / original)} {name} ({original} -> {left})")
    return f"resident while the target runs: {', '.join(parts)}"


def plain(table: LocTable, beside: Resident | None, measure: str = "lines") -> str:
    """Return the table as aligned text."""
    content = [HEADINGS, *rows(table, measure, beside)]
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
            plain(report.table, report.resident),
            f"\n{headline(report.table)}\n",
            *([f"{resident_line(report.table, report.resident)}\n"] if report.resident else []),
            *([boots_text(report.boots)] if report.boots else []),
            f"report: {path}",
        )
    )
