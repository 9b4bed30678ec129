# SPDX-License-Identifier: MIT
"""Overlaid storage: one record seen as another, as words, or as an array of code pointers.

Field-based flow keeps the fields of different records apart, so a store through another type would
be lost. A cast between records links the fields that lie at the same offset; a cast between a
record and words links the words to all its code pointers.
"""

from __future__ import annotations

from collections.abc import Iterator

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.libclang import CXCursor, children, lib
from tcbsplit.frontend.extract.shape import strip
from tcbsplit.frontend.extract.targets import Target
from tcbsplit.frontend.extract.types import Type
from tcbsplit.frontend.extract.walker import Walker
from tcbsplit.model.place import Place, PlaceKind, Places, spelled

UNKNOWN_OVERLAID = Place.unknown("overlaid storage")
UNKNOWN_UNION = Place.unknown("union")


def pointer_cast(walker: Walker, operand: CXCursor, places: Places, target: Type) -> Places:
    """Return the places of a cast of the stripped ``operand`` to the pointer type ``target``."""
    source = walker.types.at(operand)
    here = source.pointee if source.kind == k.POINTER else source
    there = target.pointee
    if there.element.code:
        # A place in a record, found by its offset: bytes are counted in between.
        while here.element.kind != k.RECORD and operand.kind == k.BINARY_OPERATOR:
            sides = [strip(c) for c in children(operand)]
            pointers = [c for c in sides if walker.types.at(c).kind == k.POINTER]
            operand = (pointers or sides)[0]
            source = walker.types.at(operand)
            here = source.pointee if source.kind == k.POINTER else source
    if here.element.kind == k.RECORD:
        if there.element.kind == k.RECORD:
            link(walker, here.element, there.element)
        elif _words(there):
            return (*places, *(f.address for f in code_fields(walker, here.element)))
    elif there.element.kind == k.RECORD and _words(here):
        fields = code_fields(walker, there.element)
        walker.flow(fields, (*places, UNKNOWN_OVERLAID))
    return places


def in_pieces(here: Type, there: Type) -> bool:
    """Return whether words of type ``here`` are accessed as, or copied to, a narrower type."""
    here, there = here.element, there.element
    if not (here.code or (here.kind in k.INTEGERS and here.carries)):
        return False
    return there.narrow or (there.kind == k.RECORD and there.pieces)


def union_pieces(walker: Walker, cursor: CXCursor, base: Places) -> Places:
    """Return the places of a narrow field that overlays a word (union, or cast of its base)."""
    found = {p: None for p in base if p.kind is PlaceKind.PIECE}
    while cursor.kind == k.MEMBER_REF_EXPR:
        target = walker.targets.of(cursor)
        record = lib.getCursorSemanticParent(target.declaration) if target is not None else cursor
        # Unnamed members have no expression of their own: their declarations show the enclosing
        # records.
        while record.kind in k.RECORDS:
            if record.kind == k.UNION_DECL:
                type_ = walker.types.of(lib.getCursorType(record))
                found.update((f.piece, None) for f in word_fields(walker, type_))
            record = lib.getCursorSemanticParent(record)
        cursor = next(iter(children(cursor)), cursor)
        if walker.types.at(cursor).kind == k.POINTER:
            break
    return tuple(found)


def shared(walker: Walker, field: Target, union: CXCursor) -> None:
    """Record what a code pointer in a union may hold: what its other members store there.

    Pointers at the same place hold the same values; numbers, and parts of words, may be any.
    ``field`` is a member of the union, or of a record that is one.
    """
    parent = lib.getCursorSemanticParent(field.declaration)
    inside = parent.d0 != union.d0
    start = int(lib.Cursor_getOffsetOfField(field.declaration)) if inside else 0
    end = start + 8 * max(field.type.size, 1)
    for other, first, last in _members(walker, walker.types.of(lib.getCursorType(union)), 0):
        type_ = walker.types.at(other)
        place = walker.names.field(other)
        if place is field.place or last <= start or end <= first:
            continue
        if type_.element.kind == k.POINTER and first == start:
            walker.flow((field.place,), (place,))
            if type_.element.code:
                walker.flow((place,), (field.place,))
        else:
            walker.flow((field.place,), (UNKNOWN_UNION,))


def _members(walker: Walker, record: Type, start: int) -> Iterator[tuple[CXCursor, int, int]]:
    """Yield (field, first, last bit) of all fields of a record and of the records in it."""
    for field in record.fields:
        type_ = walker.types.at(field)
        first = start + max(int(lib.Cursor_getOffsetOfField(field)), 0)
        if type_.kind == k.RECORD:
            yield from _members(walker, type_, first)
        else:
            yield field, first, first + 8 * max(type_.size, 1)


def _words(type_: Type) -> bool:
    """Return whether storage of this type can be filled with code pointers, word by word."""
    element = type_.element
    return (
        element.code
        or (element.kind in k.INTEGERS and element.carries)
        or (element.kind == k.POINTER and element.pointee.kind == k.VOID)
    )


def code_fields(walker: Walker, record: Type) -> Places:
    """Return the places of the fields of a record that hold addresses of functions."""
    return tuple(map(walker.names.field, record.code_fields))


def word_fields(walker: Walker, record: Type) -> Places:
    """Return the places of the fields of a record that may hold addresses."""
    if record.kind != k.RECORD:
        return ()
    fields = (
        f
        for f in record.fields
        if (t := walker.types.at(f).element).kind == k.POINTER
        or (t.kind in k.INTEGERS and t.carries)
    )
    return tuple(map(walker.names.field, fields))


def link(walker: Walker, here: Type, there: Type) -> None:
    """Link the code pointers at equal offsets of two records."""
    if here.type.d0 == there.type.d0 or not (here.code_fields or there.code_fields):
        return
    key = (here.type.d0, there.type.d0)
    overlays = walker.unit.overlays
    if key not in overlays:
        overlays[key] = tuple(_pairs(walker, here, there))
    for target, source in overlays[key]:
        walker.flow((target,), (source,))


def _pairs(walker: Walker, here: Type, there: Type) -> list[tuple[Place, Place]]:
    if here.size < 0 or there.size < 0:
        return []
    left, right = _offsets(here), _offsets(there)
    found = []
    for offset in left.keys() & right.keys():
        a, b = left[offset], right[offset]
        codes = [walker.types.at(c).element.code for c in (a, b)]
        places = [walker.names.field(c) for c in (a, b)]
        if all(codes):
            found += [(places[0], places[1]), (places[1], places[0])]
        elif codes[0] and _words(walker.types.at(b)):
            found.append((places[0], UNKNOWN_OVERLAID))
        elif codes[1] and _words(walker.types.at(a)):
            found.append((places[1], UNKNOWN_OVERLAID))
    return sorted(found, key=spelled)


def _offsets(record: Type) -> dict[int, CXCursor]:
    return {int(lib.Cursor_getOffsetOfField(f)): f for f in record.fields}
