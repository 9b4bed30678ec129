# SPDX-License-Identifier: MIT
"""GNU attributes and assembler names of a declaration, macros expanded.

libclang shows most attributes only as unexposed; printing the declaration gives them all.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache

import msgspec

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.libclang import CXCursor, lib, text

# enum CXPrintingPolicyProperty: without the bodies and initialisers, whose declarations have
# attributes and assembler names of their own.
_SUPPRESS_INITIALIZERS, _TERSE_OUTPUT = 6, 17
_STRING = r'"(?:[^"\\]|\\.)*"'
_NORETURN = r"\b_Noreturn\b|\[\[(?:\w+::)?_*[nN]oreturn_*\]\]"
_TOKEN = re.compile(rf'{_STRING}|__attribute__\(\(|\basm\((?=")|{_NORETURN}|[()]')
_KEPT = 16384  # declarations: units share those of headers
_VALUE = re.compile(rf"\s*(\w+)\s*(?:\(\s*({_STRING}|\w+)?)?")


class Attributes(msgspec.Struct, frozen=True):
    """Attributes of a declaration that matter to the linker or the compiler."""

    weak: bool = False
    alias: str = ""
    ifunc: str = ""  # the function that returns which one it is
    constructor: bool = False
    destructor: bool = False
    section: str = ""
    used: bool = False
    cleanup: tuple[str, ...] = ()
    label: str = ""
    noreturn: bool = False
    returns_twice: bool = False
    naked: bool = False


NONE = Attributes()


def printed(cursor: CXCursor, terse: bool) -> str:
    """Return a declaration as printed by clang, macros expanded; ``terse``: no bodies or values."""
    policy = lib.getCursorPrintingPolicy(cursor)
    try:
        lib.PrintingPolicy_setProperty(policy, _TERSE_OUTPUT, terse)
        lib.PrintingPolicy_setProperty(policy, _SUPPRESS_INITIALIZERS, terse)
        return text(lib.getCursorPrettyPrinted(cursor, policy))
    finally:
        lib.PrintingPolicy_dispose(policy)


def attributes(cursor: CXCursor) -> Attributes:
    """Return the attributes of a declaration."""
    return _attributes(printed(cursor, True)) if lib.Cursor_hasAttrs(cursor) else NONE


@lru_cache(_KEPT)
def _attributes(declaration: str) -> Attributes:
    pairs, label = _outermost(declaration)
    found = dict(pairs)
    return Attributes(
        weak=bool(found.keys() & {"weak", "weak_import", "weakref"}),
        alias=found.get("alias", "") or found.get("weakref", ""),
        ifunc=found.get("ifunc", ""),
        constructor="constructor" in found,
        destructor="destructor" in found,
        section=found.get("section", ""),
        used="used" in found or "retain" in found,
        cleanup=tuple(value for name, value in pairs if name == "cleanup"),
        label=label,
        noreturn="noreturn" in found,
        returns_twice="returns_twice" in found,
        naked="naked" in found,
    )


def register(declaration: CXCursor) -> str:
    """Return the register that ``register int x asm ("rdi")`` names; "" for other declarations."""
    if lib.Cursor_getStorageClass(declaration) != k.STORAGE_REGISTER:
        return ""
    return attributes(declaration).label.lstrip("%").lower()


class Declared:
    """The attributes of top-level names of a unit, merged over all declarations of each.

    A later declaration inherits from those before it, but is printed with its own only.
    """

    def __init__(self, top: Callable[[], Iterable[CXCursor]]) -> None:
        self._top = top
        self._by_first: dict[int, list[CXCursor]] | None = None
        self._known: dict[int, Attributes] = {}

    def of(self, cursor: CXCursor) -> Attributes:
        """Return the attributes of a function or variable with linkage."""
        if not lib.Cursor_hasAttrs(cursor):
            return NONE
        first = lib.getCanonicalCursor(cursor)
        found = self._known.get(first.d0)
        if found is None:
            cursors = {c.d0: c for c in (first, *self._others(first), cursor)}
            found = _merged(tuple(attributes(c) for c in cursors.values()))
            self._known[first.d0] = found
        return found

    def _others(self, first: CXCursor) -> list[CXCursor]:
        if self._by_first is None:
            self._by_first = defaultdict(list)
            for cursor in self._top():
                if cursor.kind != k.UNEXPOSED_DECL and lib.Cursor_hasAttrs(cursor):
                    self._by_first[lib.getCanonicalCursor(cursor).d0].append(cursor)
        return self._by_first.get(first.d0, [])


@lru_cache(_KEPT)
def _merged(found: tuple[Attributes, ...]) -> Attributes:
    values = {
        name: next((v for a in found if (v := getattr(a, name))), getattr(NONE, name))
        for name in Attributes.__struct_fields__
    }
    return Attributes(**values)


def _outermost(declaration: str) -> tuple[list[tuple[str, str]], str]:
    """Return (attributes with their first values, assembler name) of the declared entity itself.

    Attributes of parameters, within parentheses, and text within strings are ignored.
    """
    pairs: list[tuple[str, str]] = []
    label = ""
    depth = 0
    for token in _TOKEN.finditer(declaration):
        piece = token.group()
        if piece[0] == '"':
            continue
        if piece[-1] not in "()":
            pairs += [("noreturn", "")] if depth == 0 else []
            continue
        if depth == 0 and piece.startswith("__attribute__"):
            value = _VALUE.match(declaration, token.end())
            if value is not None:
                pairs.append((value.group(1).strip("_"), unquoted(value.group(2) or "")))
        elif depth == 0 and piece.startswith("asm"):
            name = re.compile(_STRING).match(declaration, token.end())
            label = unquoted(name.group()) if name is not None else ""
        depth += {"(": 1, ")": -1}[piece[-1]] + piece.startswith("__attribute__")
    return pairs, label


_ESCAPE = re.compile(r"\\([0-7]{1,3}|x[0-9A-Fa-f]+|.)", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def unquoted(literal: str) -> str:
    """Return the value of a string literal as clang prints it; other words unchanged."""
    if not literal.startswith('"'):
        return literal

    def value(match: re.Match[str]) -> str:
        found = match.group(1)
        if found[0] == "x" and len(found) > 1:
            return chr(int(found[1:], 16) & 0xFF)
        if found[0] in "01234567":
            return chr(int(found, 8) & 0xFF)
        return _LETTERS.get(found, found)

    return _ESCAPE.sub(value, literal[1:-1])
