# SPDX-License-Identifier: MIT
"""Properties of types: functions behind pointers, records in arrays, layouts, kinds of results.

A unit mentions a few hundred types thousands of times; every property is computed once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.libclang import (
    CONTINUE,
    FIELD_VISITOR,
    CXCursor,
    CXType,
    children,
    lib,
    text,
)
from tcbsplit.model.vocabulary import ValueKind

T = TypeVar("T")


class lazy(Generic[T]):
    """``functools.cached_property`` without its lock, which costs more than most properties."""

    def __init__(self, work: Callable[[Any], T]) -> None:
        self._work = work
        self._name = work.__name__
        self.__doc__ = work.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> lazy[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        found = instance.__dict__[self._name] = self._work(instance)
        return found


class Type:
    """A canonical type. Properties that need a libclang call are computed on first use."""

    def __init__(self, types: Types, canonical: CXType) -> None:
        self._types = types
        self.type = canonical
        self.kind: int = canonical.kind
        self.array = canonical.kind in k.ARRAYS

    @lazy
    def element(self) -> Type:
        """The type of the elements of (nested) arrays; this type if it is not an array."""
        found = self
        while found.array:
            found = self._types.of(lib.getArrayElementType(found.type))
        return found

    @lazy
    def one(self) -> Type:
        """The type of one element of an array or vector."""
        return self._types.of(lib.getElementType(self.type))

    @lazy
    def length(self) -> int:
        """Number of elements of an array or vector; -1 if unknown, less for other types."""
        if self.array:
            return int(lib.getArraySize(self.type))
        return int(lib.getNumElements(self.type)) if self.kind in k.VECTORS else -2

    @lazy
    def depth(self) -> int:
        """Number of indices that lead to ``element``."""
        return self.one.depth + 1 if self.array else 0

    @lazy
    def declaration(self) -> int:
        """Identity of a record: libclang's pointer to its declaration."""
        return int(lib.getTypeDeclaration(self.type).d0 or 0)

    @lazy
    def pointee(self) -> Type:
        """The pointee of a pointer."""
        return self._types.of(lib.getPointeeType(self.type))

    @lazy
    def function(self) -> Signature | None:
        """The function type behind this one and pointers to it."""
        found = self
        while found.kind == k.POINTER:
            found = found.pointee
        if found.kind in (k.FUNCTION_PROTO, k.FUNCTION_NO_PROTO):
            return self._types.signature(found)
        return None

    @lazy
    def code(self) -> bool:
        """Return whether a value of this type is the address of a function."""
        return self.kind == k.POINTER and self.pointee.kind in (
            k.FUNCTION_PROTO,
            k.FUNCTION_NO_PROTO,
        )

    @lazy
    def carries(self) -> bool:
        """Return whether it can hold the address of a function: no integer that is too small."""
        if self.kind in k.INTEGERS:
            return k.INTEGERS[self.kind] in "us" and self.size >= self._types.pointer_size
        if self.kind in k.VECTORS:
            return self.one.carries
        return self.kind != k.COMPLEX

    @lazy
    def narrow(self) -> bool:
        """Return whether it is an integer that holds only a piece of an address."""
        return (
            self.kind in k.INTEGERS
            and self.kind != k.BOOL
            and k.INTEGERS[self.kind] in "us"
            and 0 < self.size < self._types.pointer_size
        )

    @lazy
    def size(self) -> int:
        """Size in bytes; negative if it has no size."""
        return int(lib.Type_getSizeOf(self.type))

    @lazy
    def spelling(self) -> str:
        """The spelling by libclang."""
        return text(lib.getTypeSpelling(self.type))

    @lazy
    def const(self) -> bool:
        """Return whether the type, or that of its elements, is const."""
        return bool(lib.isConstQualifiedType(self.element.type)) or bool(
            lib.isConstQualifiedType(self.type)
        )

    @lazy
    def record(self) -> CXCursor | None:
        """The declaration of this record, or of the record in this array."""
        return lib.getTypeDeclaration(self.element.type) if self.element.kind == k.RECORD else None

    @lazy
    def fields(self) -> list[CXCursor]:
        """The fields of a record, in order."""
        found: list[CXCursor] = []

        def collect(cursor: CXCursor, _: object) -> int:
            found.append(cursor)
            return CONTINUE

        lib.Type_visitFields(self.type, FIELD_VISITOR(collect), None)
        return found

    @lazy
    def code_fields(self) -> list[CXCursor]:
        """The fields of a record (not of nested records) that hold addresses of functions."""
        return [f for f in self.fields if self._types.at(f).element.code]

    @lazy
    def pieces(self) -> bool:
        """Return whether a record has fields that hold only a piece of an address."""
        return any(
            self._types.at(f).element.narrow or lib.Cursor_isBitField(f) for f in self.fields
        )

    @lazy
    def result_kind(self) -> ValueKind:
        """Return the kind of value that a function with this result type returns."""
        if self.kind == k.VOID:
            return ValueKind.VOID
        if k.INTEGERS.get(self.kind, "f") != "f":
            return ValueKind.INTEGER
        return {k.POINTER: ValueKind.POINTER, k.RECORD: ValueKind.RECORD}.get(
            self.kind, ValueKind.OTHER
        )


