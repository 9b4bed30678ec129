"""Initialisers -> flows into fields, and records with their literal strings and functions."""

from __future__ import annotations

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract import pieces
from tcbsplit.frontend.extract.collect import Nodes, string_value
from tcbsplit.frontend.extract.libclang import CXCursor, children, lib, text
from tcbsplit.frontend.extract.shape import constant, designated, strip
from tcbsplit.frontend.extract.targets import FUNCTION
from tcbsplit.frontend.extract.types import Type
from tcbsplit.frontend.extract.walker import Walker


def initialise(
    walker: Walker,
    cursor: CXCursor,
    target: Nodes,
    local: CXCursor | None = None,
    bits: bool = False,
) -> None:
    """Read an initialiser of the places ``target``: positional, designated or a value.

    ``local`` is the declaration of a local variable, ``bits`` says that it is for a bit-field.
    """
    if cursor.kind != k.INIT_LIST_EXPR:
        sources = walker.visit(cursor)
        walker.flow(target, sources)
        if sources:
            pieces.initialised(walker, cursor, target, local, bits, sources)
        return
    type_ = walker.types.at(cursor)
    if type_.kind != k.RECORD and type_.element.kind != k.RECORD:
        for child in children(cursor):
            initialise(walker, designated(child)[1], target, local, bits)
        return
    values = children(cursor)
    for value in values[_fill(walker, type_, values, 0, target, cursor) :]:
        walker.visit(value)  # more values than places: a warning, not an error


def _fill(
    walker: Walker,
    type_: Type,
    values: list[CXCursor],
    start: int,
    target: Nodes,
    place: CXCursor,
) -> int:
    """Fill an object of ``type_`` from ``values[start:]``; return the index of the first unused.

    Braces may be left out around a record or array within (ISO C11 6.7.9, 20); then its members
    take as many values as they need.
    """
    if type_.array:
        return _fill_array(walker, type_, values, start, target, place)
    return _Record(walker, type_, target, place).fill(values, start)


def _fill_array(
    walker: Walker,
    type_: Type,
    values: list[CXCursor],
    start: int,
    target: Nodes,
    place: CXCursor,
) -> int:
    element = walker.types.of(lib.getArrayElementType(type_.type))
    count = lib.getArraySize(type_.type)
    filled, index = 0, start
    while index < len(values) and (count < 0 or filled < count):
        names, value = designated(values[index])
        if names:
            break
        if _elided(walker, element, value):
            index = _fill(walker, element, values, index, target, value)
        else:
            initialise(walker, value, target)
            index += 1
        filled += 1
    return index


def _elided(walker: Walker, type_: Type, value: CXCursor) -> bool:
    """Whether the braces around an aggregate are left out: its value is none of its own type."""
    if value.kind == k.INIT_LIST_EXPR or not (type_.kind == k.RECORD or type_.array):
        return False
    if strip(value).kind == k.STRING_LITERAL:
        return (
            type_.kind == k.RECORD
            or type_.element.kind == k.RECORD
            or (type_.element.kind == k.POINTER)
        )
    return walker.types.at(value).kind != type_.kind


class _Record:
    """Fills the fields of one record and notes its strings and functions."""

    def __init__(self, walker: Walker, type_: Type, target: Nodes, place: CXCursor) -> None:
        self.walker = walker
        self.names = walker.names
        self.type = type_
        self.target = target
        self.place = place
        self.fields = type_.fields
        self.spellings = [text(lib.getCursorSpelling(f)) for f in self.fields]
        declaration = lib.getTypeDeclaration(type_.type)
        self.union = declaration.kind == k.UNION_DECL
        self.record = self.names.record(declaration)
        self.strings: list[tuple[str, str]] = []
        self.functions: list[tuple[str, str]] = []

    def fill(self, values: list[CXCursor], start: int) -> int:
        """Fill the fields from ``values[start:]``; return the index of the first unused."""
        index, position = start, 0
        outermost = start == 0
        while index < len(values):
            chosen, value = designated(values[index])
            if chosen:
                if not outermost:
                    break
                position = self._position(chosen[0])
            if position >= len(self.fields):
                break
            index = self._field(position, chosen[1:], value, values, index)
            position = len(self.fields) if self.union and not outermost else position + 1
        if self.strings or self.functions:
            self.walker.out.record(
                self.walker.owner, self.record, self.strings, self.functions, self.place
            )
        return index

    def _position(self, name: str) -> int:
        if name in self.spellings:
            return self.spellings.index(name)
        # A member of an unnamed record or union within.
        for i, field in enumerate(self.fields):
            inner = self.walker.types.at(field).element
            if (
                not self.spellings[i]
                and inner.kind == k.RECORD
                and any(text(lib.getCursorSpelling(f)) == name for f in inner.fields)
            ):
                return i
        return len(self.fields)

    def _field(
        self, position: int, path: list[str], value: CXCursor, values: list[CXCursor], index: int
    ) -> int:
        walker = self.walker
        field, spelling = self.fields[position], self.spellings[position]
        type_ = walker.types.at(field)
        node = self.names.field(field, spelling)
        if path or not spelling:
            initialise(walker, value, tuple(self._inner(type_, path)) or (node,))
            return index + 1
        if _elided(walker, type_, value):
            return _fill(walker, type_, values, index, (node,), value)
        narrow = lib.Cursor_isBitField(field) and type_.carries
        initialise(walker, value, (node,), None, bool(narrow))
        self._note(spelling, value)
        return index + 1

    def _inner(self, type_: Type, path: list[str]) -> list[str]:
        """The nodes of the fields that a longer designator may mean."""
        if type_.element.kind != k.RECORD:
            return []
        found = []
        for field in type_.element.fields:
            spelling = text(lib.getCursorSpelling(field))
            if path and spelling != path[0]:
                continue
            deeper = self._inner(self.walker.types.at(field), path[1:]) if path[1:] else []
            found += deeper or [self.names.field(field, spelling)]
        return found

    def _note(self, spelling: str, value: CXCursor) -> None:
        bare = strip(value)
        if bare.kind == k.STRING_LITERAL:
            self.strings.append((spelling, string_value(bare)))
        elif bare.kind == k.DECL_REF_EXPR:
            named = self.walker.targets.of(bare)
            if named is not None and named.kind == FUNCTION:
                self.functions.append((spelling, named.identity))
                return
            if (number := constant(bare)) is not None:
                self.strings.append((spelling, number))
        elif (number := constant(bare)) is not None:
            self.strings.append((spelling, number))
