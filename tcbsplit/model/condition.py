# SPDX-License-Identifier: MIT
"""Conditions on global variables, and their truth when the possible values are known."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterator, Mapping
from enum import StrEnum
from itertools import product

from tcbsplit.model.base import Row
from tcbsplit.model.vocabulary import SymbolId


class Comparison(StrEnum):
    """A comparison of two integers."""

    EQUAL = "=="
    DIFFERENT = "!="
    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="

    def holds(self, left: int, right: int) -> bool:
        """Return the truth of ``left OPERATOR right``."""
        return _COMPARE[self](left, right)

    @property
    def mirrored(self) -> Comparison:
        """The comparison with its operands exchanged."""
        return _MIRRORED.get(self, self)


_COMPARE: dict[Comparison, Callable[[int, int], bool]] = {
    Comparison.EQUAL: operator.eq,
    Comparison.DIFFERENT: operator.ne,
    Comparison.LESS: operator.lt,
    Comparison.AT_MOST: operator.le,
    Comparison.GREATER: operator.gt,
    Comparison.AT_LEAST: operator.ge,
}
_MIRRORED = {
    Comparison.LESS: Comparison.GREATER,
    Comparison.GREATER: Comparison.LESS,
    Comparison.AT_MOST: Comparison.AT_LEAST,
    Comparison.AT_LEAST: Comparison.AT_MOST,
}


class ConditionKind(StrEnum):
    """The kind of a condition."""

    TEST = "test"
    ALL = "&&"
    ANY = "||"
    NOT = "!"
    UNKNOWN = "?"  # it may be true or false


class Condition(Row, frozen=True):
    """A condition: a test ``variable comparison value``, or others, combined.

    ``variable`` is an id, or ``&ID``: it is 1 where something is equal to the address of the
    variable, and 0 where it is not.
    """

    kind: ConditionKind
    parts: tuple[Condition, ...] = ()
    variable: SymbolId = SymbolId("")
    comparison: Comparison = Comparison.EQUAL
    value: int = 0
    name: str = ""  # of the value, where the source names it

    @property
    def tests(self) -> Iterator[Condition]:
        """All tests of this condition."""
        if self.kind is ConditionKind.TEST:
            yield self
        for part in self.parts:
            yield from part.tests

    @property
    def shown(self) -> str:
        """The text of the condition, for messages."""
        if self.kind is ConditionKind.TEST:
            return f"{self.variable} {self.comparison} {self.name or self.value}"
        if self.kind is ConditionKind.UNKNOWN:
            return "…"
        if self.kind is ConditionKind.NOT:
            return f"!({self.parts[0].shown})"
        return f" {self.kind} ".join(
            f"({p.shown})" if len(p.parts) > 1 else p.shown for p in self.parts
        )

    @property
    def negated(self) -> Condition:
        """The opposite."""
        if self.kind is ConditionKind.NOT:
            return self.parts[0]
        return Condition(ConditionKind.NOT, (self,))

    def may_be(self, truth: bool, values: Mapping[SymbolId, Collection[int]]) -> bool:
        """Return whether the condition may have this truth.

        ``values`` are the possible ones of some variables; others may have any.
        """
        names = sorted({t.variable for t in self.tests} & values.keys())
        return any(
            self._truth(dict(zip(names, chosen, strict=True))) in (truth, None)
            for chosen in product(*(values[n] for n in names))
        )

    def _truth(self, values: Mapping[SymbolId, int]) -> bool | None:
        """Return the truth; None if it is unknown (Kleene's logic)."""
        if self.kind is ConditionKind.TEST:
            known = values.get(self.variable)
            return None if known is None else self.comparison.holds(known, self.value)
        if self.kind is ConditionKind.UNKNOWN:
            return None
        found = [part._truth(values) for part in self.parts]
        if self.kind is ConditionKind.NOT:
            return None if found[0] is None else not found[0]
        decisive = self.kind is ConditionKind.ANY
        if decisive in found:
            return decisive
        return None if None in found else not decisive


UNKNOWN = Condition(ConditionKind.UNKNOWN)


def combined(kind: ConditionKind, parts: Collection[Condition]) -> Condition:
    """Return the conjunction or disjunction of ``parts``."""
    return next(iter(parts)) if len(parts) == 1 else Condition(kind, tuple(parts))
