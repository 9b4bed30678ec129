# SPDX-License-Identifier: MIT
"""Price what separates components: the calls between them, and the cuts that are declared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

from tcbsplit.model.advice import Border, CutPrice
from tcbsplit.model.graph import CONTROL, Edge, ReferenceGraph
from tcbsplit.model.phase import Cut, CutEdge
from tcbsplit.model.vocabulary import SymbolId
from tcbsplit.phases.classify import passing
from tcbsplit.phases.measure import Scale
from tcbsplit.phases.request import Resolved

_Pair = tuple[str, str]
# Function -> the functions that it calls, each with the components that the call joins.
_Calls = Mapping[SymbolId, Iterable[tuple[SymbolId, _Pair]]]


def borders(
    graph: ReferenceGraph, request: Resolved, scale: Scale, component: Callable[[SymbolId], str]
) -> tuple[Border, ...]:
    """Return each pair of components with calls in what stays, the dearest first.

    ``frees`` is what only these calls reach: removing all of them takes it out of the TCB.
    Functions that would no longer be alive for other reasons are not counted: a lower bound.
    """
    passes = passing(graph, request)
    calls: dict[SymbolId, dict[tuple[SymbolId, _Pair], None]] = defaultdict(dict)
    between: dict[_Pair, list[Edge]] = defaultdict(list)
    roots = (*request.boot, *request.runtime)
    stays = graph.reach(roots, passes)
    for caller in stays:
        for edge in graph.outgoing.get(caller, ()):
            if edge.callee in stays and passes(edge):
                pair = component(caller), component(edge.callee)
                calls[caller][edge.callee, pair] = None
                if pair[0] != pair[1]:
                    between[pair].append(edge)
    severed: dict[_Pair, list[Edge]] = defaultdict(list)
    for cut in request.cut_edges:
        if cut.edge.caller in graph.functions and cut.edge.callee in graph.functions:
            severed[component(cut.edge.caller), component(cut.edge.callee)].append(cut.edge)
    found = [
        Border(
            caller=pair[0],
            callee=pair[1],
            calls=len(between[pair]),
            severed=len(severed[pair]),
            entries=tuple(sorted({e.callee for e in (*between[pair], *severed[pair])})),
            frees=scale.size(stays.keys() - _reached(calls, roots, pair)),
        )
        for pair in sorted({*between, *(p for p in severed if p[0] != p[1])})
    ]
    return tuple(sorted(found, key=lambda b: (-b.frees.lines, b.caller, b.callee)))


def _reached(calls: _Calls, roots: Iterable[SymbolId], barred: _Pair) -> set[SymbolId]:
    """Return what is reached from ``roots`` without the calls between one pair of components."""
    seen = set(roots)
    work = list(seen)
    while work:
        for callee, pair in calls.get(work.pop(), ()):
            if callee not in seen and pair != barred:
                seen.add(callee)
                work.append(callee)
    return seen


def cut_prices(
    graph: ReferenceGraph, request: Resolved, cuts: Iterable[CutEdge], scale: Scale
) -> tuple[CutPrice, ...]:
    """Return each declared cut with what only it, and no other cut, keeps out of the TCB."""
    edges: dict[Cut, list[Edge]] = defaultdict(list)
    callees: dict[Cut, dict[SymbolId, None]] = defaultdict(dict)
    for found in cuts:
        edges[found.cut].append(found.edge)
        callees[found.cut][found.edge.callee] = None
    severed = {c.edge for c in request.cut_edges}
    stays = graph.reach((*request.boot, *request.runtime), passing(graph, request))
    prices = []
    for cut, where in edges.items():
        back = graph.reach(
            [c for c in callees[cut] if c in graph.functions], _without(severed.difference(where))
        )
        prices.append(
            CutPrice(
                callee=", ".join(callees[cut]),
                policy=cut.policy,
                reason=cut.reason,
                sites=tuple(f"{e.file}:{e.line}" for e in where),
                frees=scale.size(i for i in back.keys() - stays.keys() if i in graph.functions),
            )
        )
    return tuple(sorted(prices, key=lambda p: (-p.frees.lines, p.callee)))


def _without(severed: Collection[Edge]) -> Callable[[Edge], bool]:
    return lambda edge: edge.kind in CONTROL and edge not in severed
