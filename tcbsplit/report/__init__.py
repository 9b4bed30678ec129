"""Results -> text: JSON, Markdown, plain tables; pure functions."""

from tcbsplit.report.dot import dot
from tcbsplit.report.findings import boots_junit
from tcbsplit.report.loc import loc_table
from tcbsplit.report.machine import contradiction, machine_line, machine_lines
from tcbsplit.report.markdown import markdown
from tcbsplit.report.summary import summary
from tcbsplit.report.tables import percent, plain

__all__ = [
    "boots_junit",
    "contradiction",
    "dot",
    "loc_table",
    "machine_line",
    "machine_lines",
    "markdown",
    "percent",
    "plain",
    "summary",
]
