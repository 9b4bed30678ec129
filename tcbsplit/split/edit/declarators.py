"""Takes single names out of statements that declare several names, or a type and a name."""

from __future__ import annotations

import re
from collections.abc import Collection

from tcbsplit.errors import EmissionError
from tcbsplit.model.unit import Extent
from tcbsplit.split.edit.sourcefile import Source

_STORAGE = re.compile(rb"(?:(?:static|extern|const|volatile|register)\b\s*)+")
_POINTER = re.compile(rb"(?:[\s*(]|\b(?:const|volatile|restrict|__restrict)\b)+\Z")
_TYPE = re.compile(rb"\b(?:struct|union|enum)\s+\w+\s*\{")
_SEMICOLON = re.compile(rb"\s*;\s*\Z")
_NAME = re.compile(rb"[A-Za-z_]\w*")

Range = tuple[int, int]


class Statement:
    """A declaration statement, taken apart at the commas that separate its declarators."""

    def __init__(self, source: Source, extent: Extent) -> None:
        self.extent = extent
        self.code = source.code[extent.start : extent.end]
        pieces = _pieces(self.code)
        names = [n for a, b in pieces if (n := _declared(self.code[a:b])) is not None]
        if len(names) < len(pieces):
            raise EmissionError(
                f"{extent.file}:{extent.line}: the names that this statement declares cannot be "
                "told apart; declare them one by one"
            )
        self.names = [n.decode() for n, _ in names]
        head = self.code[: names[0][1]]
        pointer = _POINTER.search(head)
        # Where the first declarator begins, behind the specifiers.
        self.first = pointer.start() if pointer else len(head)
        while self.first < len(head) and head[self.first : self.first + 1].isspace():
            self.first += 1
        self.pieces = pieces

    @property
    def defines_type(self) -> bool:
        """Whether the specifiers define a record or enumeration that has a name."""
        return bool(_TYPE.search(self.code, 0, self.first))

    def without(self, gone: Collection[str]) -> list[Range]:
        """Return the ranges to remove, so that the statement no longer declares ``gone``."""
        stays = [i for i, n in enumerate(self.names) if n not in gone]
        base = self.extent.start
        if not stays:
            storage = _STORAGE.match(self.code)
            end = _end(self.code)
            ranges = [(len(self.code[: self.first].rstrip()), end)]
            if storage:
                ranges.insert(0, (0, storage.end()))
            return [(base + a, base + b) for a, b in ranges]
        ranges = []
        if stays[0] > 0:
            begin = self.pieces[stays[0]][0] + 1
            blank = len(self.code[begin:]) - len(self.code[begin:].lstrip())
            ranges.append((self.first, begin + blank))
        ranges += [
            self.pieces[i] for i in range(stays[0] + 1, len(self.names)) if self.names[i] in gone
        ]
        return [(base + a, base + b) for a, b in ranges]


def may_define_type(code: bytes) -> bool:
    """Whether a statement may define a type; a cheap test before ``Statement`` is made."""
    return bool(_TYPE.search(code))


def _end(code: bytes) -> int:
    """Return where the last declarator ends: before the semicolon and blanks around it."""
    semicolon = _SEMICOLON.search(code)
    return semicolon.start() if semicolon else len(code)


def _pieces(code: bytes) -> list[Range]:
    """Return the ranges of the declarators; each but the first begins at its comma."""
    depth, start = 0, 0
    pieces = []
    end = _end(code)
    for at in range(end):
        c = code[at : at + 1]
        depth += (c in b"([{") - (c in b")]}")
        if c == b"," and depth == 0:
            pieces.append((start, at))
            start = at
    return [*pieces, (start, end)]


def _declared(piece: bytes) -> tuple[bytes, int] | None:
    """Return the name that a declarator declares and its offset: the last one outside brackets."""
    piece = re.sub(rb"__attribute__\s*\(\(.*?\)\)", lambda m: b" " * len(m.group()), piece)
    while b"{" in piece:
        blanked = re.sub(rb"\{[^{}]*\}", lambda m: b" " * len(m.group()), piece)
        if blanked == piece:
            return None
        piece = blanked
    piece = piece.split(b"=")[0]
    inner = re.search(rb"\(\s*\*[^()]*?([A-Za-z_]\w*)", piece)
    if inner:
        return inner.group(1), inner.start(1)
    plain = re.split(rb"[\[(]", piece)[0]
    found = list(_NAME.finditer(plain))
    return (found[-1].group(), found[-1].start()) if found else None
