"""Where the value of a local variable, parameter or result goes, within one unit.

Asked only of values that hold a piece of an address (see ``pieces``): a piece that is compared,
printed or used as an index goes nowhere; one that is stored, or handed to code that this unit does
not show, does. The answer does not depend on the order of statements.
"""

from __future__ import annotations

from typing import NamedTuple

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.libclang import CXCursor, children, lib, text
from tcbsplit.frontend.extract.names import Names
from tcbsplit.frontend.extract.shape import is_expression, strip
from tcbsplit.frontend.extract.targets import (
    FIELD,
    FUNCTION,
    LOCAL,
    PARAMETER,
    VARIABLE,
    Target,
    Targets,
)
from tcbsplit.frontend.extract.types import Types


class Stop(NamedTuple):
    """Where a value is stored or handed over for good."""

    file: str
    line: int
    how: str


class Local(NamedTuple):
    """A value goes on in a local variable or parameter (its declaration)."""

    declaration: CXCursor


class Argument(NamedTuple):
    """A value goes on in a parameter of a function."""

    callee: CXCursor
    position: int
    stop: Stop  # if nothing is known of the callee


class Result(NamedTuple):
    """A value goes on as the result of a function."""

    function: CXCursor
    stop: Stop


Goal = Stop | Local | Argument | Result | None  # None: nowhere
_TRANSPARENT = frozenset({k.UNEXPOSED_EXPR, k.PAREN_EXPR, k.CSTYLE_CAST_EXPR})
_ARITHMETIC_SIGNS = k.STEPS | k.SIGNS | {k.EXTENSION}


class Escapes:
    """The functions of one unit, each read when it is first asked for."""

    def __init__(self, names: Names, types: Types, targets: Targets) -> None:
        self.names = names
        self.types = types
        self.targets = targets
        self.bodies: list[CXCursor] = []  # functions that the main file defines
        self._read: set[int] = set()
        self._goals: dict[int, list[Goal]] = {}  # by declaration: variables, results of calls

    def of(self, goal: Goal, main: bool, seen: set[int] | None = None) -> Stop | None:
        """Where a value that goes to ``goal`` ends; None if nowhere.

        With ``main``, the asking function is in the main file; a header says the same in every
        unit, so it is not told what the main file does.
        """
        if goal is None or isinstance(goal, Stop):
            return goal
        seen = set() if seen is None else seen
        key, stop = self._key(goal, main)
        if not key:
            return stop
        if key in seen:
            return None
        seen.add(key)
        for further in self._goals.get(key, ()):
            found = self.of(further, main, seen)
            if found is not None:
                return found
        return None

    def _key(self, goal: Local | Argument | Result, main: bool) -> tuple[int, Stop | None]:
        """The declaration whose uses say more, or 0 and where the value ends."""
        if isinstance(goal, Local):
            self._function(lib.getCursorSemanticParent(goal.declaration))
            return goal.declaration.d0, None
        if isinstance(goal, Argument):
            body = lib.getCursorDefinition(goal.callee)
            if body.kind != k.FUNCTION_DECL or not (main or not _in_main(body)):
                return 0, goal.stop
            if goal.position >= lib.Cursor_getNumArguments(body):
                return 0, None  # variadic: printed, in all likelihood
            self._function(body)
            return lib.Cursor_getArgument(body, goal.position).d0, None
        if lib.getCursorLinkage(goal.function) != k.INTERNAL or not _in_main(goal.function):
            return 0, goal.stop
        for body in self.bodies:
            self._function(body)
        return goal.function.d0, None

    def _function(self, cursor: CXCursor) -> None:
        if cursor.d0 not in self._read:
            self._read.add(cursor.d0)
            _Reading(self, cursor, self._goals).read()

    def place(self, cursor: CXCursor) -> Target | str:
        """What an lvalue is stored in: a local variable or parameter, or else its name."""
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
        return target.node[2:] if target.kind == FIELD else target.identity

    def goal(self, cursor: CXCursor) -> Goal:
        """Where a value goes that is stored in an lvalue."""
        found = self.place(cursor)
        if isinstance(found, Target):
            return Local(found.declaration)
        return self.stop(cursor, f"cut up into {found}")

    def stop(self, cursor: CXCursor, how: str) -> Stop:
        """The end of a value at ``cursor``."""
        path, line, _ = self.names.place(cursor)
        return Stop(path, line, how)


def _in_main(cursor: CXCursor) -> bool:
    return bool(lib.Location_isFromMainFile(lib.getCursorLocation(cursor)))


