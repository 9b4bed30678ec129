# SPDX-License-Identifier: MIT
"""Amounts of code, and the interval that contains a reduction."""

from __future__ import annotations

from typing import NamedTuple

from tcbsplit.model.base import Record


class Size(Record, frozen=True, kw_only=True):
    """Functions, code lines, bytes of .text (-1: no image was given), indirect call sites."""

    functions: int = 0
    lines: int = 0
    text_bytes: int = -1
    indirect: int = 0


class Bound(Record, frozen=True, kw_only=True):
    """The TCB before and after the cuts, with one choice of edges.

    Lines are code lines of all files of the image, as in the line table of the report.
    """

    edges: str  # exact and resolved | all
    original: Size
    thin: Size
    glue: bool = False  # thin is as emitted, with generated code and the adapter

    @property
    def saved(self) -> float:
        """The share of lines that leave, 0 to 1."""
        whole = self.original.lines
        return (whole - self.thin.lines) / whole if whole else 0.0


class Interval(NamedTuple):
    """Both choices: without assumed edges, and with them."""

    certain: Bound
    whole: Bound
