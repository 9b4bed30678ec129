# SPDX-License-Identifier: MIT
"""Render tables as CSV (RFC 4180) and the sizes as LaTeX."""

from __future__ import annotations

import csv
import io

from tcbsplit.model.report import Report
from tcbsplit.model.table import Table, Value
from tcbsplit.report.tables import cells, change, total_of

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
    """Return original and thin sizes by component as a tabular that needs no package."""
    table = report.table
    heads = " & ".join(rf"\multicolumn{{2}}{{c}}{{{title}}}" for _, title in _FIGURES)
    lines = [
        f"% {_latex(report.name)}: original and thin; glue counts as thin.",
        rf"\begin{{tabular}}{{l{'rr' * len(_FIGURES)}}}",
        r"\hline",
        rf" & {heads} \\",
        rf"component{' & original & thin' * len(_FIGURES)} \\",
        r"\hline",
    ]
    for row in table.rows:
        figures = [n for f, _ in _FIGURES for n in cells(row, f)[1:3]]
        lines.append(rf"{_latex(row.component)} & {' & '.join(figures)} \\")
    totals = [total_of(table.total, f) for f, _ in _FIGURES]
    sums = " & ".join(str(n) for pair in totals for n in pair)
    changes = " & ".join(
        rf"\multicolumn{{2}}{{r}}{{{_latex(change(1 - b / a)) if a else ''}}}" for a, b in totals
    )
    lines += [r"\hline", rf"total & {sums} \\", rf"change & {changes} \\", r"\hline"]
    return "\n".join([*lines, r"\end{tabular}", ""])


def _latex(text: str) -> str:
    return "".join(_SPECIAL.get(c, c) for c in text)
