# SPDX-License-Identifier: MIT
"""What is resident while the target runs, in functions, their code lines and their bytes."""

from __future__ import annotations

from tcbsplit.model.base import Record


class Amount(Record, frozen=True, kw_only=True):
    """Functions, the code lines of their definitions, and bytes of their symbols in the image."""

    functions: int = 0
    lines: int = 0
    text_bytes: int = 0


class ResidentRow(Record, frozen=True, kw_only=True):
    """A component (or the glue, or all): in the original, in thin, and beside the target."""

    component: str
    original: Amount
    thin: Amount
    resident: Amount


class Left(Record, frozen=True, kw_only=True):
    """Something that is not used any more and stays all the same."""

    what: str
    text_bytes: int  # in the image
    why: str


class Resident(Record, frozen=True, kw_only=True):
    """The table; the last row is the sum. ``left``: what could be erased and is not."""

    rows: tuple[ResidentRow, ...]
    left: tuple[Left, ...] = ()

    @property
    def total(self) -> ResidentRow:
        """Return the sum of all components and the glue."""
        return self.rows[-1]
