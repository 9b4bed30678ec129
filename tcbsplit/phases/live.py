# SPDX-License-Identifier: MIT
"""Which addresses are taken by code that stays: indirect edges to any other function are void.

The graph resolves indirect calls for the whole program. Once code is cut off or moves away, what it
registered is registered no more; an indirect call then cannot reach it. So an indirect edge counts
only while some reachable function, or the initialiser of a variable that one mentions, takes the
address of its target.
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
    """Return (functions whose address is taken by what is reached from ``roots``, what that is).

    ``follow`` says which edges count at all; a gathered variable that only ``designated`` code, and
    what that reaches, mentions goes with it. Functions whose address nobody takes in the graph, but
    that are called indirectly (assembly, unknown values), are always among the first. What is
    reached are functions and variables.
    """
    found = _taken_by_nobody(graph)
    mentioned = {e.callee for e in graph.edges if e.callee in graph.variables}
    waiting: set[SymbolId] = set()  # called indirectly by what is reached, but not taken so far
    seen: set[SymbolId] = set()
    # Variables that no code mentions are kept for somebody else: a linker section's. So are those
    # that the linker gathers, whoever mentions them: their own callback, or each other.
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


def _taken_by_nobody(graph: ReferenceGraph) -> set[SymbolId]:
    known = {e.callee for e in graph.edges if e.kind in _TAKES}
    return {e.callee for e in graph.edges if e.kind is EdgeKind.INDIRECT} - known
