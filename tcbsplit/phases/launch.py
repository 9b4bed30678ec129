# SPDX-License-Identifier: MIT
"""Find the launch points within functions, at which boot ends and the run-time phase begins.

A launch function starts the target guest. When it returns, its caller continues at run time with
the code that may follow in its body (``model.body``), loops and jumps back included. The same holds
for the callers of the caller, up to the boot roots. Unknown positions are treated conservatively:
an edge without a position follows everything, a launch without one precedes everything.
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
_Way = tuple[SymbolId, str]  # (function, registry through which it reached the launch, or "")

# One edge of a step may follow another: a dispatcher calls its entries in turn.
_REPEATED = frozenset({EdgeKind.REGISTRY})
_ENTRY = 0


def resumed(
    graph: ReferenceGraph,
    boot: Collection[SymbolId],
    launch: Collection[SymbolId],
    returning: Collection[SymbolId],
    follow: Callable[[Edge], bool],
) -> dict[SymbolId, frozenset[Edge]]:
    """Return the functions of ``boot`` that continue after a launch, with their edges after it.

    ``returning`` are the launch functions that are not declared to never return; ``follow`` selects
    the edges that control passes along.
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
        )  # the steps after which a function continues
        self._ways: dict[_Way, set[int]] = defaultdict(set)
        self._barred: dict[SymbolId, frozenset[int]] = {}
        self._endless = self._never_returning()

    def run(self, returning: Collection[SymbolId]) -> None:
        """Find all functions that continue after a launch."""
        work = deque((f, "") for f in sorted(returning) if f not in self._endless)
        done = set(work)
        for function in sorted(self._above()):
            # Run-time code may jump back to the place where the state was saved (setjmp).
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
        """Return the edges that a function may follow after it continues."""
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
        """Record that a function continues after ``steps``; return whether it may then return."""
        function, registry = way
        self.starts[function].update(steps)
        self._ways[way].update(steps)
        if function in self._endless:
            return False
        if registry and function == self.graph.dispatchers.get(registry):
            return False  # the registry's gates give the callers
        body = self.bodies.get(function)
        return body is None or body.last in body.after(self._ways[way], self._barred_in(function))

    def _returns_to(self, function: SymbolId, registry: str) -> list[tuple[_Way, Collection[int]]]:
        """Return the callers of a function, with the steps at which they call it."""
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
        """Return whether a function may call a launch function at boot.

        Launch functions may not: all of their code counts as run time.
        """
        return function in self.boot and function not in self.launch

    def _counts(self, edge: Edge) -> bool:
        return edge.kind in CONTROL and self._outside(edge.caller) and self.follow(edge)

    def _steps(self, edge: Edge) -> Collection[int]:
        place = self.graph.positions.get(edge)
        known = place is not None and edge.caller in self.bodies
        return place.steps if place is not None and known else (_ENTRY,)

    def _above(self) -> set[SymbolId]:
        """Return the functions on the call stack during a launch.

        The set is empty if it is not needed: no function returns a second time.
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
        """Return the functions that end in an endless loop, or in a call of such a function."""
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
        """Return the steps of a function that call a function that never returns."""
        if function not in self._barred:
            self._barred[function] = self._steps_into(function, self._endless)
        return self._barred[function]

    def _steps_into(self, function: SymbolId, callees: Collection[SymbolId]) -> frozenset[int]:
        """Return the steps that call one of ``callees`` and cannot call another function."""
        inside: set[int] = set()
        outside: set[int] = set()
        for edge in self.graph.outgoing.get(function, ()):
            place = self.graph.positions.get(edge)
            if place is not None:
                surely = edge.kind is EdgeKind.CALL and edge.callee in callees and self.follow(edge)
                (inside if surely else outside).update(place.steps)
        return frozenset(inside - outside)


def _bodies(graph: ReferenceGraph, follow: Callable[[Edge], bool]) -> dict[SymbolId, Body]:
    """Return the bodies; severed calls of functions that never return do not stop control."""
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
    """Return the stops of a body that remain without the calls that are not followed."""
    cut: set[int] = set()
    for edge in graph.outgoing.get(function, ()):
        place = graph.positions.get(edge) if edge.kind is EdgeKind.CALL else None
        if place is not None and not follow(edge):
            cut.update(place.steps)
    return tuple(s for s in body.stops if s not in cut)


def run_time(
    graph: ReferenceGraph, roots: Collection[SymbolId], after: After, follow: Callable[[Edge], bool]
) -> tuple[Found, frozenset[SymbolId]]:
    """Search breadth first from ``roots``, and from the edges of functions ``after`` a launch.

    All code of a function counts if it continues after a launch and is also called at run time.
    Return the edge that reached each function, like ``ReferenceGraph.reach``, and the functions
    that run only in part.
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
                # Its chain now continues to the root, unless it goes through the function itself.
                if callee not in chain(found, function).ids:
                    found[callee] = edge
            else:
                continue
            whole.add(callee)
            queue.append(callee)
    return found, frozenset(after.keys() - whole)
