# SPDX-License-Identifier: MIT
"""Leave out branches that a phase cannot take, by the values of its phase variables.

The configuration names global variables and their possible values per phase
(``phase_variables``). Control does not take a way whose condition cannot hold with them
(``model.condition``); an edge whose steps are not reached that way is not followed in this phase.
What is handed to other code may be called later, in another phase: such an edge is followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tcbsplit.model.body import Body, Way
from tcbsplit.model.graph import Edge, ReferenceGraph
from tcbsplit.model.phase import LeftOut
from tcbsplit.model.vocabulary import Phase, SymbolId
from tcbsplit.phases.values import Values

_ENTRY = 0
_PHASES = (Phase.BOOT, Phase.RUNTIME)


class Guards:
    """The edges that are not followed in a phase."""

    def __init__(self, graph: ReferenceGraph, values: Values) -> None:
        self._graph = graph
        self._values = values
        # Per phase and function: the steps that are reached, and the ways that are closed.
        self._known: dict[
            tuple[Phase, SymbolId], tuple[frozenset[int], tuple[Way, ...]] | None
        ] = {}

    def open(self, edge: Edge, phase: Phase) -> bool:
        """Return whether control may take an edge in a phase."""
        found = self._reached(edge.caller, phase)
        if found is None:
            return True
        place = self._graph.positions.get(edge)
        return place is None or place.later or not found[0].isdisjoint(place.steps)

    def left_out(self, edge: Edge, phase: Phase) -> LeftOut | None:
        """Return why an edge is not followed in a phase; None if it is."""
        if self.open(edge, phase):
            return None
        found = self._reached(edge.caller, phase)
        place = self._graph.positions.get(edge)
        if found is None or place is None:
            return None
        reached, closed = found
        body = self._graph.bodies[edge.caller]
        steps = frozenset(place.steps)
        shut = {(w.origin, w.target) for w in closed}
        before = [
            w.condition
            for w in closed
            if w.origin in reached
            and not steps.isdisjoint({w.target, *body.after((w.target,), closed=shut)} - reached)
        ]
        texts = dict.fromkeys(c.shown for c in before)
        return LeftOut(edge=edge, phase=phase, conditions=tuple(texts))

    def _reached(
        self, function: SymbolId, phase: Phase
    ) -> tuple[frozenset[int], tuple[Way, ...]] | None:
        """Return the steps reached and the ways closed; None if the phase closes none."""
        key = phase, function
        if key not in self._known:
            body = self._graph.bodies.get(function)
            values = self._values.get(phase, {})
            found = _closed(body, values, phase) if body is not None and values else ()
            self._known[key] = (_steps(body, found), found) if body is not None and found else None
        return self._known[key]


def _closed(body: Body, values: Mapping[SymbolId, frozenset[int]], phase: Phase) -> tuple[Way, ...]:
    """Return the ways of a body that are closed in a phase.

    Values change during boot: control may wait in a loop until a way opens.
    """
    shut = [w for w in body.ways if not w.condition.may_be(True, values)]
    # Several ways may lead between two steps.
    still = {(w.origin, w.target) for w in body.ways if w not in shut}
    shut = [w for w in shut if (w.origin, w.target) not in still]
    waiting = phase is Phase.BOOT
    while waiting:
        closed = {(w.origin, w.target) for w in shut}
        again = [w for w in shut if w.origin in body.after((w.origin,), closed=closed)]
        shut = [w for w in shut if w not in again]
        waiting = bool(again)
    return tuple(shut)


def _steps(body: Body, shut: Iterable[Way]) -> frozenset[int]:
    closed = {(w.origin, w.target) for w in shut}
    return body.after((_ENTRY,), closed=closed) | {_ENTRY}


def all_left_out(
    graph: ReferenceGraph, values: Values, reached: Mapping[Phase, Mapping[SymbolId, object]]
) -> Iterator[LeftOut]:
    """Yield the edges of ``reached`` functions that are not followed in a phase."""
    guards = Guards(graph, values)
    for edge in graph.edges if any(values.values()) else ():
        for phase in _PHASES:
            if edge.caller in reached.get(phase, {}):
                found = guards.left_out(edge, phase)
                if found is not None:
                    yield found
