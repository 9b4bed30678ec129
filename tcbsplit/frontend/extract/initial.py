# SPDX-License-Identifier: MIT
"""Read initialisers: flows into fields, and records with their literal strings and functions.

Each value of a list goes to one place (ISO C11 6.7.9): designators choose it; without inner
braces, values continue from member to member of the nested aggregates. A stack of ``_Level``
holds the aggregates being filled; each step of the loop over a list takes one value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract import pieces
from tcbsplit.frontend.extract.collect import string_value
from tcbsplit.frontend.extract.designators import Designator, designated
from tcbsplit.frontend.extract.libclang import CXCursor, children, lib, text
from tcbsplit.frontend.extract.shape import constant, strip
from tcbsplit.frontend.extract.targets import FUNCTION
from tcbsplit.frontend.extract.types import Type
from tcbsplit.frontend.extract.walker import Walker
from tcbsplit.model.place import Place, Places

_Path = tuple[int, ...]


def initialise(
    walker: Walker,
    cursor: CXCursor,
    target: Places,
    local: CXCursor | None = None,
    bits: bool = False,
) -> None:
    """Read an initialiser of the places ``target``: positional, designated or a value.

    ``local`` is the declaration of a local variable; ``bits`` is true for a bit-field.
    """
    if cursor.kind != k.INIT_LIST_EXPR:
        sources = walker.visit(cursor)
        walker.flow(target, sources)
        if sources:
            pieces.initialised(walker, cursor, target, local, bits, sources)
        return
    type_ = walker.types.at(cursor)
    start = walker.control.last
    if type_.element.kind == k.RECORD:
        _List(walker, cursor, type_, target).read()
    else:
        for child in children(cursor):
            initialise(walker, designated(walker, child, type_)[1], target, local, bits)
    walker.control.unordered(start)


class Member(NamedTuple):
    """A member of a record that an initialiser can reach."""

    spelling: str  # empty if anonymous: its own members are members of the record
    type: Type
    place: Place
    bits: bool  # a bit-field of a type that could hold an address


def members(walker: Walker, record: Type) -> list[Member]:
    """Return the members of a record in order, without unnamed bit-fields."""
    known = walker.unit.members
    found = known.get(record.type.d0)
    if found is None:
        found = known[record.type.d0] = []
        for field in record.fields:
            spelling = text(lib.getCursorSpelling(field))
            type_ = walker.types.at(field)
            place = walker.names.field(field, spelling)
            if "(" in spelling:  # libclang spells the location of an unnamed record
                spelling = ""
            if spelling or type_.kind == k.RECORD:
                bits = type_.carries and bool(lib.Cursor_isBitField(field))
                found.append(Member(spelling, type_, place, bits))
    return found


class _Slot(NamedTuple):
    """The place that one value initialises."""

    type: Type
    places: Places
    path: _Path
    record: _Level | None  # the record whose member it is
    spelling: str
    bits: bool = False


class _Level:
    """An array, vector or record that is being filled; ``next`` is the next place."""

    __slots__ = ("count", "members", "next", "noted", "path", "places", "record", "type", "union")

    def __init__(self, walker: Walker, place: _Slot) -> None:
        self.type = place.type
        self.places = place.places
        self.path = self.noted = place.path
        self.next = 0
        self.union = False
        self.members: list[Member] = []
        self.record = ""
        if place.type.kind != k.RECORD:
            # An array without bounds ends with its list.
            self.count = place.type.length if place.type.length >= 0 else 1 << 62
            return
        self.members = members(walker, place.type)
        self.count = len(self.members)
        declaration = lib.getTypeDeclaration(place.type.type)
        self.union = declaration.kind == k.UNION_DECL
        self.record = walker.names.record(declaration)
        if place.record is not None and not place.spelling:
            # Members of an unnamed record belong to the enclosing named one.
            self.record, self.noted = place.record.record, place.record.noted

    def take(self) -> _Slot:
        """Return the next place and advance."""
        index = self.next
        # A union holds one of its members.
        self.next = self.count if self.union else index + 1
        path = (*self.path, index)
        if not self.members:
            return _Slot(self.type.one, self.places, path, None, "")
        member = self.members[index]
        return _Slot(member.type, (member.place,), path, self, member.spelling, member.bits)


class _List:
    """The filling of an object from one list in braces."""

    def __init__(self, walker: Walker, cursor: CXCursor, type_: Type, target: Places) -> None:
        self.walker = walker
        self.cursor = cursor
        self.outer = _Level(walker, _Slot(type_, target, (), None, "-"))
        self.stack = [self.outer]
        self.lost = False  # an unreadable designator makes the places of values unknown
        self.full = False  # after a superfluous value, clang does not resolve designators
        # Records by path -> (level, first value, strings, functions).
        self.noted: dict[
            _Path, tuple[_Level, CXCursor, list[tuple[str, str]], list[tuple[str, str]]]
        ] = {}

    def read(self) -> None:
        """Assign each value to its place."""
        for child in children(self.cursor):
            chosen, value = designated(self.walker, child, self.outer.type)
            if chosen is None or chosen:
                self.stack = [self.outer]
                place = self._designated(chosen) if chosen and not self.full else None
                self.lost = place is None
            else:
                place = None if self.lost else self._next()
            if self.lost:
                initialise(self.walker, value, tuple(self._anywhere(self.outer.type)))
            elif place is None:
                self.full = True  # more values than places: a warning, not an error
                self.walker.visit(value)
            else:
                self._store(place, value)
        for level, value, strings, functions in self.noted.values():
            where = self.cursor if not level.noted else value
            self.walker.out.record(self.walker.owner, level.record, strings, functions, where)

    def _designated(self, chosen: Sequence[Designator]) -> _Slot | None:
        place = None
        for designator in chosen:
            if place is not None:
                self.stack.append(_Level(self.walker, place))
            if isinstance(designator, int):
                if self.stack[-1].members or designator >= self.stack[-1].count:
                    return None
                self.stack[-1].next = designator
            elif not self._member(designator):
                return None
            place = self.stack[-1].take()
        return place

    def _member(self, name: str) -> bool:
        """Make the member ``name`` the next place, also within unnamed records."""
        level = self.stack[-1]
        for i, member in enumerate(level.members):
            if member.spelling == name:
                level.next = i
                return True
        for i, member in enumerate(level.members):
            if not member.spelling:
                level.next = i
                self.stack.append(_Level(self.walker, level.take()))
                if self._member(name):
                    return True
                self.stack.pop()
        return False

    def _next(self) -> _Slot | None:
        """Return the place of a value without designator, before descending into aggregates."""
        while True:
            level = self.stack[-1]
            if level.next < level.count and (level.members or self._fillable(level.type.one)):
                place = level.take()
                if self._fillable(place.type):
                    return place
            elif len(self.stack) > 1:
                self.stack.pop()
            else:
                return None

    def _fillable(self, type_: Type) -> bool:
        """Return whether an object can hold a value: empty records and arrays cannot."""
        if type_.kind == k.RECORD:
            return any(self._fillable(m.type) for m in members(self.walker, type_))
        return type_.length != 0 and self._fillable(type_.one) if type_.array else True

    def _store(self, place: _Slot, value: CXCursor) -> None:
        """Store a value in its place, or in the first scalar place within it."""
        while not self._whole(place.type, value) and self._fillable(place.type):
            self.stack.append(_Level(self.walker, place))
            inner = self._next()
            if inner is None:
                break
            place = inner
        initialise(self.walker, value, place.places, bits=place.bits)
        if place.record is not None and place.spelling:
            self._note(place.record, place.spelling, value)

    def _whole(self, type_: Type, value: CXCursor) -> bool:
        """Return whether a value initialises all of an object (no braces are omitted)."""
        if value.kind == k.INIT_LIST_EXPR or not (type_.kind == k.RECORD or type_.length >= -1):
            return True
        given = self.walker.types.at(value)
        if type_.kind == k.RECORD:
            return given.kind == k.RECORD and given.declaration == type_.declaration
        if type_.array and strip(value).kind == k.STRING_LITERAL:
            return type_.one.kind in k.INTEGERS
        return given.kind in k.AGGREGATES and given.array == type_.array

    def _anywhere(self, type_: Type) -> Iterator[Place]:
        """Yield all places of an object."""
        if type_.element.kind == k.RECORD:
            for member in members(self.walker, type_.element):
                yield member.place
                yield from self._anywhere(member.type)

    def _note(self, level: _Level, spelling: str, value: CXCursor) -> None:
        bare = strip(value)
        string, function = "", ""
        if bare.kind == k.STRING_LITERAL:
            string = string_value(bare)
        else:
            named = self.walker.targets.of(bare) if bare.kind == k.DECL_REF_EXPR else None
            if named is not None and named.kind == FUNCTION:
                function = named.identity
            elif (number := constant(bare)) is not None:
                string = number
            else:
                return
        _, _, strings, functions = self.noted.setdefault(level.noted, (level, value, [], []))
        if function:
            functions.append((spelling, function))
        else:
            strings.append((spelling, string))
