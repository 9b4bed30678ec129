# SPDX-License-Identifier: MIT
"""Render tables as CSV (RFC 4180) and the sizes as LaTeX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from tcbsplit.model.report import Report
from tcbsplit.model.result import ComponentRow
from tcbsplit.model.table import Table, Value
from tcbsplit.report.tables import cells, change, resident_of, total_of

_FIGURES = (("lines", "lines"), ("functions", "functions"), ("text_bytes", "bytes"))
_SPECIAL = {c: f"\\{c}" for c in "&%$#_{}"} | {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip


def csv_text(table: Table) -> str:
    """Return a table as CSV with a line of headings; line ends are those of the RFC."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([c.name for c in table.columns])
    writer.writerows([[_cell(v) for v in row] for row in table.rows])
    return written.getvalue()


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # A spreadsheet takes what begins so for a formula (OWASP, CSV injection).
        return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
    return str(value)


def latex_text(report: Report) -> str:
    """Return original, thin and resident sizes by component; it needs no package of LaTeX."""
    table = report.table
    heads = " & ".join(rf"\multicolumn{{3}}{{c}}{{{title}}}" for _, title in _FIGURES)
    lines = [
        f"% {_latex(report.name)}: original, thin with glue, resident while the target runs.",
        rf"\begin{{tabular}}{{l{'rrr' * len(_FIGURES)}}}",
        r"\hline",
        rf" & {heads} \\",
        rf"component{' & original & thin & resident' * len(_FIGURES)} \\",
        r"\hline",
    ]
    for row in table.rows:
        figures = [n for f, _ in _FIGURES for n in _three(row, f, report)]
        lines.append(rf"{_latex(row.component)} & {' & '.join(figures)} \\")
    sums = " & ".join(n for f, _ in _FIGURES for n in _three(table.total, f, report))
    changes = " & ".join(n for f, _ in _FIGURES for n in _changes(table.total, f, report))
    lines += [r"\hline", rf"total & {sums} \\", rf"change & {changes} \\", r"\hline"]
    return "\n".join([*lines, r"\end{tabular}", ""])


def _three(row: ComponentRow, figure: str, report: Report) -> tuple[str, str, str]:
    found = cells(row, figure, report.resident)
    return found[1], found[2], found[-1] or "?"


def _changes(row: ComponentRow, figure: str, report: Report) -> Iterator[str]:
    """Yield the cells of the last line: nothing below original."""
    original, thin = total_of(row, figure)
    yield ""
    for value in (thin, resident_of(row, figure, report.resident)):
        unknown = not original or value is None
        yield "" if unknown else _latex(change(1 - (value or 0) / original))


def _latex(text: str) -> str:
    return "".join(_SPECIAL.get(c, c) for c in text)
