# SPDX-License-Identifier: MIT
"""Uses of the values of variables, parameters and calls in one function body."""

from __future__ import annotations

from typing import NamedTuple

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.identity import Names
from tcbsplit.frontend.extract.libclang import CXCursor, children, lib, text
from tcbsplit.frontend.extract.shape import is_expression, strip
from tcbsplit.frontend.extract.targets import FIELD, FUNCTION, LOCAL, PARAMETER, Target, Targets
from tcbsplit.frontend.extract.types import Types


class Stop(NamedTuple):
    """The point where a value is stored or leaves the unit."""

    file: str
    line: int
    how: str
    unless: str = ""  # no escape if all calls of this function are in its own file


class Local(NamedTuple):
    """The flow of a value into a local variable or parameter (its declaration)."""

    declaration: CXCursor


class Argument(NamedTuple):
    """The flow of a value into a parameter of a function."""

    callee: CXCursor
    position: int
    stop: Stop  # if the callee is unknown


class Result(NamedTuple):
    """The flow of a value into the result of a function."""

    function: CXCursor
    stop: Stop


Goal = Stop | Local | Argument | Result | None  # None: does not escape
_TRANSPARENT = frozenset({k.UNEXPOSED_EXPR, k.PAREN_EXPR, k.CSTYLE_CAST_EXPR})
_ARITHMETIC_SIGNS = k.STEPS | k.SIGNS | {k.EXTENSION}


class Lvalues:
    """The names of the lvalues of one unit."""

    def __init__(self, names: Names, types: Types, targets: Targets) -> None:
        self.names = names
        self.types = types
        self.targets = targets

    def of(self, cursor: CXCursor) -> Target | str:
        """Return the local variable or parameter that holds an lvalue, or else its name."""
        while True:
            kind = cursor.kind
            inner = children(cursor)
            if kind in _TRANSPARENT and inner:
                cursor = inner[-1]
            elif kind == k.ARRAY_SUBSCRIPT_EXPR or (
                kind == k.UNARY_OPERATOR and lib.getCursorUnaryOperatorKind(cursor) == k.DEREFERENCE
            ):
                bare = strip(inner[0])
                if self.types.at(bare).kind == k.POINTER or not is_expression(bare):
                    name = text(lib.getCursorSpelling(bare))
                    return f"what {name} points to" if name else "memory"
                cursor = bare
            else:
                break
        target = self.targets.of(cursor)
        if target is None:
            return "memory"
        if target.kind in (LOCAL, PARAMETER):
            return target
        return target.place.shown if target.kind == FIELD else target.identity

    def goal(self, cursor: CXCursor) -> Goal:
        """Return the goal of a value that is stored in an lvalue."""
        found = self.of(cursor)
        if isinstance(found, Target):
            return Local(found.declaration)
        return self.stop(cursor, f"cut up into {found}")

    def stop(self, cursor: CXCursor, how: str) -> Stop:
        """Return the end of a value at ``cursor``."""
        path, line, _ = self.names.place(cursor)
        return Stop(path, line, how)


