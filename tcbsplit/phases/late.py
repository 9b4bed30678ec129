# SPDX-License-Identifier: MIT
"""Find what boot does after the place where the preprocessing guest runs, and before the launch.

The place is a call. What follows it in the function that makes it is late, and so is what follows
the call of that function in its callers, up to the boot roots (``phases.launch``). What a loop
around the place may repeat is late as well. The launch ends boot.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence, Set
from typing import NamedTuple

import msgspec

from tcbsplit.model.body import Body
from tcbsplit.model.graph import CONTROL, Chain, Edge, ReferenceGraph, chain
from tcbsplit.model.order import LateWay
from tcbsplit.model.vocabulary import Confidence, CutPolicy, SymbolId
from tcbsplit.phases.launch import Found, resumed
from tcbsplit.phases.request import Resolved

Passes = Callable[[Edge], bool]  # ``phases.classify.passing``

_ENDLESS = Body(last=1, endless=True)


class Before(NamedTuple):
    """How a function comes to the preprocessing guest: its calls, and what they are in."""

    edges: tuple[Edge, ...]
    around: bool  # a loop around the place, or an unknown order: all of the function is late


class Late:
    """Boot around the places where the preprocessing guest runs."""

    def __init__(
        self,
        graph: ReferenceGraph,
        request: Resolved,
        passes: Passes,
        places: Collection[Edge],
        accepted: Set[SymbolId] = frozenset(),
    ) -> None:
        """Search from ``places``, which are calls; do not go into functions ``accepted``."""
        self._graph = graph
        self._request = request
        self._accepted = accepted
        self._passes = passes
        self._places = frozenset(places)
        self.boot = graph.reach(
            request.boot, lambda e: self._passes(e) and e.caller not in request.launch
        )
        self._after = self._continued()
        self.before = {f: self._before(f) for f in sorted(self._after)}
        first = dict.fromkeys(e for f in self._after for e in self.calls(f))
        self._first: dict[
            SymbolId, Edge
        ] = {}  # by callee the first late call, if known a known one
        for call in sorted(first, key=_known, reverse=True):
            self._first.setdefault(call.callee, call)
        self.whole: Found = graph.reach((e.callee for e in first), self.follows)
        self._surely: Found = graph.reach(
            (e.callee for e in first if _known(e)), lambda e: _known(e) and self.follows(e)
        )

    @property
    def functions(self) -> frozenset[SymbolId]:
        """All functions that run late, in part or whole."""
        return frozenset({*self.whole, *self._after})

    def own(self, handlers: Set[SymbolId], lasting: Set[SymbolId]) -> frozenset[SymbolId]:
        """Return the functions that run late and do not run beside the target.

        Run-time code may reach ``handlers``, and surely reaches ``lasting``. What control surely
        comes to late counts although ``handlers`` has it by types alone.
        """
        surely = {*self._surely, *self._after} - lasting
        return self.functions - handlers | surely

    def calls(self, function: SymbolId) -> list[Edge]:
        """Return the late calls of a function that comes to a place, in the order of the graph."""
        late = self._after.get(function, frozenset())
        return [e for e in self._graph.outgoing.get(function, ()) if e in late and self.follows(e)]

    def follows(self, edge: Edge) -> bool:
        """Return whether boot follows an edge late."""
        return (
            self._passes(edge)
            and edge.caller not in self._request.launch
            and edge.callee not in self._request.launch
            and edge.callee not in self._request.boot_only
            and edge.callee not in self._accepted
        )

    def counts(self, function: str, file: str, line: int) -> bool:
        """Return whether what a function does at a line may happen late."""
        before = self.before.get(SymbolId(function))
        if before is None or before.around or function in self.whole:
            return True
        return any(e.file != file or e.line <= line for e in before.edges)

    def ways(self, ends: Sequence[SymbolId]) -> tuple[LateWay, ...]:
        """Return, for each late call that leads to one of the functions ``ends``, a shortest way.

        Ways along edges that types alone assume are there only where no others are.
        """
        surely = tuple(self._ways(ends, lambda e: _known(e) and self.follows(e)))
        return surely or tuple(self._ways(ends, self.follows))

    def way(self, function: SymbolId) -> Chain:
        """Return one way to a late function: from what continues after a place, by late calls."""
        for found in (self._surely, self.whole):
            if function in found:
                onward = chain(found, function)
                first = self._first[onward.root]
                return Chain(first.caller, (first, *onward.edges))
        return Chain(function, ())

    def _ways(self, ends: Sequence[SymbolId], follows: Callable[[Edge], bool]) -> Iterator[LateWay]:
        found = _reaching(self._graph, follows, ends)
        for function, before in self.before.items():
            place = (before.edges or tuple(self._places))[0]
            if function in ends and function not in self.whole:
                yield LateWay(place=place, chain=Chain(function, ()))
            for call in self.calls(function):
                if call.callee in found and follows(call):
                    onward = tuple(_onward(found, call.callee))
                    yield LateWay(place=place, chain=Chain(function, (call, *onward)))

    def above(self, functions: Iterable[SymbolId]) -> Set[SymbolId]:
        """Return ``functions`` and all from which late control leads to one of them."""
        return _reaching(self._graph, self.follows, sorted(functions)).keys()

    def _continued(self) -> dict[SymbolId, frozenset[Edge]]:
        """Return the functions that continue after the place, with their edges after it."""
        graph, request = self._graph, self._request
        started = {e.callee for e in self._places}
        # Control does not come back from the launch while it is still boot.
        ended = msgspec.structs.replace(
            graph, bodies={**graph.bodies, **dict.fromkeys(request.launch, _ENDLESS)}
        )

        def follow(edge: Edge) -> bool:
            if edge in self._places:
                return True
            # What calls a boot-only function is run-time code: boot does not continue there.
            free = edge.callee not in started and edge.callee not in request.boot_only
            return free and self._passes(edge)

        return resumed(ended, self.boot.keys(), started, started, follow)

    def _before(self, function: SymbolId) -> Before:
        """Return how a function comes to the preprocessing guest."""
        graph = self._graph
        edges = tuple(
            e
            for e in graph.outgoing.get(function, ())
            if e in self._places or (e.callee in self._after and self._passes(e))
        )
        body = graph.bodies.get(function)
        placed = [graph.positions.get(e) for e in edges]
        steps = {s for p in placed if p is not None for s in p.steps}
        around = (
            body is None
            or not edges
            or any(p is None or p.later for p in placed)
            or not steps.isdisjoint(body.after(steps))
        )
        return Before(edges, around)


def places_of(
    graph: ReferenceGraph, request: Resolved, passes: Passes, started: Iterable[Edge]
) -> tuple[Edge, ...]:
    """Return the calls at boot that start the preprocessing guest, in the order of their lines.

    These are the calls that cuts with policy ``handoff`` sever, and those ``started``.
    """
    boot = graph.reach(request.boot, lambda e: passes(e) and e.caller not in request.launch)
    severed = (c.edge for c in request.cut_edges if c.cut.policy is CutPolicy.HANDOFF)
    found = {e for e in (*severed, *started) if e.kind in CONTROL and e.caller in boot}
    return tuple(sorted(found, key=lambda e: (e.file, e.line, e.callee)))


def beside_target(
    graph: ReferenceGraph, request: Resolved, passes: Passes, *, surely: bool = False
) -> frozenset[SymbolId]:
    """Return the functions that handlers of guest exits and other run-time roots reach.

    With ``surely``, edges that types alone assume do not count.
    """

    def follow(edge: Edge) -> bool:
        return (
            (_known(edge) or not surely) and passes(edge) and edge.callee not in request.boot_only
        )

    return frozenset(graph.reach(request.runtime, follow))


def _known(edge: Edge) -> bool:
    return edge.confidence is not Confidence.ASSUMED


def _reaching(
    graph: ReferenceGraph, follows: Callable[[Edge], bool], targets: Sequence[SymbolId]
) -> Found:
    """Return, by each function from which a target is reached, the first edge of a shortest way."""
    found: Found = dict.fromkeys(targets)
    level: list[SymbolId] = list(found)
    while level:
        above: dict[SymbolId, Edge] = {}
        for edge in _into(graph, level, follows):
            if edge.caller not in found:
                above.setdefault(edge.caller, edge)
        found.update(above)
        level = list(above)
    return found


def _into(
    graph: ReferenceGraph, nodes: Iterable[SymbolId], follows: Callable[[Edge], bool]
) -> Iterator[Edge]:
    for node in nodes:
        yield from (e for e in graph.incoming.get(node, ()) if follows(e))


def _onward(found: Found, function: SymbolId) -> Iterator[Edge]:
    edge = found[function]
    while edge is not None:
        yield edge
        edge = found[edge.callee]
