# SPDX-License-Identifier: MIT
"""Resolve names of a configuration to ids of a program.

``config.select`` defines patterns. Only an ``optional`` name may match nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tcbsplit.config.name import at, in_order, optional
from tcbsplit.config.select import Entries, Symbols
from tcbsplit.errors import UnknownNameError
from tcbsplit.model.phase import PhaseVariable
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import SymbolId, ValueKind
from tcbsplit.phases.values import Values, values_of

# clang's spelling in the type of a function that never returns.
_NEVER_RETURNS = "__attribute__((noreturn))"


class Directory:
    """The functions and variables of a program, for look-up by patterns."""

    def __init__(self, program: Program, entries: Entries | None = None) -> None:
        self._program = program
        self.functions = Symbols(program.functions, entries)
        self.variables = Symbols(program.variables)

    def never_returns(self, identity: SymbolId) -> bool:
        """Return whether a function is declared ``noreturn``."""
        function = self._program.functions[identity]
        # Parameters and results may be pointers to functions that never return.
        is_pointer = function.result_kind is ValueKind.POINTER
        return not is_pointer and function.type.endswith(_NEVER_RETURNS)

    def values(self, variables: Sequence[PhaseVariable]) -> tuple[Values, list[str]]:
        """Return the possible values of phase variables, and complaints about names."""
        return values_of(self._program, variables) if variables else ({}, [])

    def symbols(self, pattern: str) -> frozenset[SymbolId]:
        """Return the functions and variables that match a pattern."""
        return frozenset((*self.functions.ids(pattern), *self.variables.ids(pattern)))

    def resolve(
        self, patterns: Iterable[str], setting: str, *, variables: bool = False
    ) -> tuple[tuple[SymbolId, ...], list[str]]:
        """Return (functions that match the patterns, complaints about patterns without a match).

        ``setting`` appears in complaints. With ``variables`` a pattern may match only variables.
        """
        found: dict[SymbolId, None] = {}
        complaints: list[str] = []
        for pattern in patterns:
            hits = self.functions.ids(pattern)
            found.update(dict.fromkeys(hits))
            void = not hits and not (variables and self.variables.ids(pattern))
            if void and not optional(pattern):
                complaints.append(f"{at(pattern, setting)}: {self.functions.unknown(pattern)}")
        return tuple(found), complaints


def complain(complaints: list[str]) -> None:
    """Raise one ``UnknownNameError`` with all complaints, if there are any."""
    if complaints:
        raise UnknownNameError("\n".join(in_order(complaints)))
