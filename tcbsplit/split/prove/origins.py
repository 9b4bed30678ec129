# SPDX-License-Identifier: MIT
"""Finds the line of the input tree, and the edit, from which a line of an emitted tree comes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from tcbsplit.model.base import Row
from tcbsplit.model.edit import Edit


class Origin(Row, frozen=True):
    """A line of the original, and the edit that made the emitted line if it is another one."""

    line: int
    edit: Edit | None = None


class Origins:
    """The lines of one emitted file; both styles keep the order of the original's lines."""

    def __init__(self, before: bytes, after: bytes, edits: Iterable[Edit]) -> None:
        """``edits`` are those of the file."""
        self._edits = [(before.count(b"\n", 0, e.start) + 1, e) for e in sorted(edits)]
        self._before = before
        self._after = after.splitlines()
        matcher = SequenceMatcher(None, before.splitlines(), self._after, autojunk=False)
        self._codes = matcher.get_opcodes()

    def text(self, line: int) -> bytes:
        """Return an emitted line without the blanks around it; empty if there is none."""
        return self._after[line - 1].strip() if 0 < line <= len(self._after) else b""

    def of(self, line: int) -> Origin:
        """Return where an emitted line (from 1 on) comes from."""
        for tag, first, last, start, end in self._codes:
            if start < line <= end:
                if tag == "equal":
                    return Origin(first + line - start)
                edit = self._edit(self.text(line), first + 1, max(first + 1, last))
                return Origin(min(first + 1, max(1, self._before.count(b"\n"))), edit)
        return Origin(line)

    def _edit(self, text: bytes, first: int, last: int) -> Edit | None:
        """Return the edit of lines [first, last] that wrote ``text``, or else one of these."""
        here = [e for at, e in self._edits if at <= last and first <= at + self._lines(e)]
        wrote = [e for e in here if text and text in e.replacement]
        return next(iter([*wrote, *here]), None)

    def _lines(self, edit: Edit) -> int:
        return self._before.count(b"\n", edit.start, edit.end)


def line_of(content: bytes, offset: int) -> int:
    """Return the line (from 1 on) of a byte."""
    return content.count(b"\n", 0, offset) + 1


def touching(edits: Sequence[Edit], start: int, end: int) -> list[Edit]:
    """Return the edits of one file that remove something of [start, end) or insert within it."""
    return [e for e in edits if e.start < end and start < max(e.end, e.start + 1)]
