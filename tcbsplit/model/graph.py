"""The reference graph: functions and variables, edges with evidence, reachability and chains."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from functools import cached_property

import msgspec

from tcbsplit.model.base import Row

# Edges along which control passes, in contrast to mentions of an address or a value.
CONTROL = frozenset({"call", "indirect", "registry", "asm"})


class Edge(Row, frozen=True):
    """One reference with its evidence."""

    caller: str
    callee: str
    kind: str  # call | indirect | registry | asm | address | init | read | write
    confidence: str  # exact | resolved | assumed
    file: str
    line: int
    rule: str
    offset: int = -1  # byte offset of the mention where the source spells it


class UnresolvedSite(Row, frozen=True):
    """An indirect call for which no target, or none with certainty, was found."""

    caller: str
    file: str
    line: int
    text: str
    type: str
    reason: str


class Chain(msgspec.Struct, frozen=True):
    """A path through the graph: the edges from a root to a function."""

    root: str
    edges: tuple[Edge, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The functions on the chain, root first."""
        return (self.root, *(edge.callee for edge in self.edges))


class ReferenceGraph(msgspec.Struct, frozen=True, dict=True):
    """Functions, variables and the edges between them."""

    functions: frozenset[str]
    variables: frozenset[str]
    edges: tuple[Edge, ...]
    unresolved: tuple[UnresolvedSite, ...] = ()

    @cached_property
    def outgoing(self) -> dict[str, list[Edge]]:
        """Edges by caller, in the order of ``edges``."""
        table: dict[str, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            table[edge.caller].append(edge)
        return table

    @cached_property
    def incoming(self) -> dict[str, list[Edge]]:
        """Edges by callee, in the order of ``edges``."""
        table: dict[str, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            table[edge.callee].append(edge)
        return table

    def reach(
        self,
        roots: Iterable[str],
        follow: Callable[[Edge], bool] = lambda edge: edge.kind in CONTROL,
    ) -> dict[str, Edge | None]:
        """Breadth first from ``roots`` along edges that ``follow`` accepts.

        Returns for every reached node the edge by which it was first reached (None for a root), so
        that ``chain`` gives a shortest chain.
        """
        found: dict[str, Edge | None] = dict.fromkeys(roots)
        queue = deque(found)
        while queue:
            node = queue.popleft()
            for edge in self.outgoing.get(node, ()):
                if edge.callee not in found and follow(edge):
                    found[edge.callee] = edge
                    queue.append(edge.callee)
        return found


def chain(found: dict[str, Edge | None], target: str) -> Chain:
    """Return the chain by which ``ReferenceGraph.reach`` found ``target`` (KeyError if not)."""
    edges: list[Edge] = []
    edge = found[target]
    while edge is not None:
        edges.append(edge)
        target = edge.caller
        edge = found[target]
    return Chain(target, tuple(reversed(edges)))
