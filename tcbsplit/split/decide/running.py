# SPDX-License-Identifier: MIT
"""Finds what runs in the guest, and what runs in the hypervisor before it calls what moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from functools import cached_property

from tcbsplit.model.body import Body
from tcbsplit.model.graph import CONTROL, Edge, ReferenceGraph
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.model.split import Sides
from tcbsplit.model.unit import VariableFact
from tcbsplit.model.vocabulary import EdgeKind, Phase, SymbolId

_TAKES = frozenset({EdgeKind.ADDRESS, EdgeKind.INIT})
_ENTERS = frozenset({EdgeKind.CALL, EdgeKind.ASM})


def running_in_guest(graph: ReferenceGraph, sides: Sides) -> frozenset[SymbolId]:
    """Return the functions that run in the guest: those that moved, and what they call.

    A call through a pointer leads only to functions whose address something that runs there takes,
    or that nobody is seen to take.
    """
    taken = graph.functions - {e.callee for e in graph.edges if e.kind in _TAKES}
    found: set[SymbolId] = set()
    waiting: set[SymbolId] = set()
    work = sorted(sides.moved & sides.guest)
    while work:
        node = work.pop()
        if node in found:
            continue
        found.add(node)
        for edge in graph.outgoing.get(node, ()):
            callee = edge.callee
            if callee not in sides.guest:
                continue
            if callee in graph.variables:
                work.append(callee)
            elif edge.kind in _TAKES:
                taken |= {callee}
                if callee in waiting:
                    work.append(callee)
            elif edge.kind is EdgeKind.INDIRECT and callee not in taken:
                waiting.add(callee)
            elif edge.kind in CONTROL:
                work.append(callee)
    return frozenset(found) & graph.functions


def surely_written(
    program: Program, graph: ReferenceGraph, entries: Iterable[SymbolId]
) -> frozenset[SymbolId]:
    """Return the variables that the functions ``entries`` write whole whenever they run.

    Only bodies without branches are followed, and only scalars are written whole by one store.
    """
    found: set[SymbolId] = set()
    known: set[SymbolId] = set()
    work = list(entries)
    while work:
        function = work.pop()
        body, fact = graph.bodies.get(function), program.functions.get(function)
        # Branches around no call are not in the body.
        branches = fact is None or fact.complexity > 1
        if function in known or body is None or branches or not _straight(body):
            continue
        known.add(function)
        for edge in graph.outgoing.get(function, ()):
            variable = program.variables.get(edge.callee)
            if edge.kind is EdgeKind.CALL:
                work.append(edge.callee)
            elif edge.kind is EdgeKind.WRITE and variable is not None and _scalar(variable):
                found.add(variable.id)
    return frozenset(found)


def _scalar(variable: VariableFact) -> bool:
    return not variable.record and "[" not in variable.type


def _forward(body: Body) -> bool:
    """Return whether control passes each step once at most: there is no loop."""
    return all(a < b for a, b in zip(body.jumps[::2], body.jumps[1::2], strict=True))


def _straight(body: Body) -> bool:
    """Return whether control passes each step once: it may only leave, at the end, always."""
    jumps = zip(body.jumps[::2], body.jumps[1::2], strict=True)
    leaves = all(origin in body.stops and target == body.last for origin, target in jumps)
    return leaves and not body.endless and all(step + 1 >= body.last for step in body.stops)


class Before:
    """What the hypervisor does before it calls what moved."""

    def __init__(
        self, program: Program, graph: ReferenceGraph, classes: Classification, sides: Sides
    ) -> None:
        self._program = program
        self._graph = graph
        self._sides = sides
        self._calls: dict[SymbolId, list[Edge]] = defaultdict(list)  # into what moved, by caller
        for cut in classes.cut_edges:
            if cut.edge.callee in sides.moved and cut.edge.kind in CONTROL:
                self._calls[cut.edge.caller].append(cut.edge)
        self._entered: dict[SymbolId, bool] = {}
        self._led: dict[tuple[SymbolId, ...], frozenset[SymbolId]] = {(): frozenset()}
        self._above = self._callers(self._calls)
        boot = {i for i, c in classes.functions.items() if Phase.BOOT in c.phases}
        roots = [c.chains[Phase.BOOT].root for c in classes.functions.values() if c.id in boot]
        severed = {c.edge for c in classes.cut_edges}
        self.functions = frozenset(
            graph.reach(
                dict.fromkeys(roots),
                lambda e: (
                    e.kind in CONTROL and e.callee in boot and e not in severed and self._early(e)
                ),
            )
        )

    def writes(self, edge: Edge) -> bool:
        """Return whether a function stores what ``edge`` says before it makes the call."""
        calls = self._calls.get(edge.caller, [])
        body = self._graph.bodies.get(edge.caller)
        if not calls or body is None or not self._once(edge.caller):
            return True
        known = _forward(body) and all(e.offset >= 0 for e in (*calls, edge))
        return not known or any(edge.file != c.file or edge.offset < c.offset for c in calls)

    def following(self, edge: Edge) -> frozenset[SymbolId]:
        """Return what moved and is called after ``edge``, where some of it is called before.

        The guest runs whole at the first of these calls. Empty where no order is known.
        """
        caller, row = edge.caller, self._rows.get(edge.caller)
        if row is None:
            return self._within.get(caller, frozenset())
        behind = caller in self._again or row[0].offset < edge.offset
        if edge.offset < 0 or edge.file != row[0].file or not behind:
            return frozenset()
        later = tuple(e.callee for e in row if e.offset > edge.offset)
        if later not in self._led:
            self._led[later] = self._led_to(later)
        return self._led[later]

    def repeated(self) -> dict[SymbolId, Edge]:
        """Return what moved and may be called more than once, each with a later call.

        That is a call in a loop, in a function that may be entered again, of another caller, or
        behind another call of the same caller.
        """
        calls: dict[SymbolId, list[Edge]] = defaultdict(list)
        for edges in self._calls.values():
            for edge in edges:
                calls[edge.callee].append(edge)
        found = {callee: self._later(calls[callee]) for callee in sorted(calls)}
        return {callee: edge for callee, edge in found.items() if edge is not None}

    def _later(self, calls: Sequence[Edge]) -> Edge | None:
        """Return the last of the calls of one function that may come after one of them."""
        found = None
        for edge in sorted(calls, key=lambda e: (e.file, e.line, e.offset)):
            body = self._graph.bodies.get(edge.caller)
            again = not self._once(edge.caller) or any(c.caller != edge.caller for c in calls)
            if not again and body is not None:
                behind = {s for c in calls for s in body.after(self._steps(c))}
                again = not behind.isdisjoint(self._steps(edge))
            found = edge if again else found
        return found

    def _led_to(self, callees: Iterable[SymbolId]) -> frozenset[SymbolId]:
        """Return what moved and is called by ``callees``, or is among them."""
        above = self._callees(callees)
        called = {e.callee for f in above for e in self._calls.get(f, ())}
        return frozenset(called | (above & self._sides.moved))

    def _callees(self, callees: Iterable[SymbolId]) -> set[SymbolId]:
        known = self._above | self._sides.moved
        follow = self._graph.reach(
            dict.fromkeys(callees),
            lambda e: e.kind in CONTROL and e.callee in known and e.caller not in self._sides.moved,
        )
        return {*follow}

    @cached_property
    def _rows(self) -> dict[SymbolId, list[Edge]]:
        """The calls that lead into what moved, by functions in which their order is known."""
        rows = {}
        for caller in self._above & self._graph.functions:
            body = self._graph.bodies.get(caller)
            edges = [
                e
                for e in (*self._graph.outgoing.get(caller, ()), *self._calls.get(caller, ()))
                if e.kind in CONTROL and (e.callee in self._above or e in self._calls[caller])
            ]
            plain = body is not None and _forward(body) and self._once(caller)
            if edges and plain and all(e.offset >= 0 and e.file == edges[0].file for e in edges):
                rows[caller] = sorted(edges, key=lambda e: e.offset)
        return rows

    @cached_property
    def _again(self) -> set[SymbolId]:
        """Functions that lead into what moved and are called when other moved code ran before."""
        later = {e.callee for row in self._rows.values() for e in row[1:]}
        found: set[SymbolId] = set()
        work = [f for f in later if f in self._rows]
        while work:
            node = work.pop()
            if node not in found:
                found.add(node)
                work += [e.callee for e in self._rows[node] if e.callee in self._rows]
        return found

    @cached_property
    def _within(self) -> dict[SymbolId, frozenset[SymbolId]]:
        """The functions that are called between two calls into what moved, with what follows."""
        found: dict[SymbolId, frozenset[SymbolId]] = {}
        for caller in self._rows:
            for edge in self._graph.outgoing.get(caller, ()):
                if edge.kind not in CONTROL or edge.callee in self._above:
                    continue
                if later := self.following(edge):
                    for function in self._graph.reach({edge.callee: None}):
                        found[function] = found.get(function, frozenset()) | later
        return found

    def _callers(self, functions: Iterable[SymbolId]) -> set[SymbolId]:
        found: set[SymbolId] = set()
        work = list(functions)
        while work:
            node = work.pop()
            if node not in found:
                found.add(node)
                work += [e.caller for e in self._graph.incoming.get(node, ()) if e.kind in CONTROL]
        return found

    def _early(self, edge: Edge) -> bool:
        """Return whether control may pass along an edge before the call."""
        caller = edge.caller
        body = self._graph.bodies.get(caller)
        steps = self._steps(edge)
        if caller not in self._above or body is None or not steps or not self._once(caller):
            return True
        ends: set[int] = set()
        for out in (*self._graph.outgoing.get(caller, ()), *self._calls.get(caller, ())):
            if out.kind in CONTROL and (out.callee in self._above or out in self._calls[caller]):
                ends |= self._steps(out) or {*range(body.last + 1)}
        return not ends.isdisjoint(steps) or not ends.isdisjoint(body.after(steps))

    def _steps(self, edge: Edge) -> Set[int]:
        place = self._graph.positions.get(edge)
        return set(place.steps) if place is not None and not place.later else set()

    def _once(self, function: SymbolId) -> bool:
        """Return whether a function is entered once at most, as far as is known."""
        if function not in self._entered:
            self._entered[function] = False  # of a circle
            self._entered[function] = self._entered_once(function)
        return self._entered[function]

    def _entered_once(self, function: SymbolId) -> bool:
        edges = [e for e in self._graph.incoming.get(function, ()) if e.kind is not EdgeKind.READ]
        if not edges:
            return True
        if len(edges) > 1 or edges[0].kind not in _ENTERS:
            return False
        caller = self._program.functions[edges[0].caller]
        steps, body = self._steps(edges[0]), self._graph.bodies.get(caller.id)
        if not steps and caller.assembly:
            # The position of its branch is unknown; start-up code enters C once.
            return self._once(caller.id)
        if len(steps) != 1 or body is None or not steps.isdisjoint(body.after(steps)):
            return False
        return self._once(caller.id)