class Reading:
    """A reader of one body: the goals of every local variable, parameter and call."""

    def __init__(self, lvalues: Lvalues, function: CXCursor, goals: dict[int, list[Goal]]) -> None:
        self.lvalues = lvalues
        self.types = lvalues.types
        self.function = function
        self.goals = goals

    def read(self) -> None:
        for child in children(self.function):
            if child.kind == k.COMPOUND_STMT:
                self.visit(child, None)

    def visit(self, cursor: CXCursor, goal: Goal) -> None:
        """Record that the value of ``cursor`` goes to ``goal``."""
        handler = _READERS.get(cursor.kind)
        if handler is not None:
            handler(self, cursor, goal)
            return
        if not is_expression(cursor):
            goal = None
        for child in children(cursor):
            self.visit(child, goal)

    def name(self, cursor: CXCursor, goal: Goal) -> None:
        target = self.lvalues.targets.of(cursor)
        if goal is None or target is None:
            return
        if target.kind in (LOCAL, PARAMETER):
            self.goals.setdefault(target.declaration.d0, []).append(goal)
        elif target.kind == FUNCTION:
            # Its address is taken: its callers, and their uses of the result, are unknown.
            body = lib.getCursorDefinition(target.declaration)
            stop = self.lvalues.stop(cursor, f"cut up into the result of {target.spelling}")
            self.goals.setdefault(body.d0, []).append(stop)

    def binary(self, cursor: CXCursor, goal: Goal) -> None:
        operator = lib.getCursorBinaryOperatorKind(cursor)
        left, right = (*children(cursor), None, None)[:2]
        if left is None or right is None:
            return
        if operator == k.ASSIGN or cursor.kind == k.COMPOUND_ASSIGNMENT_OPERATOR:
            self.visit(left, goal)
            self.visit(right, self.lvalues.goal(left))
            if operator == k.ASSIGN and goal is not None:
                self.visit(right, goal)
        elif operator == k.COMMA:
            self.visit(left, None)
            self.visit(right, goal)
        else:
            # A pointer plus a piece is an element: the piece is an index.
            if operator in k.TESTS or self.types.at(cursor).kind == k.POINTER:
                goal = None
            self.visit(left, goal)
            self.visit(right, goal)

    def unary(self, cursor: CXCursor, goal: Goal) -> None:
        operator = lib.getCursorUnaryOperatorKind(cursor)
        for child in children(cursor):
            if operator == k.ADDRESS_OF:
                self.visit(child, self.lvalues.stop(cursor, "cut up, and its address is taken"))
            elif operator in _ARITHMETIC_SIGNS or operator == k.DEREFERENCE:
                self.visit(child, goal)
            else:
                self.visit(child, None)

    def subscript(self, cursor: CXCursor, goal: Goal) -> None:
        base, *index = children(cursor)
        self.visit(base, goal)
        for child in index:
            self.visit(child, None)

    def conditional(self, cursor: CXCursor, goal: Goal) -> None:
        condition, *arms = children(cursor)
        self.visit(condition, goal if len(arms) == 1 else None)
        for arm in arms:
            self.visit(arm, goal)

    def call(self, cursor: CXCursor, goal: Goal) -> None:
        callee, *arguments = children(cursor)
        target = self.lvalues.targets.of(strip(callee))
        if target is None or target.kind != FUNCTION:
            self.visit(callee, None)
            for argument in arguments:
                stop = self.lvalues.stop(argument, "cut up into an argument of a call")
                self.visit(argument, stop)
            return
        if goal is not None:
            body = lib.getCursorDefinition(target.declaration)
            self.goals.setdefault(body.d0, []).append(goal)
        signature = self.types.at(callee).function
        fixed = len(signature.parameters) if signature and signature.variadic else 1 << 16
        for i, argument in enumerate(arguments):
            to: Goal = None
            if target.spelling.startswith("__builtin_"):
                to = goal
            elif i < fixed:
                to = argument_of(self.lvalues, argument, target, i)
            self.visit(argument, to)

    def declaration(self, cursor: CXCursor, goal: Goal) -> None:
        value = lib.Cursor_getVarDeclInitializer(cursor)
        for child in children(cursor):
            if is_expression(child):
                self.visit(child, Local(cursor) if child.d1 == value.d1 else None)

    def list(self, cursor: CXCursor, goal: Goal) -> None:
        type_ = self.types.at(cursor)
        if type_.element.kind == k.RECORD:
            goal = self.lvalues.stop(cursor, f"cut up into {type_.element.spelling}")
        for child in children(cursor):
            self.visit(child, goal)

    def statements(self, cursor: CXCursor, goal: Goal) -> None:
        for block in children(cursor):
            *before, last = children(block) or [block]
            for child in before:
                self.visit(child, None)
            if last is not block:
                self.visit(last, goal)

    def leave(self, cursor: CXCursor, goal: Goal) -> None:
        stop = self.lvalues.stop(cursor, "cut up into a result")
        for child in children(cursor):
            self.visit(child, Result(self.function, stop))

    def assembly(self, cursor: CXCursor, goal: Goal) -> None:
        stop = self.lvalues.stop(cursor, "cut up into an operand of assembly")
        for child in children(cursor):
            self.visit(child, stop)

    def unevaluated(self, cursor: CXCursor, goal: Goal) -> None:
        return


def argument_of(lvalues: Lvalues, argument: CXCursor, callee: Target, position: int) -> Argument:
    """Return the goal of an argument of a direct call."""
    stop = lvalues.stop(argument, f"cut up into an argument of {callee.spelling}")
    return Argument(callee.declaration, position, stop)


_READERS = {
    k.DECL_REF_EXPR: Reading.name,
    k.BINARY_OPERATOR: Reading.binary,
    k.COMPOUND_ASSIGNMENT_OPERATOR: Reading.binary,
    k.UNARY_OPERATOR: Reading.unary,
    k.ARRAY_SUBSCRIPT_EXPR: Reading.subscript,
    k.CONDITIONAL_OPERATOR: Reading.conditional,
    k.CALL_EXPR: Reading.call,
    k.VAR_DECL: Reading.declaration,
    k.INIT_LIST_EXPR: Reading.list,
    k.STATEMENT_EXPR: Reading.statements,
    k.RETURN_STMT: Reading.leave,
    k.ASM_STMT: Reading.assembly,
    k.SIZEOF_EXPR: Reading.unevaluated,
}