class _Reading:
    """Reads one body: for every local variable, parameter and call, where its value goes."""

    def __init__(
        self, escapes: Escapes, function: CXCursor, goals: dict[int, list[Goal]]
    ) -> None:
        self.escapes = escapes
        self.types = escapes.types
        self.function = function
        self.goals = goals

    def read(self) -> None:
        for child in children(self.function):
            if child.kind == k.COMPOUND_STMT:
                self.visit(child, None)

    def visit(self, cursor: CXCursor, goal: Goal) -> None:
        """The value of ``cursor`` goes to ``goal``."""
        handler = _READERS.get(cursor.kind)
        if handler is not None:
            handler(self, cursor, goal)
            return
        if not is_expression(cursor):
            goal = None
        for child in children(cursor):
            self.visit(child, goal)

    def name(self, cursor: CXCursor, goal: Goal) -> None:
        target = self.escapes.targets.of(cursor)
        if goal is None or target is None:
            return
        if target.kind in (LOCAL, PARAMETER):
            self.goals.setdefault(target.declaration.d0, []).append(goal)
        elif target.kind == FUNCTION:
            # Its address goes somewhere: who calls it, and does what with the result?
            body = lib.getCursorDefinition(target.declaration)
            stop = self.escapes.stop(cursor, f"cut up into the result of {target.spelling}")
            self.goals.setdefault(body.d0, []).append(stop)

    def binary(self, cursor: CXCursor, goal: Goal) -> None:
        operator = lib.getCursorBinaryOperatorKind(cursor)
        left, right = (*children(cursor), None, None)[:2]
        if left is None or right is None:
            return
        if operator == k.ASSIGN or cursor.kind == k.COMPOUND_ASSIGNMENT_OPERATOR:
            self.visit(left, goal)
            self.visit(right, self.escapes.goal(left))
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
                self.visit(child, self.escapes.stop(cursor, "cut up, and its address is taken"))
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
        target = self.escapes.targets.of(callee) or self.escapes.targets.of(strip(callee))
        direct = target is not None and target.kind == FUNCTION
        if direct and goal is not None:
            body = lib.getCursorDefinition(target.declaration)
            self.goals.setdefault(body.d0, []).append(goal)
        if not direct:
            self.visit(callee, None)
        signature = self.types.at(callee).function
        fixed = len(signature.parameters) if signature and signature.variadic else 1 << 16
        for i, argument in enumerate(arguments):
            to: Goal = None
            if direct and target.spelling.startswith("__builtin_"):
                to = goal
            elif direct:
                to = argument_of(self.escapes, argument, target, i) if i < fixed else None
            else:
                to = self.escapes.stop(argument, "cut up into an argument of a call")
            self.visit(argument, to)

    def declaration(self, cursor: CXCursor, goal: Goal) -> None:
        value = lib.Cursor_getVarDeclInitializer(cursor)
        for child in children(cursor):
            if is_expression(child):
                self.visit(child, Local(cursor) if child.d1 == value.d1 else None)

    def list(self, cursor: CXCursor, goal: Goal) -> None:
        type_ = self.types.at(cursor)
        if type_.element.kind == k.RECORD:
            goal = self.escapes.stop(cursor, f"cut up into {type_.element.spelling}")
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
        stop = self.escapes.stop(cursor, "cut up into a result")
        for child in children(cursor):
            self.visit(child, Result(self.function, stop))

    def assembly(self, cursor: CXCursor, goal: Goal) -> None:
        stop = self.escapes.stop(cursor, "cut up into an operand of assembly")
        for child in children(cursor):
            self.visit(child, stop)

    def unevaluated(self, cursor: CXCursor, goal: Goal) -> None:
        return


def argument_of(escapes: Escapes, argument: CXCursor, callee: Target, position: int) -> Argument:
    """An argument of a direct call."""
    stop = escapes.stop(argument, f"cut up into an argument of {callee.spelling}")
    return Argument(callee.declaration, position, stop)


_READERS = {
    k.DECL_REF_EXPR: _Reading.name,
    k.BINARY_OPERATOR: _Reading.binary,
    k.COMPOUND_ASSIGNMENT_OPERATOR: _Reading.binary,
    k.UNARY_OPERATOR: _Reading.unary,
    k.ARRAY_SUBSCRIPT_EXPR: _Reading.subscript,
    k.CONDITIONAL_OPERATOR: _Reading.conditional,
    k.CALL_EXPR: _Reading.call,
    k.VAR_DECL: _Reading.declaration,
    k.INIT_LIST_EXPR: _Reading.list,
    k.STATEMENT_EXPR: _Reading.statements,
    k.RETURN_STMT: _Reading.leave,
    k.ASM_STMT: _Reading.assembly,
    k.SIZEOF_EXPR: _Reading.unevaluated,
}

__all__ = [
    "VARIABLE",
    "Argument",
    "Escapes",
    "Goal",
    "Local",
    "Result",
    "Stop",
    "argument_of",
]
