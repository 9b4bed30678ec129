# SPDX-License-Identifier: MIT
"""Roots, launch points, designations and cuts -> the phases and class of every function.

Functions that are entered although no code calls them (hardware's, the loader's) are roots as well,
unless the configuration says when they run.

What is guaranteed, relative to the edges of the graph: a function without ``runtime`` among its
phases is not reached from any run-time root, launch point included, nor by what follows a launch
that returns (``phases.launch``), unless through a declared cut or a function that is declared to
run before the boundary only. What is assumed: that the roots are complete, and that unresolved
indirect calls (listed) reach nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from tcbsplit.model.graph import CONTROL, Edge, ReferenceGraph, chain
from tcbsplit.model.phase import Classification, FunctionClass, summary
from tcbsplit.model.vocabulary import EdgeKind, Phase, SymbolId
from tcbsplit.phases.directory import Directory
from tcbsplit.phases.launch import resumed, run_time
from tcbsplit.phases.live import taken
from tcbsplit.phases.request import MENTIONS, Request, Resolved, resolve


def classify(graph: ReferenceGraph, directory: Directory, request: Request) -> Classification:
    """Classify every function of ``graph``.

    Raises ``UnknownNameError`` with every name that means nothing and every contradiction.
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
        assumed=resolved.assumed,
    )


# Phase -> function -> the edge by which it was reached first, None for a root.
Found = dict[Phase, dict[SymbolId, Edge | None]]


def staying(graph: ReferenceGraph, request: Resolved) -> Found:
    """Return what is reached at boot and at run time."""
    return _staying(graph, request, _severed_by(request)).found


def running(graph: ReferenceGraph, request: Resolved) -> Callable[[SymbolId, Edge], bool]:
    """Whether what a function does by an edge is done at run time, if it runs then at all.

    In a function that only goes on after a launch that is what may follow the launch.
    """
    partly = _staying(graph, request, _severed_by(request)).partly
    return lambda function, edge: function not in partly or edge in partly[function]


def conflicting(graph: ReferenceGraph, request: Resolved) -> tuple[tuple[Edge, ...], Found]:
    """Return the conflicts, and what would stay if every one were resolved.

    No path goes through designated code. An indirect call reaches designated code only if its
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
        # A registration goes with its dispatch: one cut is for both.
        dispatched = any(e.kind is EdgeKind.REGISTRY for e in edges)
        conflicts += [e for e in edges if not (dispatched and e.caller in graph.variables)]
    return tuple(conflicts), found


def _severed_by(request: Resolved) -> Callable[[Edge], bool]:
    """Whether a cut severs an edge. Few callees are cut: most edges need no hashing."""
    edges = {c.edge for c in request.cut_edges}
    callees = {e.callee for e in edges}
    return lambda edge: edge.callee in callees and edge in edges


class _Staying(NamedTuple):
    """What is reached at boot and at run time."""

    found: Found
    alive: frozenset[
        SymbolId
    ]  # those functions, and variables that they mention or a section keeps
    partly: Mapping[
        SymbolId, frozenset[Edge]
    ]  # those that only go on after a launch: what they do then


def _staying(graph: ReferenceGraph, request: Resolved, gone: Callable[[Edge], bool]) -> _Staying:
    """Return what is reached at boot and at run time without the edges that are ``gone``."""
    launch, boot_only = request.launch, request.boot_only
    roots = (*request.boot, *request.runtime)
    live, alive = taken(graph, roots, lambda e: not gone(e), request.preprocess)

    def passes(edge: Edge) -> bool:
        return (
            edge.kind in CONTROL
            and (edge.kind is not EdgeKind.INDIRECT or edge.callee in live)
            and not gone(edge)
        )

    boot = graph.reach(request.boot, lambda e: passes(e) and e.caller not in launch)
    after = resumed(graph, boot.keys(), launch, request.returning, passes)
    runtime, partly = run_time(
        graph, request.runtime, after, lambda e: passes(e) and e.callee not in boot_only
    )
    partly_after = {f: after[f] for f in sorted(partly)}
    return _Staying({Phase.BOOT: boot, Phase.RUNTIME: runtime}, alive, partly_after)


def _class(identity: SymbolId, found: Found) -> FunctionClass:
    chains = {
        phase: chain(reached, identity) for phase, reached in found.items() if identity in reached
    }
    return FunctionClass(
        id=identity, phases=tuple(chains), kind=summary(frozenset(chains)), chains=chains
    )
