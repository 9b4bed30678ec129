"""Results -> text: JSON, Markdown, plain tables; pure functions."""

from tcbsplit.report.dot import dot
from tcbsplit.report.findings import boots_junit
from tcbsplit.report.loc import loc_table
from tcbsplit.report.markdown import markdown
from tcbsplit.report.tables import percent, plain

__all__ = ["boots_junit", "dot", "loc_table", "markdown", "percent", "plain"]
