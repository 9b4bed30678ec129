# SPDX-License-Identifier: MIT
"""Resolve names in expressions, once for each declaration of a unit."""

from __future__ import annotations

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.identity import Names
from tcbsplit.frontend.extract.libclang import CXCursor, lib, text
from tcbsplit.frontend.extract.types import Type, Types
from tcbsplit.model.place import Place
from tcbsplit.model.vocabulary import SymbolId

NOWHERE = Place.unknown("no place")  # for constants, which are not stored anywhere
FUNCTION, VARIABLE, LOCAL, PARAMETER, FIELD, CONSTANT = range(6)


class Target:
    """A declaration that expressions refer to."""

    __slots__ = (
        "bits", "carries", "declaration", "identity", "kind", "object", "outside", "place",
        "spelling", "type", "union",
    )  # fmt: skip

    def __init__(self, kind: int, declaration: CXCursor, spelling: str, type_: Type) -> None:
        self.kind = kind
        self.declaration = declaration
        self.spelling = spelling
        self.type = type_
        self.carries = type_.carries
        self.identity = SymbolId("")
        self.place = NOWHERE
        self.union = False
        self.bits = False  # a bit-field too narrow for an address
        self.object = False  # declared elsewhere, as data: no label of code
        self.outside = False  # a record not defined in this unit


class Targets:
    """The declarations of one unit, by libclang's pointer to each."""

    def __init__(self, names: Names, types: Types) -> None:
        self.names = names
        self.types = types
        self._known: dict[int, Target | None] = {}
        self.ends: set[SymbolId] = set()  # ids of functions that never return, as declared
        self.twice: set[SymbolId] = set()  # ids of functions that may return twice, as declared

    def of(self, cursor: CXCursor) -> Target | None:
        """Return the target of an expression that is a name; None if it is irrelevant."""
        found: Target | None = cursor.target
        if found is None:
            declaration = lib.getCursorReferenced(cursor)
            key = declaration.d0
            if key in self._known:
                found = self._known[key]
            else:
                found = self._known[key] = self._make(declaration) if key else None
            cursor.target = found
        return found

    def _make(self, declaration: CXCursor) -> Target | None:
        kind = _KINDS.get(declaration.kind)
        if kind is None:
            return None
        spelling = text(lib.getCursorSpelling(declaration))
        if kind == VARIABLE:
            storage = lib.Cursor_getStorageClass(declaration)
            local = lib.getCursorLinkage(declaration) == k.NO_LINKAGE
            if storage == k.STORAGE_REGISTER or (local and storage != k.STORAGE_STATIC):
                kind = LOCAL
        target = Target(kind, declaration, spelling, self.types.at(declaration))
        if kind == FUNCTION:
            target.identity = self.names.identity(declaration, spelling)
            target.place = Place.function(target.identity)
            told = self.names.declared.of(declaration)
            if told.noreturn:
                self.ends.add(target.identity)
            if told.returns_twice:
                self.twice.add(target.identity)
        elif kind == VARIABLE:
            target.identity = self.names.identity(declaration, spelling)
            target.place = Place.variable(target.identity)
            extern = lib.Cursor_getStorageClass(declaration) == k.STORAGE_EXTERN
            target.outside = extern and target.type.element.kind == k.RECORD
            target.object = extern and _data(target.type)
        elif kind == FIELD:
            target.place = self.names.field(declaration, spelling)
            parent = lib.getCursorSemanticParent(declaration)
            target.union = parent.kind == k.UNION_DECL
            if target.carries and lib.Cursor_isBitField(declaration):
                width = lib.getFieldDeclBitWidth(declaration)
                target.bits = width < 8 * self.types.pointer_size
                target.carries = not target.bits
        return target


def _data(type_: Type) -> bool:
    """Return whether a type is that of data, not of a label in code.

    Labels are declared as bytes, as arrays of bytes (of stubs, in two dimensions), or as arrays
    without bounds.
    """
    if type_.element.kind == k.RECORD:
        return True
    if type_.array:
        return type_.length > 1 and type_.element.size > 1
    return (type_.kind in k.INTEGERS and type_.size > 1) or type_.kind == k.POINTER


_KINDS = {
    k.FUNCTION_DECL: FUNCTION,
    k.VAR_DECL: VARIABLE,
    k.PARM_DECL: PARAMETER,
    k.FIELD_DECL: FIELD,
    k.ENUM_CONSTANT_DECL: CONSTANT,
}
