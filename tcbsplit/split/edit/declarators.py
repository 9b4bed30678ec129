# SPDX-License-Identifier: MIT
"""Takes single names out of statements that declare several names, or a type and a name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from tcbsplit.errors import EditError
from tcbsplit.lexer import Token, TokenKind
from tcbsplit.model.unit import Extent
from tcbsplit.split.edit.sourcefile import ATTRIBUTES, CLOSING, Source

_STORAGE = frozenset({b"static", b"extern", b"const", b"volatile", b"register"})
# What may stand between the specifiers and the name of a declarator.
_POINTER = frozenset({b"*", b"(", b"const", b"volatile", b"restrict", b"__restrict"})
_RECORDS = (b"struct", b"union", b"enum")
# The parentheses behind these are no part of a declarator.
_CALLED = ATTRIBUTES | {b"typeof", b"__typeof__", b"__typeof", b"_Alignas"}

Range = tuple[int, int]


class Statement:
    """A declaration statement, split at the commas that separate its declarators."""

    def __init__(self, source: Source, extent: Extent, known: Collection[str]) -> None:
        """Split a statement; raises ``EditError`` where the declared names are not clear.

        ``known`` are those names that the program has.
        """
        self.extent = extent
        self.tokens = source.code(extent.start, source.statement_end(extent.start, extent.end))
        if self.tokens and self.tokens[-1].text == b";":
            self.tokens.pop()
        pieces = _pieces(self.tokens)
        names = [n for piece in pieces if (n := _declared(piece, known)) is not None]
        if len(names) < len(pieces):
            raise EditError(
                f"{extent.file}:{extent.line}: the names that this statement declares cannot be "
                "told apart; declare them one by one"
            )
        self.names = [n.text.decode() for n in names]
        self.pieces = pieces
        first = self.tokens.index(names[0])
        while first and self.tokens[first - 1].text in _POINTER:
            first -= 1
        self.specifiers, self.first = self.tokens[:first], self.tokens[first]

    @property
    def defines_type(self) -> bool:
        """Whether the specifiers define a record or enumeration that has a name."""
        return defines_type(self.specifiers)

    def without(self, gone: Collection[str]) -> list[Range]:
        """Return the ranges of the file to remove, so that no name of ``gone`` is declared."""
        stays = [i for i, n in enumerate(self.names) if n not in gone]
        end = self.tokens[-1].end
        if not stays:
            storage = next(t for t in self.tokens if t.text not in _STORAGE)
            before = self.specifiers[-1].end if self.specifiers else self.extent.start
            head = [(self.extent.start, storage.start)]
            return [*(head if storage is not self.tokens[0] else []), (before, end)]
        ranges = []
        if stays[0] > 0:
            ranges.append((self.first.start, self.pieces[stays[0]][1].start))
        ends = [*(p[0].start for p in self.pieces[1:]), end]
        ranges += [
            (self.pieces[i][0].start, ends[i])
            for i in range(stays[0] + 1, len(self.names))
            if self.names[i] in gone
        ]
        return ranges


def defines_type(code: Iterable[Token]) -> bool:
    """Whether the tokens of a statement define a record or enumeration that has a name."""
    texts = [t.text for t in code]
    return any(word in _RECORDS and texts[i + 2 : i + 3] == [b"{"] for i, word in enumerate(texts))


def _pieces(code: Sequence[Token]) -> list[Sequence[Token]]:
    """Return the tokens of each declarator; each but the first begins with its comma."""
    depth, start = 0, 0
    pieces = []
    for i, token in enumerate(code):
        depth += (token.text in CLOSING) - (token.text in CLOSING.values())
        if token.text == b"," and depth == 0:
            pieces.append(code[start:i])
            start = i
    return [*pieces, code[start:]]


def _declared(piece: Sequence[Token], known: Collection[str]) -> Token | None:
    """Return the name that one declarator declares.

    It is the first ``known`` one before the initialiser, else the last one before ``=``, ``[`` and
    ``(``: a macro behind the name may stand for an attribute.
    """
    name = None
    i = 0
    while i < len(piece):
        token = piece[i]
        following = piece[i + 1].text if i + 1 < len(piece) else b""
        if token.text == b"{":
            i = _closed(piece, i)
        elif token.text in _CALLED and following == b"(":
            i = _closed(piece, i + 1)
        elif token.text in (b"=", b"[", b")") or (token.text == b"(" and following != b"*"):
            break
        elif token.text == b"(":
            name = None  # of a type: the name is behind the asterisk
        elif token.kind is TokenKind.IDENTIFIER:
            name = token
            if token.text.decode() in known:
                break
        i += 1
    return name


def _closed(piece: Sequence[Token], opening: int) -> int:
    """Return the position of the bracket that closes the one at ``opening``."""
    opens = piece[opening].text
    depth = 0
    for i in range(opening, len(piece)):
        depth += (piece[i].text == opens) - (piece[i].text == CLOSING[opens])
        if depth == 0:
            return i
    return len(piece)
