# SPDX-License-Identifier: MIT
"""Finds what of the hypervisor the adapter goes on to use once what is retired is erased.

The analysis does not see the adapter. Its text is read as it stands: functions without the mark of
what is erased (``TCBSPLIT_RETIRED``), here or in the interface, last, and so does what they name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise

from tcbsplit.lexer import Token, TokenKind, tokens

_MARKS = frozenset({b"TCBSPLIT_RETIRED", b"TCBSPLIT_RETIRED_INLINE"})


def named_later(adapter: bytes, interface: str) -> frozenset[str]:
    """Return the identifiers in the functions of an adapter that last.

    ``interface`` is the header that declares which functions of the interface are erased.
    """
    erased = frozenset(_declared(interface.encode()))
    return frozenset(
        token.text.decode()
        for head, body in _functions(adapter)
        if not _is_erased(head, erased)
        for token in body
        if token.kind is TokenKind.IDENTIFIER
    )


def _declared(header: bytes) -> Iterator[bytes]:
    """Yield the functions that a header declares with the mark."""
    words: list[bytes] = []
    for token in _code(header):
        words.append(token.text)
        if token.text == b";":
            if not _MARKS.isdisjoint(words):
                yield from [a for a, b in pairwise(words) if b == b"("][:1]
            words = []


def _is_erased(head: Collection[Token], erased: Collection[bytes]) -> bool:
    words = {t.text for t in head if t.kind is TokenKind.IDENTIFIER}
    return not (words.isdisjoint(_MARKS) and words.isdisjoint(erased))


def _code(text: bytes) -> Iterator[Token]:
    apart = (TokenKind.COMMENT, TokenKind.DIRECTIVE)
    return (t for t in tokens(text) if t.kind not in apart)


def _functions(text: bytes) -> Iterator[tuple[list[Token], list[Token]]]:
    """Yield the tokens in front of each outermost pair of braces, and those between them."""
    head: list[Token] = []
    body: list[Token] = []
    depth = 0
    for token in _code(text):
        depth -= token.text == b"}"
        if depth > 0:
            body.append(token)
        elif token.text == b"}":
            yield head, body
            head, body = [], []
        elif token.text == b";":
            head = []
        elif token.text != b"{":
            head.append(token)
        depth += token.text == b"{"
