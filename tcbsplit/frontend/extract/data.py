# SPDX-License-Identifier: MIT
"""Read function bodies and initialisers for ``model.data``: flows and uses of data pointers.

Objects are whole variables: a pointer into one is a pointer to it. Fields are one place for all
records of a type; the members of a union are one place. A pointer that is used through a pointer
to it is in the place of its type, with all others of that type.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

import msgspec

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.identity import Names
from tcbsplit.frontend.extract.libclang import CXCursor, children, lib, text
from tcbsplit.frontend.extract.shape import evaluated, is_expression
from tcbsplit.frontend.extract.targets import (
    CONSTANT,
    FIELD,
    FUNCTION,
    LOCAL as LOCAL_NAME,
    PARAMETER,
    VARIABLE,
    Target,
    Targets,
)
from tcbsplit.frontend.extract.types import Type, Types
from tcbsplit.model.data import (
    ANY,
    COPIES,
    FILLS,
    LOCAL,
    LOOKS,
    DataFacts,
    DataFlow,
    DataUse,
)

Held = tuple[str, ...]
_NOTHING: Held = ()
_encode = msgspec.msgpack.Encoder().encode
_WRAPPED = frozenset({k.UNEXPOSED_EXPR, k.PAREN_EXPR})
_VARIADIC = "struct __va_list_tag"  # what a list of variadic arguments is an array of
_READ, _WRITE, _BOTH = (False,), (True,), (False, True)


class Data:
    """What was read so far, in the order of the source."""

    def __init__(self) -> None:
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


class DataReader:
    """A reader of the body of one function, or of the initialiser of one variable: ``owner``."""

    def __init__(
        self,
        data: Data,
        names: Names,
        targets: Targets,
        types: Types,
        owner: str,
        parameters: dict[int, int],
    ) -> None:
        self.data = data
        self.names = names
        self.targets = targets
        self.types = types
        self.owner = owner
        self.parameters = parameters
        self._wanted = False  # an integer that is read becomes a pointer

    # --- records -----------------------------------------------------------------------------

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

    # --- places ------------------------------------------------------------------------------

    def pointed(self, type_: Type) -> str:
        """Return the place of what pointers to ``type_``, a pointer, lead to; "" for others."""
        element = type_.element
        if element.kind != k.POINTER or element.function is not None:
            return ""
        return "d:" + element.pointee.spelling.replace("const ", "").replace("volatile ", "")

    def holder(self, cursor: CXCursor) -> str:
        """Return the place of the pointer that an lvalue holds, "" if it is none."""
        cursor = _bare(cursor)
        kind = cursor.kind
        if kind in (k.DECL_REF_EXPR, k.MEMBER_REF_EXPR):
            target = self.targets.of(cursor)
            return self.named(target) if target is not None else ""
        if kind == k.ARRAY_SUBSCRIPT_EXPR:
            base = _bare(children(cursor)[0])
            if self.types.at(base).array:
                return self.holder(base)
            return self.pointed(self.types.at(cursor))
        if kind == k.UNARY_OPERATOR and (
            lib.getCursorUnaryOperatorKind(cursor) == k.DEREFERENCE
        ):
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
        return wide and (self._wanted or bool(sources))

    # --- values ------------------------------------------------------------------------------

    def value(self, cursor: CXCursor) -> Held:
        """Return the addresses that an expression may be; record what it does."""
        handler = _HANDLERS.get(cursor.kind)
        if handler is not None:
            return handler(self, cursor)
        for child in children(cursor):
            self.value(child)
        return _NOTHING

    def read(self, cursor: CXCursor) -> Held:
        """Return the addresses that an lvalue holds, or is as an array; it is read."""
        type_ = self.types.at(cursor)
        sources, direct = self.address(cursor)
        if type_.element.spelling == _VARIADIC:
            holder = self.holder(cursor)
            return (holder,) if holder else _NOTHING
        if type_.array:
            self.link(self.holder(cursor) if self.pointed(type_) else "", self.pointed(type_))
            return sources
        if not direct:
            self.use(cursor, sources, _READ)
        holder = self.holder(cursor) if self.holds(type_) else ""
        return (holder,) if holder else _NOTHING

    def written(self, cursor: CXCursor, sources: Held, how: tuple[bool, ...] = _WRITE) -> None:
        """Record the store of ``sources`` in an lvalue."""
        places, direct = self.address(cursor)
        if not direct:
            self.use(cursor, places, how)
        type_ = self.types.at(cursor)
        if sources and self.holds(type_, sources) and (holder := self.holder(cursor)):
            self.flow(holder, sources)

    def address(self, cursor: CXCursor) -> tuple[Held, bool]:
        """Return (addresses that an lvalue may have, whether it names its variable itself)."""
        cursor = _bare(cursor)
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
            if self.types.at(_bare(base)).kind in k.INTEGERS:
                base, index = index, base  # 2[array]
            self.plainly(index)
            bare = _bare(base)
            type_ = self.types.at(bare)
            if type_.array or type_.kind in k.VECTORS:
                return self.address(bare)
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
        outer, self._wanted = self._wanted, False
        found = self.value(cursor)
        self._wanted = outer
        return found

    def _wrapped(self, cursor: CXCursor) -> Held:
        inner = children(cursor)
        if len(inner) == 1:
            found = self.value(inner[0])
            if found:
                self._converted(self.types.at(inner[0]), self.types.at(cursor))
            return found
        # An atomic builtin stores its arguments through its pointers, or returns what is there.
        found = tuple(chain.from_iterable(self.value(child) for child in inner))
        if inner and self.types.at(inner[0]).kind == k.POINTER:
            self._exchange(cursor, [self.types.at(c) for c in inner], found)
        return found

    def _exchange(self, cursor: CXCursor, types: list[Type], places: Held) -> None:
        self.use(cursor, places, _BOTH)
        for type_ in types:
            if type_.kind == k.POINTER and (content := self.pointed(type_.pointee)):
                self.flow(content, places)

    def _converted(self, source: Type, target: Type) -> None:
        """Record a conversion between pointers to pointers of different types."""
        if source.kind != k.POINTER or target.kind != k.POINTER or source is target:
            return
        a, b = self.pointed(source.pointee), self.pointed(target.pointee)
        if a != b:
            self.link(a or ANY, b or ANY)

    def _cast(self, cursor: CXCursor) -> Held:
        inner = [c for c in children(cursor) if is_expression(c)]
        if not inner:
            return _NOTHING
        operand = inner[-1]
        source, target = self.types.at(operand), self.types.at(cursor)
        if target.kind != k.POINTER or source.kind not in k.INTEGERS:
            found = self.value(operand)
            self._converted(source, target)
            return found
        outer, self._wanted = self._wanted, True
        found = self.value(operand)
        self._wanted = outer
        if found:
            return found
        number = evaluated(operand)
        if number == 0:
            return _NOTHING
        return ("?a fixed address" if number is not None else "?an integer",)

    def _name(self, cursor: CXCursor) -> Held:
        target = self.targets.of(cursor)
        if target is None or target.kind in (CONSTANT, FUNCTION):
            return _NOTHING
        return self.read(cursor)

    def _unary(self, cursor: CXCursor) -> Held:
        operator = lib.getCursorUnaryOperatorKind(cursor)
        operand = next(iter(children(cursor)), None)
        if operand is None:
            return _NOTHING
        if operator == k.ADDRESS_OF:
            found, _ = self.address(operand)
            content = self.pointed(self.types.at(operand))
            if content:
                self.link(self.holder(operand), content)
            return found
        if operator == k.DEREFERENCE or operator in k.PARTS:
            return self.read(cursor)
        if operator in k.STEPS:
            self.written(operand, _NOTHING, _BOTH)
            self._constant(operand, None)
            holder = self.holder(operand) if self.holds(self.types.at(operand)) else ""
            return (holder,) if holder else _NOTHING
        return self.value(operand)

    def _binary(self, cursor: CXCursor) -> Held:
        operator = lib.getCursorBinaryOperatorKind(cursor)
        left, right = (*children(cursor), None, None)[:2]
        if left is None or right is None:
            return _NOTHING
        if operator == k.ASSIGN:
            sources = self.value(right)
            self.written(left, sources)
            self._constant(left, right)
            return sources
        first, second = self.value(left), self.value(right)
        if operator == k.COMMA:
            return second
        return _NOTHING if operator in k.TESTS else first + second

    def _constant(self, left: CXCursor, right: CXCursor | None) -> None:
        """Record which integer a whole variable is set to."""
        bare = _bare(left)
        target = self.targets.of(bare) if bare.kind == k.DECL_REF_EXPR else None
        if target is not None and target.kind == VARIABLE and target.type.kind in k.INTEGERS:
            number = evaluated(right) if right is not None else None
            self.flow(f"v:{target.identity}", (f"#{'' if number is None else number}",))

    def _compound(self, cursor: CXCursor) -> Held:
        left, right = (*children(cursor), None, None)[:2]
        if left is None or right is None:
            return _NOTHING
        sources = self.value(right)
        self.written(left, sources, _BOTH)
        self._constant(left, None)
        holder = self.holder(left) if self.holds(self.types.at(left)) else ""
        return (holder,) if holder else _NOTHING

    def _conditional(self, cursor: CXCursor) -> Held:
        condition, *arms = children(cursor)
        first = self.value(condition)
        found = tuple(chain.from_iterable(self.value(arm) for arm in arms))
        return first + found if len(arms) == 1 else found

    def _generic(self, cursor: CXCursor) -> Held:
        arms = [c for c in children(cursor)[1:] if is_expression(c)]
        return tuple(chain.from_iterable(self.value(arm) for arm in arms))

    def _nothing(self, cursor: CXCursor) -> Held:
        return _NOTHING

    def _literal(self, cursor: CXCursor) -> Held:
        return (LOCAL,)

    def _statements(self, cursor: CXCursor) -> Held:
        found = _NOTHING
        for block in children(cursor):
            for child in children(block):
                found = self.value(child)
        return found

    # --- calls -------------------------------------------------------------------------------

    def _call(self, cursor: CXCursor) -> Held:
        callee, *arguments = children(cursor)
        bare = _bare(callee)
        if bare.kind == k.UNARY_OPERATOR and children(bare):
            bare = _bare(children(bare)[0])
        target = self.targets.of(bare) if bare.kind == k.DECL_REF_EXPR else None
        outer, self._wanted = self._wanted, False
        direct = target is not None and target.kind == FUNCTION
        if not direct:
            self.value(callee)
        given = [self.value(argument) for argument in arguments]
        self._wanted = outer
        result = self.types.at(cursor)
        pointer = result.kind == k.POINTER or (self._wanted and self.holds(result))
        if direct and target is not None:
            made = self._known(cursor, target.spelling, arguments, given)
            if made is not None:
                return made
            self._passed(target, callee, given)
            return (f"r:{target.identity}",) if pointer else _NOTHING
        site = f"c:{self.names.place(cursor)[1]}:{self.owner}"
        for i, sources in enumerate(given):
            self.flow(f"{site}#{i}", sources)
        return (f"{site}#r",) if pointer else _NOTHING

    def _passed(self, target: Target, callee: CXCursor, given: list[Held]) -> None:
        signature = self.types.at(callee).function
        variadic = signature is not None and signature.variadic
        fixed = len(signature.parameters) if signature is not None and variadic else 1 << 16
        for i, sources in enumerate(given):
            if sources:
                kept = signature is not None and i < fixed and signature.read_only[i : i + 1]
                mark = "k" if kept and kept[0] else "p"
                self.flow(f"{mark}:{target.identity}#{i if i < fixed else '*'}", sources)

    def _known(
        self, cursor: CXCursor, spelling: str, arguments: list[CXCursor], given: list[Held]
    ) -> Held | None:
        """Return the value of a function that the compiler or the C library knows; else None."""
        name = spelling.removeprefix("__builtin_").removeprefix("_")
        if name in COPIES and len(given) >= 2:
            self.use(cursor, given[0], _WRITE)
            self.use(cursor, given[1], _READ)
            return given[0]
        if name in FILLS and given:
            self.use(cursor, given[0], _WRITE)
            return given[0]
        if name in LOOKS:
            for sources in given:
                self.use(cursor, sources, _READ)
            return given[0] if given else _NOTHING
        if spelling.startswith("__builtin_va_"):
            holder = self.holder(arguments[0]) if arguments else ""
            if spelling == "__builtin_va_start":
                self.flow(holder, (f"p:{self.owner}#*",))
            elif spelling == "__builtin_va_copy":
                self.flow(holder, given[-1])
            return _NOTHING
        every = tuple(chain.from_iterable(given))
        if spelling.startswith(("__sync_", "__atomic_")):
            self._exchange(cursor, [self.types.at(a) for a in arguments], every)
            return every
        if spelling.startswith("__builtin_"):
            self.use(cursor, every, _BOTH)
            return every
        return None

    def _assembly(self, cursor: CXCursor) -> Held:
        extent = self.names.extent(cursor)
        written = self.names.content(extent.file)[extent.start : extent.end]
        made = _NOTHING if b'"+' in written else ("?assembly",)  # an output that is no input
        for child in children(cursor):
            bare = _bare(child)
            # An output is an lvalue; inputs are behind an implicit cast.
            output = child if child.kind != k.PAREN_EXPR else bare
            if output.kind in _LVALUES or (
                output.kind == k.UNARY_OPERATOR
                and lib.getCursorUnaryOperatorKind(output) == k.DEREFERENCE
            ):
                pointer = self.types.at(output).kind == k.POINTER
                self.written(output, made if pointer else _NOTHING, _BOTH)
                self._constant(output, None)
                if not pointer:
                    continue
            self.use(cursor, self.value(child), _BOTH)
        return _NOTHING

    # --- declarations and initialisers -------------------------------------------------------

    def _local(self, cursor: CXCursor) -> Held:
        storage = lib.Cursor_getStorageClass(cursor)
        if storage in (k.STORAGE_STATIC, k.STORAGE_EXTERN):
            return _NOTHING
        value = lib.Cursor_getVarDeclInitializer(cursor)
        has_value = value.kind >= k.FIRST_EXPR
        for child in children(cursor):
            if is_expression(child) and not (has_value and child.d1 == value.d1):
                self.value(child)
        if has_value:
            name = text(lib.getCursorSpelling(cursor))
            self.initialise(value, f"l:{self.owner}:{name}", self.types.at(cursor))
        return _NOTHING

    def initial(self, value: CXCursor, variable: str, type_: Type) -> None:
        """Read the initialiser of a variable with static storage."""
        if type_.kind in k.INTEGERS:
            number = evaluated(value)
            self.flow(f"v:{variable}", (f"#{'' if number is None else number}",))
        self.initialise(value, f"v:{variable}", type_)

    def initialise(self, value: CXCursor, place: str, type_: Type) -> None:
        """Read the initialiser of ``place``.

        A pointer in the list of a record may be in every field of a fitting type: what designators
        say is not needed for that.
        """
        if value.kind != k.INIT_LIST_EXPR:
            sources = self.value(value)
            if sources and self.holds(type_, sources):
                self.flow(place, sources)
            return
        element = type_.element
        fields = self._fields(element) if element.kind == k.RECORD else []
        self._list(value, place, fields)

    def _list(self, value: CXCursor, place: str, fields: list[tuple[str, Type]]) -> None:
        for child in children(value):
            if child.kind == k.INIT_LIST_EXPR or (
                child.kind == k.UNEXPOSED_EXPR and lib.getCursorType(child).kind == k.VOID
            ):
                self._list(child, place, fields)
                continue
            if not is_expression(child):
                continue
            sources = self.value(child)
            if not sources:
                continue
            if not fields:
                self.flow(place, sources)
                continue
            type_ = self.types.at(child)
            same = [p for p, t in fields if self.pointed(t) == self.pointed(type_)]
            for field in same or [p for p, _ in fields]:
                self.flow(field, sources)

    def _fields(self, record: Type, depth: int = 8) -> list[tuple[str, Type]]:
        """Return the pointers of a record, those of nested records included."""
        found: list[tuple[str, Type]] = []
        for field in record.fields:
            type_ = self.types.at(field)
            if type_.element.kind == k.RECORD and depth:
                found += self._fields(type_.element, depth - 1)
            elif self.holds(type_, (LOCAL,)):
                parent = lib.getCursorSemanticParent(field)
                spelled = self.names.field(field).spelled
                if parent.kind == k.UNION_DECL:
                    spelled = spelled.rpartition(".")[0] + ".*"
                found.append((spelled, type_))
        return found

    def _return(self, cursor: CXCursor) -> Held:
        for child in children(cursor):
            self.flow(f"r:{self.owner}", self.value(child))
        return _NOTHING

    def _compound_literal(self, cursor: CXCursor) -> Held:
        type_ = self.types.at(cursor)
        for child in children(cursor):
            if is_expression(child):
                self.initialise(child, self.pointed(type_) or ANY, type_)
        return (LOCAL,)

    def _list_alone(self, cursor: CXCursor) -> Held:
        self.initialise(cursor, ANY, self.types.at(cursor))
        return _NOTHING


_LVALUES = frozenset({k.DECL_REF_EXPR, k.MEMBER_REF_EXPR, k.ARRAY_SUBSCRIPT_EXPR})
_HANDLERS: dict[int, Callable[[DataReader, CXCursor], Held]] = {
    k.UNEXPOSED_EXPR: DataReader._wrapped,
    k.PAREN_EXPR: DataReader._wrapped,
    k.DECL_REF_EXPR: DataReader._name,
    k.MEMBER_REF_EXPR: DataReader.read,
    k.ARRAY_SUBSCRIPT_EXPR: DataReader.read,
    k.UNARY_OPERATOR: DataReader._unary,
    k.BINARY_OPERATOR: DataReader._binary,
    k.COMPOUND_ASSIGNMENT_OPERATOR: DataReader._compound,
    k.CONDITIONAL_OPERATOR: DataReader._conditional,
    k.CSTYLE_CAST_EXPR: DataReader._cast,
    k.GENERIC_SELECTION_EXPR: DataReader._generic,
    k.STATEMENT_EXPR: DataReader._statements,
    k.CALL_EXPR: DataReader._call,
    k.ASM_STMT: DataReader._assembly,
    k.VAR_DECL: DataReader._local,
    k.RETURN_STMT: DataReader._return,
    k.INIT_LIST_EXPR: DataReader._list_alone,
    k.COMPOUND_LITERAL_EXPR: DataReader._compound_literal,
    k.STRING_LITERAL: DataReader._literal,
    k.SIZEOF_EXPR: DataReader._nothing,
    **dict.fromkeys(set(k.LEAVES) - {k.STRING_LITERAL}, DataReader._nothing),
}


def _bare(cursor: CXCursor) -> CXCursor:
    """Remove parentheses and implicit conversions."""
    while cursor.kind in _WRAPPED:
        inner = children(cursor)
        if len(inner) != 1:
            return cursor
        cursor = inner[0]
    return cursor
