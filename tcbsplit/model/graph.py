# SPDX-License-Identifier: MIT
"""The reference graph: functions and variables, edges with evidence, reachability and chains."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from functools import cached_property

import msgspec

from tcbsplit.model.base import Row
from tcbsplit.model.body import Body, Gate, Position
from tcbsplit.model.vocabulary import Confidence, EdgeKind, IndirectStatus, Phase, SymbolId

# Edges along which control passes, in contrast to mentions of an address or a value.
CONTROL = frozenset({EdgeKind.CALL, EdgeKind.INDIRECT, EdgeKind.REGISTRY, EdgeKind.ASM})
UNSHOWN = "machine code mentions its address, no source does"  # how of an ``Entrance``
# Edges that no mention in the source spells.
BY_VALUE = frozenset({EdgeKind.INDIRECT, EdgeKind.REGISTRY})


class Edge(Row, frozen=True):
    """One reference with its evidence."""

    caller: SymbolId
    callee: SymbolId
    kind: EdgeKind
    confidence: Confidence
    file: str
    line: int
    rule: str
    offset: int = -1  # byte offset of the mention where the source spells it


class IndirectSite(Row, frozen=True):
    """A call through a pointer in reachable code, and what became of it."""

    caller: SymbolId
    file: str
    line: int
    text: str
    type: str
    status: IndirectStatus
    targets: int
    reason: str


class Entrance(Row, frozen=True):
    """A function that is entered although no code calls it, and what says so."""

    function: SymbolId
    phases: tuple[Phase, ...]  # in which it may be entered
    owner: str  # function or variable that hands it over; "" where its own declaration says it
    file: str
    line: int
    how: str


class Chain(msgspec.Struct, frozen=True):
    """A path through the graph: the edges from a root to a function."""

    root: SymbolId
    edges: tuple[Edge, ...]

    @property
    def ids(self) -> tuple[SymbolId, ...]:
        """The functions on the chain, root first."""
        return (self.root, *(edge.callee for edge in self.edges))


class ReferenceGraph(msgspec.Struct, frozen=True, dict=True):
    """Functions, variables and the edges between them."""

    functions: frozenset[SymbolId]
    variables: frozenset[SymbolId]
    edges: tuple[Edge, ...]
    sites: tuple[IndirectSite, ...] = ()
    bodies: dict[SymbolId, Body] = {}  # of functions whose order is known
    placed: tuple[tuple[Edge, Position], ...] = ()  # edges whose place in the caller is known
    gates: tuple[Gate, ...] = ()
    dispatchers: dict[str, SymbolId] = {}  # by registry with keys
    hardware: tuple[Entrance, ...] = ()  # their address is cut up, or handed to the processor
    unasked: tuple[Entrance, ...] = ()  # the loader or the linker has them called
    gathered: frozenset[SymbolId] = frozenset()  # variables read without a mention in the source

    @cached_property
    def positions(self) -> dict[Edge, Position]:
        """Positions of control-flow edges in their callers; no entry if unknown."""
        return dict(self.placed)

    @property
    def unresolved(self) -> tuple[IndirectSite, ...]:
        """Calls through pointers whose targets are not known."""
        return tuple(s for s in self.sites if s.status is IndirectStatus.UNRESOLVED)

    @property
    def empty(self) -> tuple[IndirectSite, ...]:
        """Calls through pointers that nothing can arrive at."""
        return tuple(s for s in self.sites if s.status is IndirectStatus.EMPTY)

    @property
    def assumed_calls(self) -> int:
        """Number of edges between functions with types as their only evidence."""
        functions = self.functions
        return sum(
            e.confidence is Confidence.ASSUMED and e.caller in functions and e.callee in functions
            for e in self.edges
        )

    @cached_property
    def outgoing(self) -> dict[SymbolId, list[Edge]]:
        """Edges by caller, in the order of ``edges``."""
        table: dict[SymbolId, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            table[edge.caller].append(edge)
        return table

    @cached_property
    def incoming(self) -> dict[SymbolId, list[Edge]]:
        """Edges by callee, in the order of ``edges``."""
        table: dict[SymbolId, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            table[edge.callee].append(edge)
        return table

    def reach(
        self,
        roots: Iterable[SymbolId],
        follow: Callable[[Edge], bool] = lambda edge: edge.kind in CONTROL,
    ) -> dict[SymbolId, Edge | None]:
        """Breadth first from ``roots`` along edges that ``follow`` accepts.

        Returns for every reached node the edge by which it was first reached (None for a root), so
        that ``chain`` gives a shortest chain.
        """
        found: dict[SymbolId, Edge | None] = dict.fromkeys(roots)
        queue = deque(found)
        while queue:
            node = queue.popleft()
            for edge in self.outgoing.get(node, ()):
                if edge.callee not in found and follow(edge):
                    found[edge.callee] = edge
                    queue.append(edge.callee)
        return found


def chain(found: dict[SymbolId, Edge | None], target: SymbolId) -> Chain:
    """Return the chain by which ``ReferenceGraph.reach`` found ``target`` (KeyError if not)."""
    edges: list[Edge] = []
    edge = found[target]
    while edge is not None:
        edges.append(edge)
        target = edge.caller
        edge = found[target]
    return Chain(target, tuple(reversed(edges)))
