# SPDX-License-Identifier: MIT
"""Writes edits in the guard style: one tree that builds original, thin and guest, by macros.

``TCBSPLIT_THIN`` is defined for the thin hypervisor, ``TCBSPLIT_GUEST`` for the preprocessing
guest, neither for the original. The text is made of the same edits as the excised trees: what an
edit removes is put between ``#ifndef`` and ``#endif``, what it adds between ``#ifdef`` and
``#endif``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from tcbsplit.model.base import Row
from tcbsplit.model.edit import Edit
from tcbsplit.model.vocabulary import Side
from tcbsplit.split.edit.apply import apply
from tcbsplit.split.edit.conditionals import conditionals
from tcbsplit.split.edit.sourcefile import Source

THIN, GUEST = "TCBSPLIT_THIN", "TCBSPLIT_GUEST"
MACROS = {Side.THIN: THIN, Side.GUEST: GUEST}  # what the builds of each side define


class _Range(Row, frozen=True):
    """Bytes [start, end) that the builds ``sides`` do not have."""

    start: int
    end: int
    sides: frozenset[str]


def guarded(content: bytes, thin: Iterable[Edit], guest: Iterable[Edit]) -> bytes:
    """Return a file with the edits of both sides as conditionals.

    Conditionals of the file itself stay balanced, as they are in what the edits remove.
    """
    always = {e for e in (*thin, *guest) if e.always}
    sides = {THIN: set(thin) - always, GUEST: set(guest) - always}
    ranges = _removed(content, sides)
    added = _added(sides, ranges)
    writer = _Writer(content, always)
    open_: list[_Range] = []
    for place in sorted({p for r in ranges for p in (r.start, r.end)} | added.keys()):
        writer.copy_to(place)
        while open_ and open_[-1].end == place:
            writer.line("#endif")
            open_.pop()
        for (_, text), builds in sorted(added.get(place, {}).items()):
            writer.insert(text, frozenset(builds))
        for r in ranges:
            if r.start == place:
                writer.line(_unless(r.sides))
                open_.append(r)
    writer.copy_to(len(content))
    return writer.result()


def _removed(content: bytes, sides: Mapping[str, Iterable[Edit]]) -> list[_Range]:
    """Return the ranges that a side does not have."""
    places = {e.start for edits in sides.values() for e in edits if e.start == e.end}
    groups = conditionals(Source(content)) if places else []
    # A removal is divided where text is inserted, unless that would divide a conditional.
    free = [p for p in places if not any(g.start < p < g.end for g in groups)]
    return _nested(
        (start, _filled(content, start, end), side)
        for side, edits in sides.items()
        for e in edits
        if e.start < e.end
        for start, end in pairwise(sorted({e.start, e.end, *_inside(free, e)}))
    )


def _added(
    sides: Mapping[str, Iterable[Edit]], ranges: Sequence[_Range]
) -> dict[int, dict[tuple[bool, bytes], set[str]]]:
    """Return offset -> (whether it belongs to a definition, text) -> sides that have it."""
    added: dict[int, dict[tuple[bool, bytes], set[str]]] = defaultdict(lambda: defaultdict(set))
    for side, edits in sides.items():
        for e in edits:
            if e.start == e.end:
                around = [r.start for r in ranges if r.start < e.start < r.end]
                place = min(around, default=e.start)
                added[place][e.leads, e.replacement].add(side)
    return added


def glue(content: bytes) -> bytes:
    """Return a generated C file that is empty in every build but the thin one."""
    return b"#ifdef %s\n%s#else\nextern int tcbsplit_only_in_thin;\n#endif\n" % (
        THIN.encode(), content,
    )  # fmt: skip


def plain(text: bytes, side: str) -> bytes:
    """Return what a build with the macro ``side`` compiles of a text, without blanks.

    Only conditionals that name tcbsplit's macros are evaluated.
    """
    lines: list[bytes] = []
    taken: list[bool | None] = []  # None: a conditional of the file's own
    for line in text.splitlines(keepends=True):
        word = line.split(None, 1)[0] if line.strip() else b""
        own = True
        if word in (b"#if", b"#ifdef", b"#ifndef"):
            taken.append(_holds(line, side))
            own = taken[-1] is None
        elif word == b"#else" and taken and taken[-1] is not None:
            taken[-1], own = not taken[-1], False
        elif word == b"#endif":  # one without its beginning: the text starts inside of a guard
            own = bool(taken) and taken.pop() is None
        if own and False not in taken:
            lines.append(line)
    return b"".join(b"".join(lines).split())


def _holds(line: bytes, side: str) -> bool | None:
    words = line.split()
    names = {THIN.encode(), GUEST.encode()}
    if not names & set(words):
        return None
    if words[0] != b"#if":
        return (words[1] == side.encode()) == (words[0] == b"#ifdef")
    return b"!defined" not in words  # of both or of neither


def _inside(places: Iterable[int], edit: Edit) -> list[int]:
    return [p for p in places if edit.start < p < edit.end]


def _filled(content: bytes, start: int, end: int) -> int:
    """Return the end of a range without the blank lines at its end: they stay outside."""
    text = content[start:end].rstrip()
    newline = content.find(b"\n", start + len(text), end)
    return end if newline < 0 or not text else newline + 1


def _nested(ranges: Iterable[tuple[int, int, str]]) -> list[_Range]:
    """Return the ranges so that any two are equal, apart, or nested; outer ones first."""
    pending = sorted(set(ranges))
    pieces: dict[tuple[int, int], set[str]] = defaultdict(set)
    for start, end, side in pending:
        for other, stop, _ in pending:
            if other < start < stop < end:  # they overlap: divide this one where the other ends
                pieces[start, stop].add(side)
                start = stop
        pieces[start, end].add(side)
    found = [_Range(a, b, frozenset(s)) for (a, b), s in pieces.items()]
    return sorted(found, key=lambda r: (r.start, -r.end))


def _unless(sides: frozenset[str]) -> str:
    if len(sides) == 1:
        return f"#ifndef {next(iter(sides))}"
    return f"#if !defined {THIN} && !defined {GUEST}"


def _when(sides: frozenset[str]) -> str:
    if len(sides) == 1:
        return f"#ifdef {next(iter(sides))}"
    return f"#if defined {THIN} || defined {GUEST}"


class _Writer:
    """Output that begins every directive on a line of its own."""

    def __init__(self, content: bytes, always: Iterable[Edit]) -> None:
        self.content = content
        self.always = sorted(always)
        self.newline = b"\r\n" if b"\r\n" in content else b"\n"
        self.at = 0
        self.pieces: list[bytes] = []

    def copy_to(self, place: int) -> None:
        inside = [
            Edit(e.file, e.start - self.at, e.end - self.at, e.replacement, e.reason)
            for e in self.always
            if self.at <= e.start and e.end <= place
        ]
        self.always = [e for e in self.always if not (self.at <= e.start and e.end <= place)]
        if text := apply(self.content[self.at : place], inside):
            self.pieces.append(text)
        self.at = place

    def line(self, text: str) -> None:
        if self.pieces and not self.pieces[-1].endswith(b"\n"):
            self.pieces.append(self.newline)
        self.pieces.append(text.encode() + self.newline)

    def insert(self, text: bytes, builds: frozenset[str]) -> None:
        blank = len(text) - len(text.lstrip(b"\r\n"))
        self.pieces.append(text[:blank])
        self.line(_when(builds))
        self.pieces.append(text[blank:].rstrip() + self.newline)
        self.line("#endif")
        if text.endswith(self.newline * 2):
            self.pieces.append(self.newline)

    def result(self) -> bytes:
        return b"".join(self.pieces)
