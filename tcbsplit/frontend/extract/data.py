# SPDX-License-Identifier: MIT
"""Read function bodies and initialisers for ``model.data``: flows and uses of data pointers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.holders import BOTH, NOTHING, Held
from tcbsplit.frontend.extract.libclang import CXCursor, children, lib, text
from tcbsplit.frontend.extract.passing import Passing
from tcbsplit.frontend.extract.shape import evaluated, in_type, is_expression
from tcbsplit.frontend.extract.targets import CONSTANT, FUNCTION
from tcbsplit.frontend.extract.types import Type
from tcbsplit.model.data import ANY, LOCAL


class DataReader(Passing):
    """A reader of the body of one function, or of the initialiser of one variable: ``owner``."""

    def _wrapped(self, cursor: CXCursor) -> Held:
        inner = children(cursor)
        if len(inner) == 1:
            found = self.value(inner[0])
            if found:
                self.converted(self.types.at(inner[0]), self.types.at(cursor))
            return found
        # An atomic builtin stores its arguments through its pointers, or returns what is there.
        found = tuple(chain.from_iterable(self.value(child) for child in inner))
        if inner and self.types.at(inner[0]).kind == k.POINTER:
            self.exchange(cursor, [self.types.at(c) for c in inner], found)
        return found

    def _cast(self, cursor: CXCursor) -> Held:
        inner = [c for c in children(cursor) if is_expression(c)]
        if not inner:
            return NOTHING
        operand = inner[-1]
        source, target = self.types.at(operand), self.types.at(cursor)
        if target.kind != k.POINTER or source.kind not in k.INTEGERS:
            found = self.value(operand)
            self.converted(source, target)
            return found
        outer, self.wanted = self.wanted, True
        found = self.value(operand)
        self.wanted = outer
        if found:
            return found
        number = evaluated(operand)
        if number == 0:
            return NOTHING
        return ("?a fixed address" if number is not None else "?an integer",)

    def _name(self, cursor: CXCursor) -> Held:
        target = self.targets.of(cursor)
        if target is None or target.kind in (CONSTANT, FUNCTION):
            return NOTHING
        return self.read(cursor)

    def _unary(self, cursor: CXCursor) -> Held:
        operator = lib.getCursorUnaryOperatorKind(cursor)
        operand = next(iter(children(cursor)), None)
        if operand is None:
            return NOTHING
        if operator == k.ADDRESS_OF:
            found, _ = self.address(operand)
            content = self.pointed(self.types.at(operand))
            if content:
                self.link(self.holder(operand), content)
            return found
        if operator == k.DEREFERENCE or operator in k.PARTS:
            return self.read(cursor)
        if operator in k.STEPS:
            self.written(operand, NOTHING, BOTH)
            self.constant(operand, None)
            holder = self.holder(operand) if self.holds(self.types.at(operand)) else ""
            return (holder,) if holder else NOTHING
        return self.value(operand)

    def _binary(self, cursor: CXCursor) -> Held:
        operator = lib.getCursorBinaryOperatorKind(cursor)
        left, right = (*children(cursor), None, None)[:2]
        if left is None or right is None:
            return NOTHING
        if operator == k.ASSIGN:
            sources = self.value(right)
            self.written(left, sources)
            self.constant(left, right)
            return sources
        first, second = self.value(left), self.value(right)
        if operator == k.COMMA:
            return second
        return NOTHING if operator in k.TESTS else first + second

    def _compound(self, cursor: CXCursor) -> Held:
        left, right = (*children(cursor), None, None)[:2]
        if left is None or right is None:
            return NOTHING
        sources = self.value(right)
        self.written(left, sources, BOTH)
        self.constant(left, None)
        holder = self.holder(left) if self.holds(self.types.at(left)) else ""
        return (holder,) if holder else NOTHING

    def _conditional(self, cursor: CXCursor) -> Held:
        condition, *arms = children(cursor)
        first = self.value(condition)
        found = tuple(chain.from_iterable(self.value(arm) for arm in arms))
        return first + found if len(arms) == 1 else found

    def _generic(self, cursor: CXCursor) -> Held:
        arms = [c for c in children(cursor)[1:] if is_expression(c)]
        return tuple(chain.from_iterable(self.value(arm) for arm in arms))

    def _nothing(self, cursor: CXCursor) -> Held:
        return NOTHING

    def _literal(self, cursor: CXCursor) -> Held:
        return (LOCAL,)

    def _statements(self, cursor: CXCursor) -> Held:
        found = NOTHING
        for block in children(cursor):
            for child in children(block):
                found = self.value(child)
        return found

    def _local(self, cursor: CXCursor) -> Held:
        storage = lib.Cursor_getStorageClass(cursor)
        if storage in (k.STORAGE_STATIC, k.STORAGE_EXTERN):
            return NOTHING
        value = lib.Cursor_getVarDeclInitializer(cursor)
        has_value = value.kind >= k.FIRST_EXPR
        for child in in_type(cursor, value):
            self.value(child)
        if has_value:
            name = text(lib.getCursorSpelling(cursor))
            self.initialise(value, f"l:{self.owner}:{name}", self.types.at(cursor))
        return NOTHING

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
        return NOTHING

    def _compound_literal(self, cursor: CXCursor) -> Held:
        type_ = self.types.at(cursor)
        for child in children(cursor):
            if is_expression(child):
                self.initialise(child, self.pointed(type_) or ANY, type_)
        return (LOCAL,)

    def _list_alone(self, cursor: CXCursor) -> Held:
        self.initialise(cursor, ANY, self.types.at(cursor))
        return NOTHING


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


DataReader.handlers = _HANDLERS
