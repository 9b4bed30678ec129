# SPDX-License-Identifier: MIT
"""Render results for spreadsheets and papers: CSV, JSON, LaTeX, SVG."""

from __future__ import annotations

import msgspec

from tcbsplit.model.table import BARS, JSON, LATEX, TABLES_VERSION, TREEMAP, Tables
from tcbsplit.report.contents import Contents
from tcbsplit.report.exports.bars import bars_svg
from tcbsplit.report.exports.collect import tables
from tcbsplit.report.exports.text import csv_text, latex_text
from tcbsplit.report.exports.treemap import treemap_svg


def exports(contents: Contents) -> dict[str, str]:
    """Return the text of each file by its name; equal results give equal texts."""
    found = tables(contents)
    whole = Tables(version=TABLES_VERSION, name=contents.report.name, tables=found)
    return {
        **{f"{t.name}.csv": csv_text(t) for t in found},
        JSON: msgspec.json.format(msgspec.json.encode(whole), indent=1).decode() + "\n",
        LATEX: latex_text(contents.report),
        BARS: bars_svg(contents.report),
        TREEMAP: treemap_svg(contents.page),
    }
