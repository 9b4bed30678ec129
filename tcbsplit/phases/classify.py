"""Roots, launch points, designations and cuts -> the phases and class of every function.

What is guaranteed, relative to the edges of the graph: a function without ``runtime`` among its
phases is not reached from any run-time root, launch point included, unless through a declared cut.
What is assumed: that the roots are complete, and that unresolved indirect calls (listed in the
analysis) reach nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tcbsplit.model.graph import CONTROL, Chain, Edge, ReferenceGraph, chain
from tcbsplit.model.phase import Classification, Cut, CutEdge, FunctionClass, summary
from tcbsplit.phases.names import complain, matches, resolve

_MENTIONS = CONTROL | {"address", "init"}


def classify(
    graph: ReferenceGraph,
    files: Mapping[str, str],
    *,
    boot: Sequence[str],
    runtime: Sequence[str],
    launch: Sequence[str] = (),
    preprocess: Sequence[str] = (),
    cuts: Sequence[Cut] = (),
    provided: Sequence[str] = (),
    used: Sequence[str] = (),
) -> Classification:
    """Classify every function of ``graph``; ``files`` maps function ids to their files.

    ``launch`` functions start the target guest: the boot phase ends in them and the runtime phase
    begins. ``provided`` functions are replaced by the guest's environment: preprocess code does
    not pull them along; ``used`` functions run in the guest because its adapter calls them, and
    may stay in the hypervisor too. Raises ``UnknownNameError`` with every name that means nothing.
    """
    complaints: list[str] = []

    def ids(patterns: Sequence[str], where: str) -> tuple[str, ...]:
        found, wrong = resolve(patterns, files, where)
        complaints.extend(wrong)
        return found

    boot_roots = ids(boot, "roots.boot")
    launch_ids = ids(launch, "launch")
    runtime_roots = (*ids(runtime, "roots.runtime"), *launch_ids)
    designated = ids(preprocess, "preprocess")
    provided_ids = frozenset(ids(provided, "split.guest.provides"))
    used_ids = ids(used, "split.guest.uses")
    cut_edges = _cut_edges(graph, cuts, frozenset(designated), complaints)
    complain(complaints)

    severed = {c.edge for c in cut_edges}
    found = {
        "boot": graph.reach(
            boot_roots,
            lambda e: e.kind in CONTROL and e not in severed and e.caller not in launch_ids,
        ),
        "runtime": graph.reach(runtime_roots, lambda e: e.kind in CONTROL and e not in severed),
        "preprocess": graph.reach(
            (*designated, *used_ids),
            lambda e: e.kind in CONTROL and e.callee not in provided_ids,
        ),
    }
    functions = {identity: _class(identity, found, graph) for identity in sorted(graph.functions)}
    conflicts = tuple(
        edge
        for edge in graph.edges
        if edge.kind in _MENTIONS
        and edge.callee in designated
        and edge not in severed
        and (
            "boot" in _phases(functions, edge.caller)
            or "runtime" in _phases(functions, edge.caller)
        )
        and edge.caller not in designated
    )
    return Classification(functions=functions, cut_edges=cut_edges, conflicts=conflicts)


def _phases(functions: dict[str, FunctionClass], identity: str) -> tuple[str, ...]:
    found = functions.get(identity)
    return found.phases if found else ()


def _class(
    identity: str, found: dict[str, dict[str, Edge | None]], graph: ReferenceGraph
) -> FunctionClass:
    chains: dict[str, Chain] = {
        phase: chain(reached, identity) for phase, reached in found.items() if identity in reached
    }
    return FunctionClass(
        id=identity, phases=tuple(chains), kind=summary(frozenset(chains)), chains=chains
    )


def _cut_edges(
    graph: ReferenceGraph,
    cuts: Sequence[Cut],
    designated: frozenset[str],
    complaints: list[str],
) -> tuple[CutEdge, ...]:
    """Edges severed by ``cuts``: mentions of the callee by what is not itself designated.

    A registration (the record that names the callee) is severed with the registry edge that
    dispatches it.
    """
    result: dict[Edge, CutEdge] = {}
    known = {*graph.functions, *graph.variables}
    for cut in cuts:
        hits = [
            edge
            for edge in graph.edges
            if edge.kind in _MENTIONS
            and matches(cut.callee, edge.callee)
            and edge.caller not in designated
            and (cut.caller == "*" or matches(cut.caller, edge.caller))
        ]
        registered = {edge.callee for edge in hits if edge.kind == "registry"}
        hits += [
            edge
            for edge in graph.edges
            if edge.kind == "init" and edge.callee in registered and edge.caller in graph.variables
        ]
        if not hits:
            _, wrong = resolve([cut.callee], dict.fromkeys(known, ""), f"{cut.where}: cut")
            _, caller = (
                ((), [])
                if cut.caller == "*"
                else resolve([cut.caller], dict.fromkeys(known, ""), f"{cut.where}: cut")
            )
            complaints.extend(
                [*wrong, *caller]
                or [f"{cut.where}: cut {cut.caller} -> {cut.callee}: no such edge in the graph"]
            )
        for edge in hits:
            result.setdefault(edge, CutEdge(edge=edge, cut=cut))
    return tuple(
        result[edge]
        for edge in sorted(result, key=lambda e: (e.caller, e.callee, e.file, e.line, e.kind))
    )
