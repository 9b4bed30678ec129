# SPDX-License-Identifier: MIT
"""Find the functions whose address is taken by code that stays; indirect calls reach only these.

The graph resolves indirect calls for the whole program. Code that is cut off or moved registers
nothing any more, so indirect calls cannot reach its callbacks. Therefore an indirect edge counts
only if a reachable function, or the initialiser of a variable that it mentions, takes the address
of the target.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tcbsplit.model.graph import CONTROL, Edge, ReferenceGraph
from tcbsplit.model.vocabulary import EdgeKind, SymbolId

_TAKES = frozenset({EdgeKind.ADDRESS, EdgeKind.INIT})


def taken(
    graph: ReferenceGraph,
    roots: Iterable[SymbolId],
    follow: Callable[[Edge], bool],
    designated: Iterable[SymbolId] = (),
) -> tuple[frozenset[SymbolId], frozenset[SymbolId]]:
    """Return (functions whose address is taken, functions and variables reached from ``roots``).

    Addresses count if reached code or data takes them. ``follow`` selects the edges. A gathered
    variable that is mentioned only by ``designated`` code, and by code reached from it, moves with
    that code. Functions that are called indirectly although the graph shows no taking of their
    address (assembly, unknown values) always count as taken.
    """
    found = _never_taken(graph)
    mentioned = {e.callee for e in graph.edges if e.callee in graph.variables}
    waiting: set[SymbolId] = set()  # called indirectly by reached code, but not taken so far
    seen: set[SymbolId] = set()
    # Variables without a mention are read through a linker section, so they are kept. Variables
    # that the linker gathers are kept too, even if their own callbacks or each other mention them.
    work = [*roots, *(graph.variables - mentioned), *_gathered(graph, designated)]
    while work:
        node = work.pop()
        if node in seen:
            continue
        seen.add(node)
        for edge in graph.outgoing.get(node, ()):
            if not follow(edge):
                continue
            if edge.callee in graph.variables:
                work.append(edge.callee)
            elif edge.kind in _TAKES:
                found.add(edge.callee)
                if edge.callee in waiting:
                    work.append(edge.callee)
            elif edge.kind is EdgeKind.INDIRECT and edge.callee not in found:
                waiting.add(edge.callee)
            elif edge.kind in CONTROL:
                work.append(edge.callee)
    return frozenset(found), frozenset(seen)


def _gathered(graph: ReferenceGraph, designated: Iterable[SymbolId]) -> Iterator[SymbolId]:
    moving = graph.reach(sorted(designated)) if graph.gathered else {}
    for variable in graph.gathered:
        others = {e.caller for e in graph.incoming.get(variable, ())} - {variable}
        if not others or not others <= moving.keys():
            yield variable


def _never_taken(graph: ReferenceGraph) -> set[SymbolId]:
    known = {e.callee for e in graph.edges if e.kind in _TAKES}
    return {e.callee for e in graph.edges if e.kind is EdgeKind.INDIRECT} - known