def enumerators(enumeration: CXType) -> tuple[tuple[str, int], ...]:
    """Return the names of an enumeration with their values."""
    return tuple(
        (text(lib.getCursorSpelling(c)), int(lib.getEnumConstantDeclValue(c)))
        for c in children(lib.getTypeDeclaration(enumeration))
        if c.kind == k.ENUM_CONSTANT_DECL
    )


class Signature:
    """A function type: possible uses of its arguments, and the name used to compare it."""

    def __init__(self, types: Types, function: Type) -> None:
        self.prototype = function.kind == k.FUNCTION_PROTO
        # libclang reports a type without prototype as variadic.
        self.variadic = self.prototype and bool(lib.isFunctionTypeVariadic(function.type))
        self.parameters = [
            types.of(lib.getArgType(function.type, i))
            for i in range(max(lib.getNumArgTypes(function.type), 0))
        ]
        self.spelling = function.spelling
        self.result = types.of(lib.getResultType(function.type))
        # Parameters and results may be pointers to functions that never return.
        self.never_returns = (
            self.spelling.endswith("__attribute__((noreturn))")
            and "noreturn" not in self.result.spelling
        )

    @lazy
    def read_only(self) -> tuple[bool, ...]:
        """For each parameter, whether the callee can only read through it (pointer to const)."""
        return tuple(
            p.kind == k.POINTER and bool(lib.isConstQualifiedType(p.pointee.type))
            for p in self.parameters
        )


class Types:
    """The types of one unit."""

    def __init__(self, pointer_size: int) -> None:
        self.pointer_size = pointer_size
        self._known: dict[int, Type] = {}
        self._signatures: dict[int, Signature] = {}

    def of(self, type_: CXType) -> Type:
        """Return the ``Type`` of a libclang type."""
        found = self._known.get(type_.d0)
        if found is None:
            canonical = lib.getCanonicalType(type_)
            found = self._known.get(canonical.d0)
            if found is None:
                if canonical.kind == k.ATOMIC:  # holds what its value holds
                    found = self.of(lib.Type_getValueType(canonical))
                else:
                    found = Type(self, canonical)
                self._known[canonical.d0] = found
            self._known[type_.d0] = found
        return found

    def at(self, cursor: CXCursor) -> Type:
        """Return the type of an expression or declaration."""
        found: Type | None = cursor.type
        if found is None:
            type_ = lib.getCursorType(cursor)
            found = cursor.type = self._known.get(type_.d0) or self.of(type_)
        return found

    def signature(self, function: Type) -> Signature:
        """Return the signature of a function type."""
        key = function.type.d0
        if key not in self._signatures:
            self._signatures[key] = Signature(self, function)
        return self._signatures[key]
