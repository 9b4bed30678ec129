# SPDX-License-Identifier: MIT
"""Phase settings of a configuration, and their resolution to ids and edges of a program."""

from __future__ import annotations

from collections.abc import Container, Sequence

import msgspec

from tcbsplit.model.base import Record
from tcbsplit.model.graph import CONTROL, Edge, ReferenceGraph
from tcbsplit.model.phase import Cut, CutEdge, PhaseVariable
from tcbsplit.model.vocabulary import EdgeKind, Phase, SymbolId
from tcbsplit.phases.directory import Directory, complain
from tcbsplit.phases.values import Values

MENTIONS = CONTROL | {EdgeKind.ADDRESS, EdgeKind.INIT, EdgeKind.NAMED}


class Request(Record, frozen=True, kw_only=True):
    """Phase settings of a configuration; all names are patterns (see ``phases.directory``).

    ``launch`` functions start the target guest: the boot phase ends in them and the runtime phase
    begins. ``boot_only`` functions are called from run-time code, but only before the boundary (a
    hypercall of the preprocessing guest, a thread that ends before the launch). ``provided``
    functions are defined by the guest's environment: preprocess code does not bring them into the
    guest. ``used`` functions are called by the guest's adapter; they may also stay.
    """

    boot: tuple[str, ...] = ()
    runtime: tuple[str, ...] = ()
    boot_only: tuple[str, ...] = ()
    launch: tuple[str, ...] = ()
    preprocess: tuple[str, ...] = ()
    cuts: tuple[Cut, ...] = ()
    phase_variables: tuple[PhaseVariable, ...] = ()
    provided: tuple[str, ...] = ()
    used: tuple[str, ...] = ()


class Resolved(Record, frozen=True, kw_only=True):
    """A request with ids for patterns and edges for cuts."""

    boot: tuple[SymbolId, ...]
    runtime: tuple[SymbolId, ...]
    boot_only: frozenset[SymbolId]
    launch: frozenset[SymbolId]
    returning: frozenset[SymbolId]  # launch functions that may return
    preprocess: frozenset[SymbolId]
    provided: frozenset[SymbolId]
    used: tuple[SymbolId, ...]
    cut_edges: tuple[CutEdge, ...]
    values: Values  # of phase variables
    assumed: frozenset[SymbolId] = frozenset()  # roots found in the program, not configured


def resolve(graph: ReferenceGraph, directory: Directory, request: Request) -> Resolved:
    """Look up all patterns and cuts.

    Raise ``UnknownNameError`` with every name that matches nothing and every contradiction.
    """
    ids, complaints = look_up(directory, request)
    boot, runtime, boot_only = (ids[f"roots.{k}"] for k in ("boot", "runtime", "boot_only"))
    launch, designated = ids["launch"], ids["preprocess"]
    cut_edges = _cut_edges(graph, directory, request.cuts, frozenset(designated), complaints)
    complain(complaints)
    known = {*boot, *runtime, *boot_only, *launch, *designated}
    early, late = _entered(graph, Phase.BOOT, known), _entered(graph, Phase.RUNTIME, known)
    return Resolved(
        boot=(*boot, *boot_only, *early),
        runtime=(*runtime, *launch, *late),
        assumed=frozenset({*early, *late}),
        boot_only=frozenset(boot_only),
        launch=frozenset(launch),
        returning=frozenset(i for i in launch if not directory.never_returns(i)),
        preprocess=frozenset(designated),
        provided=frozenset(ids["split.guest.provides"]),
        used=ids["split.guest.uses"],
        cut_edges=cut_edges,
        values=directory.values(request.phase_variables)[0],
    )


def _entered(
    graph: ReferenceGraph, phase: Phase, known: Container[SymbolId]
) -> tuple[SymbolId, ...]:
    """Return the roots of a phase that the program itself shows, except ``known`` functions.

    The configuration sets the phases of known functions.
    """
    found = (e for e in (*graph.hardware, *graph.unasked) if phase in e.phases)
    return tuple(dict.fromkeys(e.function for e in found if e.function not in known))


