# SPDX-License-Identifier: MIT
"""Finds where definitions of a C file begin and end, with their comments and semicolons."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from tcbsplit.lexer import Token, TokenKind, tokens
from tcbsplit.model.unit import Extent

CLOSING = {b"(": b")", b"{": b"}", b"[": b"]"}
# The parentheses behind these are no part of a declarator.
ATTRIBUTES = frozenset({b"__attribute__", b"__attribute", b"asm", b"__asm__", b"__asm"})

_NO_CODE = (TokenKind.COMMENT, TokenKind.DIRECTIVE)
_SPACES = re.compile(rb"[ \t]*")
_BLANK_LINES = re.compile(rb"(?:[ \t]*\r?\n)+")
_ENDS_BLANK = re.compile(rb"\n[ \t]*\r?\n\Z")


class Source:
    """The bytes of one C file, its tokens, and where its definitions begin and end."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    @cached_property
    def tokens(self) -> list[Token]:
        """All tokens; they are in order and do not overlap."""
        return tokens(self.content)

    @cached_property
    def directives(self) -> list[Token]:
        """All tokens that are directives of the preprocessor."""
        return [t for t in self.tokens if t.kind is TokenKind.DIRECTIVE]

    @cached_property
    def _starts(self) -> list[int]:
        return [t.start for t in self.tokens]

    def within(self, start: int, end: int) -> list[Token]:
        """Return the tokens that begin in [start, end)."""
        return self.tokens[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def code(self, start: int, end: int) -> list[Token]:
        """Return the tokens in [start, end) that are no comments and no directives."""
        return [t for t in self.within(start, end) if t.kind not in _NO_CODE]

    def lines(self, text: bytes) -> bytes:
        """Return generated text with the line ends of this file."""
        if b"\r\n" not in self.content:
            return text
        return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    def line_start(self, offset: int) -> int:
        """Return where the line of a byte begins."""
        return self.content.rfind(b"\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Return where the line of a byte ends, behind its newline if it has one."""
        newline = self.content.find(b"\n", offset)
        return len(self.content) if newline < 0 else newline + 1

    def definition(self, start: int, end: int, floor: int = 0) -> tuple[int, int]:
        """Widen [start, end) to the whole definition.

        Takes in attributes and macros before it (not before ``floor``, the end of the definition
        before it), the comment that belongs to it, its semicolon, and the rest of its last line.
        """
        start = self.comment_before(self._attributes(start, floor), floor)
        end = self._trailing(start, end)
        before = self.content[self.line_start(start) : start].rstrip()
        if before and self.content[end - 1 : end] == b"\n":
            # What begins the line keeps its end.
            end = start + len(self.content[start:end].rstrip(b"\r\n"))
            start = self.line_start(start) + len(before)
        return start, end

    def tidy(self, start: int, end: int) -> tuple[int, int]:
        """Widen a removal over blanks, so that one blank line remains of those around it.

        On a line that keeps something behind the removal, the blanks in between go.
        """
        before = self.content[:start]
        if not before or before.endswith(b"\n"):
            spaces = _SPACES.match(self.content, end)
            if spaces and not before.endswith(self.content[end - 1 : end] or b"\n"):
                end = spaces.end()
        if _ENDS_BLANK.search(before) or not before.strip():
            blank = _BLANK_LINES.match(self.content, end)
            end = blank.end() if blank else end
        return start, end

    def _attributes(self, start: int, floor: int) -> int:
        """Return where the tokens since the last ``;``, ``}`` or directive begin."""
        for token in reversed(self.within(floor, start)):
            if token.kind is TokenKind.DIRECTIVE or token.text in (b";", b"}"):
                break
            if token.kind is not TokenKind.COMMENT:
                start = token.start
        return start

    def comment_before(self, start: int, floor: int) -> int:
        """Return where the comments directly above a definition begin (no blank line between)."""
        while True:
            line = self.line_start(start)
            if self.content[line:start].strip():
                return start
            if line <= floor:
                return max(line, floor)
            above = self.within(floor, line)
            # The comment at the very top of a file is about the file.
            if not above or above[-1].kind is not TokenKind.COMMENT or above[-1].start == 0:
                return line
            comment = above[-1]
            alone = not self.content[
                max(self.line_start(comment.start), floor) : comment.start
            ].strip()
            if not alone or self.content[comment.end : line].strip(b" \t\r") != b"\n":
                return line
            start = comment.start

    def statement_end(self, start: int, end: int) -> int:
        """Return the end of a declaration with its attributes and its semicolon."""
        at = bisect_left(self._starts, end)
        following = (t for t in self.tokens[at:] if t.kind not in _NO_CODE)
        last = self.content[end - 1 : end]
        first, second = (*self.code(start, end)[:2], None, None)[:2]
        call = first and second and first.kind is TokenKind.IDENTIFIER and second.text == b"("
        closed = last == b"}" or (last == b")" and bool(call))
        return max(end, _semicolon(following, closed))

    def _trailing(self, start: int, end: int) -> int:
        """Return the end with the semicolon, and with the rest of the line if that is a comment.

        Attributes and asm labels between a declarator and its semicolon go with it.
        """
        end = self.statement_end(start, end)
        line = self.line_end(end)
        rest = self.within(end, line)
        comment = len(rest) == 1 and rest[0].kind is TokenKind.COMMENT and rest[0].end <= line
        return line if comment or not rest else end


def _semicolon(following: Iterable[Token], closed: bool) -> int:
    """Return the end of the statement that ``following`` continues; 0 if it ended before.

    Behind a body or a macro call (``closed``) no macro stands for an attribute.
    """
    depth, attribute = 0, False
    for token in following:
        if depth == 0:
            if token.text == b";":
                return token.end
            attribute = token.text in ATTRIBUTES or (attribute and token.text == b"(")
            maybe = not closed and (token.text == b"(" or token.kind is TokenKind.IDENTIFIER)
            if not attribute and not maybe:
                return 0
        depth += (token.text in CLOSING) - (token.text in CLOSING.values())
        if depth < 0:
            return 0
    return 0


class Sources:
    """The files of a tree, each read once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._cache: dict[str, Source] = {}

    def __getitem__(self, path: str) -> Source:
        if path not in self._cache:
            self._cache[path] = Source((self.root / path).read_bytes())
        return self._cache[path]

    def text(self, extent: Extent) -> bytes:
        """Return the text of a definition; none of one that only machine code shows.

        The file of the latter may be the linked image, which is no source.
        """
        if extent.start == extent.end:
            return b""
        return self[extent.file].content[extent.start : extent.end]
