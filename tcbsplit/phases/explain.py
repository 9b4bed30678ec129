# SPDX-License-Identifier: MIT
"""Explain the class of a function, its dominators, and the chains between two functions."""

from __future__ import annotations

from collections.abc import Iterable

import networkx as nx

from tcbsplit.config import select
from tcbsplit.errors import UnknownNameError, near
from tcbsplit.model.access import NO_USERS, users_of_variables
from tcbsplit.model.advice import Between, Explanation, Use
from tcbsplit.model.graph import CONTROL, Edge, ReferenceGraph, chain
from tcbsplit.model.phase import Classification, CutEdge, FunctionClass, LeftOut
from tcbsplit.model.program import Program, stands_for
from tcbsplit.model.vocabulary import Phase, SymbolId

_STAYING = (Phase.RUNTIME, Phase.BOOT)
_LISTED = 20  # functions that a name may mean
_START = SymbolId("")  # before all roots


def find(classes: Classification, name: str) -> FunctionClass:
    """Return the class of the function ``name`` (an id, or a unique bare name)."""
    hits = [c for i, c in classes.functions.items() if select.names(name, i)]
    if not hits:
        raise UnknownNameError(f"no function {name}{near(name, classes.functions, _LISTED)}")
    if len(hits) > 1:
        raise UnknownNameError(f"{name} means several functions: {', '.join(c.id for c in hits)}")
    return hits[0]


def explain(
    program: Program, graph: ReferenceGraph, classes: Classification, name: str
) -> Explanation:
    """Explain one function; raise ``UnknownNameError`` for an unknown or ambiguous name."""
    found = find(classes, name)
    return Explanation(
        id=found.id,
        kind=found.kind,
        phases=found.phases,
        chains=found.chains,
        dominators=_dominators(graph, classes, found),
        uses=tuple(_uses(program, graph, found.id)),
        held_off=_held_off(graph, classes, found.id),
        left_out=_left_out(graph, classes, found),
        assumed={
            e.function: e
            for e in (*graph.unasked, *graph.hardware)
            if e.function in classes.assumed
            and any(c.root == e.function for c in found.chains.values())
        },
    )


def between(graph: ReferenceGraph, classes: Classification, start: str, end: str) -> Between:
    """Return the chains between two functions; raise ``UnknownNameError`` if there are none."""
    first, last = find(classes, start).id, find(classes, end).id
    forward = graph.reach([first])
    if last not in forward or first == last:
        raise UnknownNameError(f"no chain leads from {first} to {last}")
    backward = _callers(graph, last)
    on_the_way = forward.keys() & backward
    edges = tuple(
        e
        for e in graph.edges
        if e.kind in CONTROL
        and e.caller in on_the_way
        and e.callee in on_the_way
        and e.caller != last
        and e.callee != first
    )
    heads = {e.callee for e in edges if e.caller == first} - {last}
    tails = {e.caller for e in edges if e.callee == last} - {first}
    return Between(
        start=first,
        end=last,
        shortest=chain(forward, last),
        heads=tuple(sorted(heads)),
        middle=tuple(sorted(on_the_way - heads - tails - {first, last})),
        tails=tuple(sorted(tails)),
        edges=edges,
    )


def _calls(graph: ReferenceGraph, severed: frozenset[Edge] = frozenset()) -> nx.DiGraph[SymbolId]:
    """Return the functions with the control-flow edges, except ``severed`` ones."""
    calls: nx.DiGraph[SymbolId] = nx.DiGraph()
    calls.add_nodes_from(graph.functions)
    calls.add_edges_from(
        (e.caller, e.callee) for e in graph.edges if e.kind in CONTROL and e not in severed
    )
    return calls


def _callers(graph: ReferenceGraph, function: SymbolId) -> set[SymbolId]:
    """Return ``function`` and all functions from which a chain leads to it."""
    return {function, *nx.ancestors(_calls(graph), function)}


def _dominators(
    graph: ReferenceGraph, classes: Classification, function: FunctionClass
) -> tuple[SymbolId, ...]:
    """Return the functions on every chain from a root that stays to ``function``, nearest first."""
    if not any(p in function.chains for p in _STAYING):
        return ()
    immediate = dominators(graph, classes)
    result = []
    above = immediate.get(function.id)
    while above is not None:
        result.append(above)
        above = immediate.get(above)
    return tuple(result)


def dominators(graph: ReferenceGraph, classes: Classification) -> dict[SymbolId, SymbolId]:
    """Return, by function, the nearest one that is on every chain from a root that stays to it.

    Without it the function would leave the TCB. Functions without one have no entry.
    """
    calls = _calls(graph, frozenset(c.edge for c in classes.cut_edges))
    calls.add_edges_from(
        (_START, c.chains[p].root)
        for c in classes.functions.values()
        for p in _STAYING
        if p in c.chains
    )
    if _START not in calls:
        return {}
    found = nx.immediate_dominators(calls, _START)
    return {f: above for f, above in found.items() if _START not in (f, above) and above}


def _uses(program: Program, graph: ReferenceGraph, function: SymbolId) -> Iterable[Use]:
    users = users_of_variables(program, graph, through_pointers=True)
    objects = stands_for(program.variables)
    mentioned = (e.callee for e in graph.outgoing.get(function, ()) if e.callee in graph.variables)
    for variable in dict.fromkeys(mentioned):
        found = users.get(objects.get(variable, variable), NO_USERS)
        yield Use(
            variable=variable,
            readers=tuple(i for i in found.readers if i in graph.functions),
            writers=tuple(i for i in found.writers if i in graph.functions),
        )


def _left_out(
    graph: ReferenceGraph, classes: Classification, function: FunctionClass
) -> tuple[LeftOut, ...]:
    """Return the edges that would reach the function in a phase in which it does not run."""
    absent = [found for found in classes.left_out if found.phase not in function.phases]
    above = _callers(graph, function.id) if absent else set()
    return tuple(found for found in absent if found.edge.callee in above)


def _held_off(
    graph: ReferenceGraph, classes: Classification, function: SymbolId
) -> tuple[CutEdge, ...]:
    """Return the cut edges that would reach the function again if they were restored."""
    above = _callers(graph, function)
    return tuple(c for c in classes.cut_edges if c.edge.callee in above and c.edge.kind in CONTROL)
