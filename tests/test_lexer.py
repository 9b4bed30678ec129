# SPDX-License-Identifier: MIT
"""The lexer of C: what is one token, and which bytes it takes."""

from __future__ import annotations

import pytest

from tcbsplit.lexer import Token, TokenKind, identifiers, tokens

CASES = {
    b"int a = 0x1fUL;": [b"int", b"a", b"=", b"0x1fUL", b";"],
    b'f("a \\" // b", \'"\');': [b"f", b"(", b'"a \\" // b"', b",", b"'\"'", b")", b";"],
    b"/* one\n * two */ x // end\ny": [b"/* one\n * two */", b"x", b"// end", b"y"],
    b"  # define A \\\n\t1\nB": [b"# define A \\\n\t1", b"B"],
    b"#define A \\\r\n1\r\nB\r\n": [b"#define A \\\r\n1\r", b"B"],
    b"#if 0 /* a\nb */ c\nx\n#endif": [b"#if 0 /* a\nb */ c", b"x", b"#endif"],
    b'#define S "/*"\nx /* y */': [b'#define S "/*"', b"x", b"/* y */"],
    b"a # b\n#else\n#endif\nc": [b"a", b"#", b"b", b"#else", b"#endif", b"c"],
    b"struct { broken ( ; }": [b"struct", b"{", b"broken", b"(", b";", b"}"],
    b"\xe9 x": [b"\xe9", b"x"],
    b"": [],
}


@pytest.mark.parametrize("text", CASES)
def test_tokens(text: bytes) -> None:
    found = tokens(text)
    assert [t.text for t in found] == CASES[text]
    assert all(text[t.start : t.end] == t.text for t in found)


def test_kinds() -> None:
    found = tokens(b"#if 1\nint x; /* c */ 'a'\n")
    assert [t.kind for t in found] == [
        TokenKind.DIRECTIVE, TokenKind.KEYWORD, TokenKind.IDENTIFIER, TokenKind.PUNCTUATION,
        TokenKind.COMMENT, TokenKind.LITERAL,
    ]  # fmt: skip
    assert found[2] == Token(TokenKind.IDENTIFIER, 10, 11, b"x")


def test_identifiers_are_those_of_directives_too() -> None:
    text = b'#define CALL one ()\nvoid two (void) { CALL; "three"; /* four */ }'
    assert identifiers(text) == {"define", "CALL", "one", "two"}
