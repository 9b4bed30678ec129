# SPDX-License-Identifier: MIT
"""Find what a launch cannot do without: the functions on every way from a start to it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import networkx as nx

from tcbsplit.model.graph import CONTROL, Edge, ReferenceGraph
from tcbsplit.model.vocabulary import Confidence, SymbolId

Follow = Callable[[Edge], bool]


def necessary(
    graph: ReferenceGraph, starts: Iterable[SymbolId], launch: Collection[SymbolId], follow: Follow
) -> frozenset[SymbolId]:
    """Return the launches, and what is on every way from one of the ``starts`` to one of them.

    An edge that rests on types alone is no way round: it is looked at with and without these.
    """
    found = set(launch)
    edges = [e for e in graph.edges if e.kind in CONTROL and follow(e)]
    for chosen in (edges, [e for e in edges if certain(e)]):
        calls = nx.DiGraph((e.caller, e.callee) for e in chosen)
        for start in starts:
            if start in calls:
                above = nx.immediate_dominators(calls, start)
                for at in launch:
                    found |= _way(above, at, start)
    return frozenset(found)


def _way(above: dict[SymbolId, SymbolId], at: SymbolId, start: SymbolId) -> set[SymbolId]:
    """Return what dominates ``at``, the start included; nothing if it is not reached."""
    found: set[SymbolId] = set()
    while at in above and at not in found:
        found.add(at)
        if at == start:
            return found
        at = above[at]
    return found


def certain(edge: Edge) -> bool:
    """Return whether more than the type of a pointer speaks for an edge."""
    return edge.confidence is not Confidence.ASSUMED


def launched(
    graph: ReferenceGraph,
    starts: Iterable[SymbolId],
    launch: Collection[SymbolId],
    follow: Follow,
    without: Collection[SymbolId] = (),
) -> frozenset[SymbolId]:
    """Return the launches that the ``starts`` reach by certain edges ``without`` some functions."""
    reached = graph.reach(
        sorted(s for s in starts if s not in without),
        lambda e: e.kind in CONTROL and e.callee not in without and certain(e) and follow(e),
    )
    return frozenset(i for i in launch if i in reached)
