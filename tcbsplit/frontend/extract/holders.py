# SPDX-License-Identifier: MIT
"""Places that may hold addresses of data, and what an lvalue's own address may be.

Objects are whole variables: a pointer into one is a pointer to it. Fields are one place for all
records of a type; the members of a union are one place. A pointer that is used through a pointer
to it is in the place of its type, with all others of that type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.identity import Names
from tcbsplit.frontend.extract.libclang import CXCursor, children, lib
from tcbsplit.frontend.extract.shape import evaluated, is_expression
from tcbsplit.frontend.extract.targets import FIELD, PARAMETER, VARIABLE, Target, Targets
from tcbsplit.frontend.extract.targets import LOCAL as LOCAL_NAME
from tcbsplit.frontend.extract.types import Type, Types
from tcbsplit.model.data import ANY, LOCAL, DataFacts, DataFlow, DataUse

Held = tuple[str, ...]
NOTHING: Held = ()
_encode = msgspec.msgpack.Encoder().encode
_WRAPPED = frozenset({k.UNEXPOSED_EXPR, k.PAREN_EXPR})
_VARIADIC = "struct __va_list_tag"  # what a list of variadic arguments is an array of
READS, WRITES, BOTH = (False,), (True,), (False, True)


class Data:
    """What was read so far, in the order of the source."""

    def __init__(self, names: Names, targets: Targets, types: Types) -> None:
        self.names = names
        self.targets = targets
        self.types = types
        self.flows: dict[tuple[str, str, str], None] = {}
        self.uses: dict[tuple[str, str, bool], tuple[str, int]] = {}

    def encoded(self) -> bytes:
        """Return the ``DataFacts``, encoded; nothing if there are none."""
        if not self.flows and not self.uses:
            return b""
        return _encode(
            DataFacts(
                tuple(DataFlow(*flow) for flow in self.flows),
                tuple(DataUse(*use, *where) for use, where in self.uses.items()),
            )
        )


class Holders:
    """The places that the body of one function, or the initialiser of one variable, names."""

    handlers: Mapping[int, Callable[..., Held]] = {}

    def __init__(self, data: Data, owner: str, parameters: dict[int, int]) -> None:
        self.data = data
        self.names = data.names
        self.targets = data.targets
        self.types = data.types
        self.owner = owner
        self.parameters = parameters
        self.wanted = False  # an integer that is read becomes a pointer

    def flow(self, target: str, sources: Held) -> None:
        for source in sources:
            if source != target:
                self.data.flows[target, source, self.owner] = None

    def link(self, a: str, b: str) -> None:
        """Let two places hold the same."""
        if a and b:
            self.flow(a, (b,))
            self.flow(b, (a,))

    def use(self, cursor: CXCursor, places: Held, how: tuple[bool, ...]) -> None:
        """Record that what ``places`` point to is read or written."""
        for place in places:
            if place == LOCAL:
                continue
            for write in how:
                key = (self.owner, place, write)
                if key not in self.data.uses:
                    path, line, _ = self.names.place(cursor)
                    self.data.uses[key] = (path, line)

    def pointed(self, type_: Type) -> str:
        """Return the place of what pointers to ``type_``, a pointer, lead to; "" for others."""
        element = type_.element
        if element.kind != k.POINTER or element.function is not None:
            return ""
        return "d:" + element.pointee.spelling.replace("const ", "").replace("volatile ", "")

    def holder(self, cursor: CXCursor) -> str:
        """Return the place of the pointer that an lvalue holds, "" if it is none."""
        cursor = bare_of(cursor)
        kind = cursor.kind
        if kind in (k.DECL_REF_EXPR, k.MEMBER_REF_EXPR):
            target = self.targets.of(cursor)
            return self.named(target) if target is not None else ""
        if kind == k.ARRAY_SUBSCRIPT_EXPR:
            base = bare_of(children(cursor)[0])
            if self.types.at(base).array:
                return self.holder(base)
            return self.pointed(self.types.at(cursor))
        if kind == k.UNARY_OPERATOR and (lib.getCursorUnaryOperatorKind(cursor) == k.DEREFERENCE):
            return self.pointed(self.types.at(cursor))
        return ""

    def named(self, target: Target) -> str:
        """Return the place of a declaration."""
        if target.kind == VARIABLE:
            return f"v:{target.identity}"
        if target.kind == LOCAL_NAME:
            return f"l:{self.owner}:{target.spelling}"
        if target.kind == PARAMETER:
            position = self.parameters.get(target.declaration.d0)
            return f"p:{self.owner}#{position}" if position is not None else ""
        if target.kind == FIELD:
            spelled = target.place.spelled
            return spelled.rpartition(".")[0] + ".*" if target.union else spelled
        return ""

    def holds(self, type_: Type, sources: Held = ()) -> bool:
        """Return whether a place of this type is one that addresses are followed through."""
        element = type_.element
        if element.kind == k.POINTER:
            return element.function is None
        wide = element.kind in k.INTEGERS and element.size >= self.types.pointer_size
        return wide and (self.wanted or bool(sources))

    def value(self, cursor: CXCursor) -> Held:
        """Return the addresses that an expression may be; record what it does."""
        handler = self.handlers.get(cursor.kind)
        if handler is not None:
            return handler(self, cursor)
        for child in children(cursor):
            self.value(child)
        return NOTHING

    def read(self, cursor: CXCursor) -> Held:
        """Return the addresses that an lvalue holds, or is as an array; it is read."""
        type_ = self.types.at(cursor)
        sources, direct = self.address(cursor)
        if type_.element.spelling == _VARIADIC:
            holder = self.holder(cursor)
            return (holder,) if holder else NOTHING
        if type_.array:
            self.link(self.holder(cursor) if self.pointed(type_) else "", self.pointed(type_))
            return sources
        if not direct:
            self.use(cursor, sources, READS)
        holder = self.holder(cursor) if self.holds(type_) else ""
        return (holder,) if holder else NOTHING

    def written(self, cursor: CXCursor, sources: Held, how: tuple[bool, ...] = WRITES) -> None:
        """Record the store of ``sources`` in an lvalue."""
        places, direct = self.address(cursor)
        if not direct:
            self.use(cursor, places, how)
        type_ = self.types.at(cursor)
        if sources and self.holds(type_, sources) and (holder := self.holder(cursor)):
            self.flow(holder, sources)

    def address(self, cursor: CXCursor) -> tuple[Held, bool]:
        """Return (addresses that an lvalue may have, whether it names its variable itself)."""
        cursor = bare_of(cursor)
        kind, inner = cursor.kind, children(cursor)
        if kind == k.DECL_REF_EXPR:
            target = self.targets.of(cursor)
            if target is not None and target.kind == VARIABLE:
                return (f"o:{target.identity}",), True
            return (LOCAL,), True
        if kind == k.MEMBER_REF_EXPR:
            if not inner or not is_expression(inner[0]):
                return (LOCAL,), True
            if self.types.at(inner[0]).kind == k.POINTER:
                return self.plainly(inner[0]), False
            return self.address(inner[0])
        if kind == k.ARRAY_SUBSCRIPT_EXPR and len(inner) == 2:
            base, index = inner
            swapped = self.types.at(bare_of(base)).kind in k.INTEGERS
            if swapped:
                base, index = index, base  # 2[array]: no mention says that it is written
            self.plainly(index)
            bare = bare_of(base)
            type_ = self.types.at(bare)
            if type_.array or type_.kind in k.VECTORS:
                found, direct = self.address(bare)
                return found, direct and not swapped
            return self.plainly(base), False
        if kind == k.UNARY_OPERATOR:
            operator = lib.getCursorUnaryOperatorKind(cursor)
            if operator == k.DEREFERENCE:
                return self.plainly(inner[0]), False
            if operator in k.PARTS or operator == k.EXTENSION:
                return self.address(inner[0])
        return self.value(cursor) or (LOCAL,), kind != k.STATEMENT_EXPR

    def plainly(self, cursor: CXCursor) -> Held:
        """Return a value as it is, whatever becomes of the whole expression."""
        outer, self.wanted = self.wanted, False
        found = self.value(cursor)
        self.wanted = outer
        return found

    def constant(self, left: CXCursor, right: CXCursor | None) -> None:
        """Record which integer a whole variable is set to."""
        bare = bare_of(left)
        target = self.targets.of(bare) if bare.kind == k.DECL_REF_EXPR else None
        if target is not None and target.kind == VARIABLE and target.type.kind in k.INTEGERS:
            number = evaluated(right) if right is not None else None
            self.flow(f"v:{target.identity}", (f"#{'' if number is None else number}",))

    def converted(self, source: Type, target: Type) -> None:
        """Record a conversion between pointers to pointers of different types."""
        if source.kind != k.POINTER or target.kind != k.POINTER or source is target:
            return
        a, b = self.pointed(source.pointee), self.pointed(target.pointee)
        if a != b:
            self.link(a or ANY, b or ANY)


def bare_of(cursor: CXCursor) -> CXCursor:
    """Remove parentheses and implicit conversions."""
    while cursor.kind in _WRAPPED:
        inner = children(cursor)
        if len(inner) != 1:
            return cursor
        cursor = inner[0]
    return cursor
