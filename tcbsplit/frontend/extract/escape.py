# SPDX-License-Identifier: MIT
"""Follow the value of a local variable, parameter or result within one unit.

Used only for values that hold a piece of an address (see ``pieces``). A piece that is compared,
printed or used as an index does not escape; one that is stored, or passed to code outside this
unit, does. The order of statements does not matter.
"""

from __future__ import annotations

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.libclang import CXCursor, lib, text
from tcbsplit.frontend.extract.uses import Argument, Goal, Local, Lvalues, Reading, Result, Stop


class Escapes:
    """The functions of one unit, each read on first use."""

    def __init__(self, lvalues: Lvalues) -> None:
        self.lvalues = lvalues
        self.bodies: list[CXCursor] = []  # functions that the main file defines
        self._read: set[int] = set()
        self._goals: dict[int, list[Goal]] = {}  # by declaration: variables, results of calls

    def of(self, goal: Goal, main: bool, seen: set[int] | None = None) -> Stop | None:
        """Return where a value that goes to ``goal`` ends; None if it does not escape.

        ``main``: the function concerned is in the main file. Facts of a header must be the same
        in every unit, so for it the main file is ignored.
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
        if isinstance(goal, Result) and lib.getCursorLinkage(goal.function) != k.INTERNAL:
            # No code of this unit keeps it; other units may call the function.
            name = text(lib.getCursorSpelling(goal.function))
            return goal.stop._replace(unless=name)
        return None

    def _key(self, goal: Local | Argument | Result, main: bool) -> tuple[int, Stop | None]:
        """Return the declaration whose uses to follow, or 0 and where the value ends."""
        if isinstance(goal, Local):
            self._function(lib.getCursorSemanticParent(goal.declaration))
            return goal.declaration.d0, None
        if isinstance(goal, Argument):
            body = lib.getCursorDefinition(goal.callee)
            if body.kind != k.FUNCTION_DECL or not (main or not _in_main(body)):
                return 0, goal.stop
            if goal.position >= lib.Cursor_getNumArguments(body):
                return 0, None  # variadic: most likely printed
            self._function(body)
            return lib.Cursor_getArgument(body, goal.position).d0, None
        if not _in_main(goal.function):
            return 0, goal.stop
        for body in self.bodies:
            self._function(body)
        return goal.function.d0, None

    def _function(self, cursor: CXCursor) -> None:
        if cursor.d0 not in self._read:
            self._read.add(cursor.d0)
            Reading(self.lvalues, cursor, self._goals).read()


def _in_main(cursor: CXCursor) -> bool:
    return bool(lib.Location_isFromMainFile(lib.getCursorLocation(cursor)))
