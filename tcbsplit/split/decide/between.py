# SPDX-License-Identifier: MIT
"""Checks the order of calls into what moved: the guest runs whole at the first of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set

from tcbsplit.config.select import Symbols
from tcbsplit.config.settings import HandoffVariable
from tcbsplit.errors import some
from tcbsplit.model.graph import CONTROL, ReferenceGraph
from tcbsplit.model.program import Program, stands_for
from tcbsplit.model.split import Sides
from tcbsplit.model.vocabulary import EdgeKind, SymbolId
from tcbsplit.split.decide.crossing import Crossing
from tcbsplit.split.decide.running import Before

_NAMES = 3  # functions of one message
_USES = {EdgeKind.READ: "reads", EdgeKind.WRITE: "sets"}


def out_of_order(
    program: Program,
    graph: ReferenceGraph,
    sides: Sides,
    before: Before,
    handed: Iterable[Crossing],
    given: Iterable[Crossing],
    accepted: Sequence[HandoffVariable],
) -> list[str]:
    """Return what code that stays does with variables between two calls of what moved.

    What is ``handed`` over has its last value after the first call, so it must not be read before
    a later one that writes it; nor be set, as that call would. What is ``given`` to the guest must
    not be set before a later call that reads it. Only uses by name count, and only where the order
    of the calls is known. Names that are ``accepted`` without need are wrong, too.
    """
    symbols = Symbols(program.variables)
    allowed = {i: one for one in accepted for i in symbols.ids(one.name)}
    search = _Search(program, graph, sides, before)
    used: set[SymbolId] = set()
    problems = []
    for crossing, kinds, users in (
        *((c, (EdgeKind.READ, EdgeKind.WRITE), c.writers) for c in handed),
        *((c, (EdgeKind.WRITE,), c.readers) for c in given),
    ):
        for kind in kinds:
            callers, later = search.uses(crossing.variable, kind, frozenset(users))
            if not callers:
                continue
            used.add(crossing.variable)
            if crossing.variable not in allowed:
                place = program.variables[crossing.variable].extent
                problems.append(
                    f"{place.file}:{place.line}: {crossing.variable}: {some(callers, _NAMES)} "
                    f"{_USES[kind]} it before {some(later, _NAMES)} is called, and after other "
                    "moved code; the guest has run by then: call what moved in a row"
                )
    if problems:
        first = problems[0].split(": ")[1]
        problems.append(
            f'Where it does no harm: handoff: {{between: [{{name: "{first}", reason: "…"}}]}}'
        )
    return [*problems, *_without_need(symbols, accepted, used)]


def _without_need(
    symbols: Symbols, accepted: Iterable[HandoffVariable], used: Set[SymbolId]
) -> Iterator[str]:
    for one in accepted:
        if not one.optional and used.isdisjoint(symbols.ids(one.name)):
            yield (
                f"{one.where}: handoff.between: {one.name} is not used between calls of moved "
                "code; take this out, or make it optional"
            )


class _Search:
    """Who uses a variable between calls of what moved."""

    def __init__(
        self, program: Program, graph: ReferenceGraph, sides: Sides, before: Before
    ) -> None:
        self._graph = graph
        self._sides = sides
        self._before = before
        self._runs: dict[SymbolId, Set[SymbolId]] = {}
        self._aliases: dict[SymbolId, list[SymbolId]] = defaultdict(list)
        for alias, target in stands_for(program.variables).items():
            self._aliases[target].append(alias)

    def uses(
        self, variable: SymbolId, kind: EdgeKind, users: Set[SymbolId]
    ) -> tuple[tuple[SymbolId, ...], tuple[SymbolId, ...]]:
        """Return the callers, and what moved and is called later and leads to ``users``."""
        callers: set[SymbolId] = set()
        later: set[SymbolId] = set()
        for name in (variable, *self._aliases.get(variable, ())):
            for edge in self._graph.incoming.get(name, ()):
                if edge.kind is not kind or edge.caller not in self._sides.thin:
                    continue
                wanted = {m for m in self._before.following(edge) if self._run(m) & users}
                if wanted:
                    callers.add(edge.caller)
                    later |= wanted
        return tuple(sorted(callers)), tuple(sorted(later))

    def _run(self, moved: SymbolId) -> Set[SymbolId]:
        """Return what a function that moved leads to in the guest."""
        if moved not in self._runs:
            self._runs[moved] = self._graph.reach(
                {moved: None}, lambda e: e.kind in CONTROL and e.callee in self._sides.guest
            ).keys()
        return self._runs[moved]
