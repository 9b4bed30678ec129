# SPDX-License-Identifier: MIT
"""Findings: problems and their locations."""

from __future__ import annotations

from tcbsplit.model.base import Record


class Finding(Record, frozen=True, kw_only=True):
    """One thing that is wrong, and where."""

    rule: str  # short name, e.g. tcb-growth
    message: str
    file: str = ""  # relative to the source root
    line: int = 0
    steps: tuple[tuple[str, int, str], ...] = ()  # (file, line, what) of a chain that proves it
