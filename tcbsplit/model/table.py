# SPDX-License-Identifier: MIT
"""Tables for spreadsheets and papers: columns with types, rows, and what is counted."""

from __future__ import annotations

from enum import StrEnum

from tcbsplit.model.base import Record

TABLES_VERSION = 1  # of names and order of tables and columns; new ones come last


class TableName(StrEnum):
    """The tables of a report, in their order."""

    SIZES = "sizes"
    BOUNDS = "bounds"
    FUNCTIONS = "functions"
    BORDERS = "borders"
    CUTS = "cuts"
    HANDOFF = "handoff"
    BOOTS = "boots"
    COVERAGE = "coverage"
    MEMORY = "memory"
    DOUBTS = "doubts"


FOLDER = "tables"  # beside the report
JSON, LATEX, BARS, TREEMAP = "tables.json", "sizes.tex", "bars.svg", "treemap.svg"
PICTURES = {BARS: "bars.png", TREEMAP: "treemap.png"}  # SVG -> the same as PNG
FILES = frozenset(
    f"{FOLDER}/{name}"
    for name in (*(f"{n}.csv" for n in TableName), JSON, LATEX, *PICTURES, *PICTURES.values())
)


class ColumnKind(StrEnum):
    """The type of a column's values; a missing value is null, or empty in CSV."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    TRUTH = "boolean"


Value = str | int | float | bool | None


class Column(Record, frozen=True, kw_only=True):
    """One column."""

    name: str
    kind: ColumnKind
    about: str


class Table(Record, frozen=True, kw_only=True):
    """One table; each row has a value for every column."""

    name: TableName
    about: str  # what is counted, and what a row is
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]

    def __post_init__(self) -> None:
        """Refuse a row of another length: its values would be taken for others."""
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"table {self.name}: a row has not {len(self.columns)} values")


class Tables(Record, frozen=True, kw_only=True):
    """All tables of a report."""

    version: int
    name: str  # of the configuration
    tables: tuple[Table, ...]
