# SPDX-License-Identifier: MIT
"""Split C text into tokens with libclang's lexer.

The text is lexed as it stands: macros are not expanded, skipped branches of conditionals have
tokens too, and a text that does not parse has them all the same.
"""

from __future__ import annotations

import ctypes
import re
import struct
from enum import IntEnum
from functools import cache
from typing import NamedTuple

from clang import cindex

_FILE = "text.c"
_SINGLE_FILE = 0x400  # CXTranslationUnit_SingleFileParse: no header is opened
_SKIP = b"#if 0\n"  # put before the text: it is lexed, but need not be parsed
_TOKEN = struct.Struct("=4IQ")  # CXToken: kind, raw location, length, reserved, pointer
_LINE_END = re.compile(rb"(?<!\\)(?<!\\\r)\n|\Z")  # a backslash joins lines


class TokenKind(IntEnum):
    """The kind of a token; the first five as in enum CXTokenKind."""

    PUNCTUATION = 0
    KEYWORD = 1
    IDENTIFIER = 2
    LITERAL = 3
    COMMENT = 4
    DIRECTIVE = 5  # a whole preprocessor directive, without its newline


class Token(NamedTuple):
    """The bytes [start, end) of the source; ``text`` is their content."""

    kind: TokenKind
    start: int
    end: int
    text: bytes


def tokens(content: bytes) -> list[Token]:
    """Return the tokens of a C text in order, comments included; a directive is one token."""
    found: list[Token] = []
    line = 0  # the end of the last directive
    for token in _lexed(content):
        if token.start < line:
            if token.end > line:  # a comment that goes on in the next line
                found[-1] = _directive(content, found[-1].start, token.end)
                line = found[-1].end
        elif token.text == b"#" and _first_of_line(content, token.start):
            found.append(_directive(content, token.start, token.end))
            line = found[-1].end
        else:
            found.append(token)
    return found


def identifiers(content: bytes) -> frozenset[str]:
    """Return all names in a C text, those in preprocessor directives too."""
    names = (t.text for t in _lexed(content) if t.kind is TokenKind.IDENTIFIER)
    return frozenset(n.decode("utf-8", "replace") for n in names)


def _lexed(content: bytes) -> list[Token]:
    text = _SKIP + content
    unit = cindex.TranslationUnit.from_source(
        _FILE, ["-w"], unsaved_files=[(_FILE, text)], options=_SINGLE_FILE, index=_index()
    )
    extent = unit.get_extent(_FILE, (len(_SKIP), len(text)))
    memory, count = ctypes.POINTER(cindex.Token)(), ctypes.c_uint()
    library = cindex.conf.lib
    library.clang_tokenize(unit, extent, ctypes.byref(memory), ctypes.byref(count))
    # One copy of all tokens: a call of libclang for each would take ten times as long.
    raw = ctypes.string_at(memory, count.value * _TOKEN.size) if count.value else b""
    library.clang_disposeTokens(unit, memory, count)
    kinds, base, made = tuple(TokenKind), extent.start.int_data, Token._make
    return [
        made((kinds[kind], start := location - base, end := start + length, content[start:end]))
        for kind, location, length, _, _ in _TOKEN.iter_unpack(raw)
    ]


@cache
def _index() -> cindex.Index:
    return cindex.Index.create()


def _first_of_line(content: bytes, start: int) -> bool:
    return not content[content.rfind(b"\n", 0, start) + 1 : start].strip()


def _directive(content: bytes, start: int, at: int) -> Token:
    """Return the directive from ``start`` to the end of the line that holds ``at``."""
    match = _LINE_END.search(content, at)
    end = match.start() if match else len(content)
    return Token(TokenKind.DIRECTIVE, start, end, content[start:end])
