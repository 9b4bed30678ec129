# SPDX-License-Identifier: MIT
"""Launch points: where, within functions, the boot phase ends and the run-time phase begins.

A launch function starts the target guest. When it returns, its caller goes on at run time with what
the order of its body (``model.body``) says may follow, loops and jumps back included. When the
caller returns in turn, so do its callers, up to the boot roots. What is not known counts as what
may happen: an edge without a place follows everything, a launch without one precedes everything.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Mapping

import msgspec

from tcbsplit.model.body import Body, Gate
from tcbsplit.model.graph import CONTROL, Edge, ReferenceGraph, chain
from tcbsplit.model.vocabulary import EdgeKind, SymbolId

Found = dict[SymbolId, Edge | None]
After = Mapping[SymbolId, frozenset[Edge]]
_Way = tuple[
    SymbolId, str
]  # (function, registry through which the launch below it was reached or "")

# Edges of one step may follow one another: a dispatcher goes through its entries.
_REPEATED = frozenset({EdgeKind.REGISTRY})
_ENTRY = 0


def resumed(
    graph: ReferenceGraph,
    boot: Collection[SymbolId],
    launch: Collection[SymbolId],
    returning: Collection[SymbolId],
    follow: Callable[[Edge], bool],
) -> dict[SymbolId, frozenset[Edge]]:
    """Return the functions of ``boot`` that go on after a launch, each with what it then calls.

    ``returning`` are those launch functions that are not declared to never return; ``follow`` says
    which edges control passes along.
    """
    search = _Search(graph, boot, launch, follow)
    search.run(returning)
    return {f: search.after(f) for f in sorted(search.starts)}


class _Search:
    def __init__(
        self,
        graph: ReferenceGraph,
        boot: Collection[SymbolId],
        launch: Collection[SymbolId],
        follow: Callable[[Edge], bool],
    ) -> None:
        self.graph = graph
        self.boot = boot
        self.launch = launch
        self.follow = follow
        self.bodies = _bodies(graph, follow)
        self.starts: dict[SymbolId, set[int]] = defaultdict(
            set
        )  # the steps after which one goes on
        self._ways: dict[_Way, set[int]] = defaultdict(set)
        self._barred: dict[SymbolId, frozenset[int]] = {}
        self._endless = self._never_returning()

    def run(self, returning: Collection[SymbolId]) -> None:
        """Find all functions that go on."""
        work = deque((f, "") for f in sorted(returning) if f not in self._endless)
        done = set(work)
        for function in sorted(self._above()):
            # Whoever runs at run time may jump back to where the state was saved.
            body = self.bodies.get(function)
            way = (function, "")
            if body is not None and body.again and self._go_on(way, body.again):
                done.add(way)
                work.append(way)
        while work:
            function, registry = work.popleft()
            for way, steps in self._returns_to(function, registry):
                if self._go_on(way, steps) and way not in done:
                    done.add(way)
                    work.append(way)

    def after(self, function: SymbolId) -> frozenset[Edge]:
        """The edges that a function follows once it goes on."""
        edges = [e for e in self.graph.outgoing.get(function, ()) if e.kind in CONTROL]
        starts = self.starts[function]
        body = self.bodies.get(function)
        if body is None:
            return frozenset(edges)
        steps = body.after(starts, self._barred_in(function))

        def follows(edge: Edge) -> bool:
            place = self.graph.positions.get(edge)
            if place is None or place.later or not steps.isdisjoint(place.steps):
                return True
            return edge.kind in _REPEATED and not starts.isdisjoint(place.steps)

        return frozenset(e for e in edges if follows(e))

    def _go_on(self, way: _Way, steps: Collection[int]) -> bool:
        """A function goes on after ``steps``; return whether it may then return."""
        function, registry = way
        self.starts[function].update(steps)
        self._ways[way].update(steps)
        if function in self._endless:
            return False
        if registry and function == self.graph.dispatchers.get(registry):
            return False  # the edges of the registry say to whom
        body = self.bodies.get(function)
        return body is None or body.last in body.after(self._ways[way], self._barred_in(function))

    def _returns_to(self, function: SymbolId, registry: str) -> list[tuple[_Way, Collection[int]]]:
        """The callers of a function, with the steps at which they call it."""
        found: list[tuple[_Way, Collection[int]]] = []
        for edge in self.graph.incoming.get(function, ()):
            if not self._counts(edge):
                continue
            found.append(((edge.caller, registry), self._steps(edge)))
            place = self.graph.positions.get(edge)
            if place is not None and place.registry:
                found += [
                    ((gate.caller, place.registry), (gate.step,))
                    for gate in self._gates(place.registry)
                ]
        return found

    def _gates(self, registry: str) -> list[Gate]:
        return [g for g in self.graph.gates if g.registry == registry and self._outside(g.caller)]

    def _outside(self, function: SymbolId) -> bool:
        """Whether it may call a launch function at boot (launch functions are run time whole)."""
        return function in self.boot and function not in self.launch

    def _counts(self, edge: Edge) -> bool:
        return edge.kind in CONTROL and self._outside(edge.caller) and self.follow(edge)

    def _steps(self, edge: Edge) -> Collection[int]:
        place = self.graph.positions.get(edge)
        known = place is not None and edge.caller in self.bodies
        return place.steps if place is not None and known else (_ENTRY,)

    def _above(self) -> set[SymbolId]:
        """The functions that are being executed while the guest is launched.

        None if that does not matter: nothing returns a second time.
        """
        found: set[SymbolId] = set()
        if not any(body.again for body in self.bodies.values()):
            return found
        work = [(f, "") for f in self.launch]
        while work:
            for way, _ in self._returns_to(*work.pop()):
                if way[0] not in found:
                    found.add(way[0])
                    work.append(way)
        return found

    def _never_returning(self) -> set[SymbolId]:
        """Functions that end in an endless loop, or in a call of one that does."""
        found = {f for f, body in self.bodies.items() if body.endless}
        work = list(found)
        while work:
            for edge in self.graph.incoming.get(work.pop(), ()):
                body = self.bodies.get(edge.caller)
                if edge.kind is not EdgeKind.CALL or edge.caller in found or body is None:
                    continue
                barred = self._steps_into(edge.caller, found)
                if body.last not in body.after((_ENTRY,), barred):
                    found.add(edge.caller)
                    work.append(edge.caller)
        return found

    def _barred_in(self, function: SymbolId) -> frozenset[int]:
        """The steps of a function that call what never returns."""
        if function not in self._barred:
            self._barred[function] = self._steps_into(function, self._endless)
        return self._barred[function]

    def _steps_into(self, function: SymbolId, callees: Collection[SymbolId]) -> frozenset[int]:
        """The steps that call one of ``callees`` and cannot call anything else."""
        inside: set[int] = set()
        outside: set[int] = set()
        for edge in self.graph.outgoing.get(function, ()):
            place = self.graph.positions.get(edge)
            if place is not None:
                surely = edge.kind is EdgeKind.CALL and edge.callee in callees and self.follow(edge)
                (inside if surely else outside).update(place.steps)
        return frozenset(inside - outside)


def _bodies(graph: ReferenceGraph, follow: Callable[[Edge], bool]) -> dict[SymbolId, Body]:
    """The bodies, control going on where a call is cut that never returns."""
    result = dict(graph.bodies)
    for function, body in graph.bodies.items():
        if body.stops and (stops := _stops(graph, function, body, follow)) != body.stops:
            freed = msgspec.structs.replace(body, stops=stops)
            endless = freed.last not in freed.after((_ENTRY,))
            result[function] = msgspec.structs.replace(freed, endless=endless)
    return result


def _stops(
    graph: ReferenceGraph, function: SymbolId, body: Body, follow: Callable[[Edge], bool]
) -> tuple[int, ...]:
    """The stops of a body that are left where calls are not followed."""
    cut: set[int] = set()
    for edge in graph.outgoing.get(function, ()):
        place = graph.positions.get(edge) if edge.kind is EdgeKind.CALL else None
        if place is not None and not follow(edge):
            cut.update(place.steps)
    return tuple(s for s in body.stops if s not in cut)


def run_time(
    graph: ReferenceGraph, roots: Collection[SymbolId], after: After, follow: Callable[[Edge], bool]
) -> tuple[Found, frozenset[SymbolId]]:
    """Breadth first from ``roots``, and from what functions do ``after`` a launch.

    A function that goes on after a launch and is also called at run time runs whole. Returns for
    every function the edge by which it was reached, as ``ReferenceGraph.reach`` does, and which
    functions do not run whole.
    """
    found: Found = dict.fromkeys((*roots, *after))
    whole = set(roots)
    queue = deque(found)
    while queue:
        function = queue.popleft()
        for edge in graph.outgoing.get(function, ()):
            if not follow(edge) or (function not in whole and edge not in after[function]):
                continue
            callee = edge.callee
            if callee not in found:
                found[callee] = edge
            elif callee in after and callee not in whole:
                # Its chain now leads on to the root, unless it comes from the function itself.
                if callee not in chain(found, function).ids:
                    found[callee] = edge
            else:
                continue
            whole.add(callee)
            queue.append(callee)
    return found, frozenset(after.keys() - whole)
