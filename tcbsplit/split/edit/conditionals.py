# SPDX-License-Identifier: MIT
"""Widens or splits removals so that preprocessor conditionals stay balanced and not empty."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tcbsplit.model.base import Row
from tcbsplit.model.edit import Edit
from tcbsplit.split.edit.sourcefile import Source

_CONDITIONAL = re.compile(rb"#\s*(if|ifdef|ifndef|elif|else|endif)\b")

Range = tuple[int, int]


class Conditional(Row, frozen=True):
    """One ``#if`` … ``#endif``: the lines of its directives, newlines included, in order."""

    directives: tuple[Range, ...]

    @property
    def start(self) -> int:
        return self.directives[0][0]

    @property
    def end(self) -> int:
        return self.directives[-1][1]

    def cut_by(self, start: int, end: int) -> bool:
        """Whether some but not all of its directives lie in [start, end)."""
        inside = sum(start <= a and b <= end for a, b in self.directives)
        return 0 < inside < len(self.directives)


def conditionals(source: Source) -> list[Conditional]:
    """Return all conditionals of the file, inner ones before those that hold them."""
    found: list[Conditional] = []
    open_: list[list[Range]] = []
    for token in source.directives:
        match = _CONDITIONAL.match(token.text)
        if match is None:
            continue
        word = match.group(1)
        lines = (source.line_start(token.start), source.line_end(token.end))
        if word.startswith(b"if"):
            open_.append([lines])
        elif open_:
            open_[-1].append(lines)
            if word == b"endif":
                found.append(Conditional(tuple(open_.pop())))
    return found


def balanced(source: Source, start: int, end: int, others: Sequence[Range]) -> list[Range]:
    """Return the ranges to remove instead of [start, end), so that conditionals stay balanced.

    If the range cuts a conditional, the whole conditional is removed, with its other branches.
    If these hold more than a signature, or one of ``others`` (the other definitions of the file),
    the directives stay and only the text between them is removed.
    """
    groups = [c for c in conditionals(source) if c.start < end and start < c.end]
    while cut := next((c for c in groups if c.cut_by(start, end)), None):
        wide = min(start, cut.start), max(end, cut.end)
        beside = [*source.code(wide[0], start), *source.code(end, wide[1])]
        held = any(
            wide[0] <= a and b <= wide[1] and not (start <= a and b <= end) for a, b in others
        )
        if held or any(t.text in (b";", b"}") for t in beside):
            return between(source, start, end)
        start, end = wide
    return [(start, end)]


def between(source: Source, start: int, end: int) -> list[Range]:
    """Return [start, end) without the directives of conditionals that are partly outside of it."""
    cut = [c for c in conditionals(source) if c.cut_by(start, end)]
    pieces = []
    for first, last in sorted(d for c in cut for d in c.directives):
        if start <= first and last <= end:
            pieces.append((start, first))
            start = last
    return [(a, b) for a, b in (*pieces, (start, end)) if a < b]


def without_empty(source: Source, removals: Sequence[Edit]) -> list[Edit]:
    """Return further removals: the conditionals of the file in which ``removals`` leave nothing."""
    gone = [(e.start, e.end) for e in removals]
    added = []
    for group in conditionals(source):
        inside = any(group.start < a and b < group.end for a, b in gone)
        if inside and not _left(source.content, group, gone):
            place = (group.start, group.end)
            added.append(Edit(removals[0].file, *place, b"", "the conditional is empty now"))
            gone.append(place)
    return added


def _left(content: bytes, group: Conditional, gone: Iterable[Range]) -> bytes:
    """Return what is left between the directives of a conditional, without blanks."""
    rest = bytearray(content[group.start : group.end])
    for start, end in (*gone, *group.directives):
        first, last = max(start, group.start), min(end, group.end)
        if first < last:
            rest[first - group.start : last - group.start] = b" " * (last - first)
    return bytes(rest).strip()
