# SPDX-License-Identifier: MIT
"""Compute phases and class of every function from roots, launch points, designations and cuts.

Functions that no code calls, but that hardware or the loader enters, are also roots, unless the
configuration sets their phase.

Guarantee, relative to the edges of the graph: a function without ``runtime`` among its phases is
not reached from any run-time root, launch point included, nor by code after a launch that returns
(``phases.launch``), except through a declared cut or a function that is declared to run only before
the boundary. Assumptions: the roots are complete, and unresolved indirect calls (listed) reach
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from tcbsplit.model.graph import CONTROL, Edge, ReferenceGraph, chain
from tcbsplit.model.phase import Classification, FunctionClass, summary
from tcbsplit.model.vocabulary import EdgeKind, Phase, SymbolId
from tcbsplit.phases.directory import Directory
from tcbsplit.phases.guards import Guards, all_left_out
from tcbsplit.phases.launch import resumed, run_time
from tcbsplit.phases.live import taken
from tcbsplit.phases.request import MENTIONS, Request, Resolved, resolve


def classify(graph: ReferenceGraph, directory: Directory, request: Request) -> Classification:
    """Classify every function of ``graph``.

    Raise ``UnknownNameError`` with every name that matches nothing and every contradiction.
    """
    resolved = resolve(graph, directory, request)
    found = staying(graph, resolved)
    found[Phase.PREPROCESS] = graph.reach(
        (*sorted(resolved.preprocess), *resolved.used),
        lambda e: e.kind in CONTROL and e.callee not in resolved.provided,
    )
    functions = {identity: _class(identity, found) for identity in sorted(graph.functions)}
    conflicts, _ = conflicting(graph, resolved)
    return Classification(
        functions=functions,
        cut_edges=resolved.cut_edges,
        conflicts=conflicts,
        left_out=tuple(all_left_out(graph, resolved.values, found)),
        assumed=resolved.assumed,
    )


# Phase -> function -> the edge that reached it first, None for a root.
Found = dict[Phase, dict[SymbolId, Edge | None]]


def staying(graph: ReferenceGraph, request: Resolved) -> Found:
    """Return the functions reached at boot and at run time."""
    return _staying(graph, request, _severed_by(request)).found


def running(graph: ReferenceGraph, request: Resolved) -> Callable[[SymbolId, Edge], bool]:
    """Return a predicate: does a function of the run-time phase follow an edge at run time?

    A function that only continues after a launch follows only the edges after the launch.
    """
    partly = _staying(graph, request, _severed_by(request)).partly
    guards = Guards(graph, request.values)
    return lambda function, edge: (
        (function not in partly or edge in partly[function]) and guards.open(edge, Phase.RUNTIME)
    )


def conflicting(graph: ReferenceGraph, request: Resolved) -> tuple[tuple[Edge, ...], Found]:
    """Return the conflicts, and the functions that would stay if all conflicts were resolved.

    Paths do not go through designated code. An indirect call reaches designated code only if its
    address is taken: that mention is the conflict.
    """
    if not request.preprocess:
        return (), {}
    severed = _severed_by(request)

    def gone(edge: Edge) -> bool:
        return edge.callee in request.preprocess or severed(edge)

    found, alive, _ = _staying(graph, request, gone)
    stays = {*found[Phase.BOOT], *found[Phase.RUNTIME], *(alive & graph.variables)}
    stays -= request.preprocess
    mentions = MENTIONS - {EdgeKind.INDIRECT}
    conflicts: list[Edge] = []
    for callee in sorted(request.preprocess):
        edges = [
            edge
            for edge in graph.incoming.get(callee, ())
            if edge.caller in stays and edge.kind in mentions and not severed(edge)
        ]
        # One cut covers both a registration and its dispatch.
        dispatched = any(e.kind is EdgeKind.REGISTRY for e in edges)
        conflicts += [e for e in edges if not (dispatched and e.caller in graph.variables)]
    return tuple(conflicts), found


def _severed_by(request: Resolved) -> Callable[[Edge], bool]:
    """Return a predicate for severed edges; testing callees first avoids hashing most edges."""
    edges = {c.edge for c in request.cut_edges}
    callees = {e.callee for e in edges}
    return lambda edge: edge.callee in callees and edge in edges


class _Staying(NamedTuple):
    """The functions reached at boot and at run time."""

    found: Found
    alive: frozenset[
        SymbolId
    ]  # these functions, and variables that they mention or a section keeps
    partly: Mapping[
        SymbolId, frozenset[Edge]
    ]  # function that only continues after a launch -> its edges after it


def _staying(graph: ReferenceGraph, request: Resolved, gone: Callable[[Edge], bool]) -> _Staying:
    """Return the functions reached at boot and at run time without the edges ``gone``."""
    launch, boot_only = request.launch, request.boot_only
    passes, alive = _passing(graph, request, gone)
    guards = Guards(graph, request.values)
    boot = graph.reach(
        request.boot, lambda e: passes(e) and e.caller not in launch and guards.open(e, Phase.BOOT)
    )
    after = resumed(graph, boot.keys(), launch, request.returning, passes)
    runtime, partly = run_time(
        graph,
        request.runtime,
        after,
        lambda e: passes(e) and e.callee not in boot_only and guards.open(e, Phase.RUNTIME),
    )
    partly_after = {f: after[f] for f in sorted(partly)}
    return _Staying({Phase.BOOT: boot, Phase.RUNTIME: runtime}, alive, partly_after)


def passing(graph: ReferenceGraph, request: Resolved) -> Callable[[Edge], bool]:
    """Return a predicate: does control pass along an edge in what stays?"""
    return _passing(graph, request, _severed_by(request))[0]


def _passing(
    graph: ReferenceGraph, request: Resolved, gone: Callable[[Edge], bool]
) -> tuple[Callable[[Edge], bool], frozenset[SymbolId]]:
    """Return the predicate without the edges ``gone``, and what ``_Staying`` calls alive."""
    roots = (*request.boot, *request.runtime)
    live, alive = taken(graph, roots, lambda e: not gone(e), request.preprocess)

    def passes(edge: Edge) -> bool:
        return (
            edge.kind in CONTROL
            and (edge.kind is not EdgeKind.INDIRECT or edge.callee in live)
            and not gone(edge)
        )

    return passes, alive


def _class(identity: SymbolId, found: Found) -> FunctionClass:
    chains = {
        phase: chain(reached, identity) for phase, reached in found.items() if identity in reached
    }
    return FunctionClass(
        id=identity, phases=tuple(chains), kind=summary(frozenset(chains)), chains=chains
    )
