# SPDX-License-Identifier: MIT
"""Find external names with several strong definitions: a database may hold more than one image.

Not counted are weak and inline definitions, tentative ones (C11 6.9.2; the linker merges common
symbols), link-once sections, and a source that is compiled twice and says the same both times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tcbsplit.model.collision import Collision
from tcbsplit.model.unit import OWNERS, CompileCommand, Facts, FunctionFact, UnitFacts, VariableFact


class _Definition(NamedTuple):
    """A strong definition, the unit that holds it, and the facts that it is among."""

    fact: FunctionFact | VariableFact
    unit: int
    facts: Facts


def collisions(
    units: Sequence[tuple[CompileCommand, UnitFacts]], shared: Mapping[str, Facts]
) -> tuple[Collision, ...]:
    """Return the names of which two units hold different strong definitions, sorted."""
    found: dict[str, list[_Definition]] = defaultdict(list)
    # Most headers define nothing that is external.
    pieces = {d: strong for d, facts in shared.items() if (strong := tuple(_strong(facts)))}
    for number, (_, unit) in enumerate(units):
        for fact in _strong(unit.facts):
            found[fact.id].append(_Definition(fact, number, unit.facts))
        for digest in unit.shared:
            for fact in pieces.get(digest, ()):
                found[fact.id].append(_Definition(fact, number, shared[digest]))
    said = _Said()
    return tuple(
        Collision(name=name, units=tuple(dict.fromkeys(_label(units, d.unit) for d in definitions)))
        for name, definitions in sorted(found.items())
        if len(definitions) > 1 and any(said.differ(definitions[0], d) for d in definitions[1:])
    )


def _strong(facts: Facts) -> Iterator[FunctionFact | VariableFact]:
    for function in facts.functions:
        if not (function.static or function.weak or function.inline or _once(function)):
            yield function
    for variable in facts.variables:
        local = variable.static or variable.owner
        if not (local or variable.weak or variable.tentative or _once(variable)):
            yield variable


def _once(definition: FunctionFact | VariableFact) -> bool:
    return definition.section.startswith(".gnu.linkonce")


class _Said:
    """The facts of definitions, by owner; sorted only where a name is defined twice."""

    def __init__(self) -> None:
        self._by_owner: dict[int, dict[str, set[object]]] = {}

    def differ(self, one: _Definition, other: _Definition) -> bool:
        """Return whether two definitions of one name differ."""
        if one.facts is other.facts:
            return False
        return one.fact != other.fact or self._of(one) != self._of(other)

    def _of(self, definition: _Definition) -> set[object]:
        facts = definition.facts
        known = self._by_owner.get(id(facts))
        if known is None:
            known = self._by_owner[id(facts)] = defaultdict(set)
            for kind, owner in OWNERS.items():
                for fact in getattr(facts, kind):
                    known[getattr(fact, owner)].add(fact)
        return known.get(definition.fact.id, set())


def _label(units: Sequence[tuple[CompileCommand, UnitFacts]], number: int) -> str:
    """Return the source; if it has several commands, with the words that only this one has."""
    command = units[number][0]
    same = [c for c, _ in units if c.file == command.file and c != command]
    if not same:
        return command.file
    others = {a for c in same for a in c.arguments}
    own = " ".join(a for a in command.arguments if a not in others)
    return f"{command.file} ({command.output or own or 'other flags'})"