def look_up(
    directory: Directory, request: Request
) -> tuple[dict[str, tuple[SymbolId, ...]], list[str]]:
    """Return the ids of the functions of each setting, and all complaints about names."""
    patterns: dict[str, Sequence[str]] = {
        "roots.boot": request.boot,
        "roots.runtime": request.runtime,
        "roots.boot_only": request.boot_only,
        "launch": request.launch,
        "preprocess": request.preprocess,
        "split.guest.provides": request.provided,
        "split.guest.uses": request.used,
    }
    ids: dict[str, tuple[SymbolId, ...]] = {}
    complaints: list[str] = []
    for setting, names in patterns.items():
        ids[setting], wrong = directory.resolve(
            names, setting, variables=setting == "split.guest.provides"
        )
        complaints += wrong
    # A moved root would have to start in the tree that no longer contains it.
    moved = set(ids["preprocess"])
    complaints += [
        f"{identity} is in {setting} and designated preprocess; it cannot be both"
        for setting in ("roots.boot", "roots.runtime", "launch")
        for identity in ids[setting]
        if identity in moved
    ]
    complaints += [
        f"{i} is in roots.runtime and in roots.boot_only; it can be only one of them"
        for i in sorted(set(ids["roots.runtime"]) & set(ids["roots.boot_only"]))
    ]
    complaints += [
        f"{cut.where}: cut: {directory.functions.unknown(name)}"
        for cut in request.cuts
        if not cut.optional
        # The caller of another image is not in this program.
        for name in ((cut.callee,) if cut.other_image else (cut.callee, cut.caller))
        if not directory.symbols(name)
    ]
    complaints += directory.values(request.phase_variables)[1]
    return ids, complaints


def without_void_cuts(graph: ReferenceGraph, directory: Directory, request: Request) -> Request:
    """Return the request without cuts of edges that do not exist or are within designated code."""
    designated = frozenset(directory.resolve(request.preprocess, "")[0])
    kept = tuple(c for c in request.cuts if _severed(graph, directory, c, designated))
    return msgspec.structs.replace(request, cuts=kept)


def _cut_edges(
    graph: ReferenceGraph,
    directory: Directory,
    cuts: Sequence[Cut],
    designated: frozenset[SymbolId],
    complaints: list[str],
) -> tuple[CutEdge, ...]:
    """Return the edges that ``cuts`` sever, sorted; for each edge its first cut applies."""
    result: dict[Edge, CutEdge] = {}
    for cut in cuts:
        if cut.other_image:
            continue  # checked by the split: this image has no such edge
        edges = _severed(graph, directory, cut, designated)
        if not edges and not cut.optional:
            complaints += _cut_nothing(directory, cut, designated)
        for edge in edges:
            result.setdefault(edge, CutEdge(edge=edge, cut=cut))
    return tuple(
        result[edge]
        for edge in sorted(result, key=lambda e: (e.caller, e.callee, e.file, e.line, e.kind))
    )


def _severed(
    graph: ReferenceGraph, directory: Directory, cut: Cut, designated: frozenset[SymbolId]
) -> list[Edge]:
    """Return the mentions of the callee by symbols that are not designated.

    A registration (the record that names the callee) is severed together with its registry edge.
    """
    callers = directory.symbols(cut.caller) - designated
    edges = [
        edge
        for callee in directory.symbols(cut.callee)
        for edge in graph.incoming.get(callee, ())
        if edge.kind in MENTIONS and edge.caller in callers
    ]
    registered = {edge.callee for edge in edges if edge.kind is EdgeKind.REGISTRY}
    return edges + [
        edge
        for callee in registered
        for edge in graph.incoming.get(callee, ())
        if edge.kind is EdgeKind.INIT and edge.caller in graph.variables
    ]


def _cut_nothing(directory: Directory, cut: Cut, designated: frozenset[SymbolId]) -> list[str]:
    """Return a complaint about a cut without an edge; none if its names have complaints already."""
    callers = directory.symbols(cut.caller)
    if not callers or not directory.symbols(cut.callee):
        return []
    inside = cut.caller != "*" and not callers.isdisjoint(designated)
    hint = " (calls within the designated code are no conflicts)" if inside else ""
    return [f"{cut.where}: cut {cut.caller} -> {cut.callee}: no such edge in the graph{hint}"]
