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

from collections.abc import Callable, Container, Mapping, Sequence
from typing import NamedTuple

import msgspec

from tcbsplit.config.select import is_glob
from tcbsplit.model.base import Record
from tcbsplit.model.graph import CONTROL, Chain, Edge, ReferenceGraph, chain
from tcbsplit.model.phase import Classification, Cut, CutEdge, FunctionClass, summary
from tcbsplit.phases.directory import Directory, complain, matches
from tcbsplit.phases.launch import resumed, run_time
from tcbsplit.phases.live import taken

MENTIONS = CONTROL | {"address", "init"}


class Request(Record, frozen=True, kw_only=True):
    """What a configuration says about phases; all names are patterns (see ``phases.directory``).

    ``launch`` functions start the target guest: the boot phase ends in them and the runtime phase
    begins. ``boot_only`` functions are called from run-time code before the boundary only (a
    hypercall of the preprocessing guest, a thread that ends before the launch). ``provided``
    functions are replaced by the guest's environment: preprocess code does not pull them along;
    ``used`` functions run in the guest because its adapter calls them, and may stay as well.
    """

    boot: tuple[str, ...] = ()
    runtime: tuple[str, ...] = ()
    boot_only: tuple[str, ...] = ()
    launch: tuple[str, ...] = ()
    preprocess: tuple[str, ...] = ()
    cuts: tuple[Cut, ...] = ()
    provided: tuple[str, ...] = ()
    used: tuple[str, ...] = ()


class Resolved(Record, frozen=True, kw_only=True):
    """A request with ids for patterns and edges for cuts."""

    boot: tuple[str, ...]
    runtime: tuple[str, ...]
    boot_only: frozenset[str]
    launch: frozenset[str]
    returning: frozenset[str]  # those launch functions that may return
    preprocess: frozenset[str]
    provided: frozenset[str]
    used: tuple[str, ...]
    cut_edges: tuple[CutEdge, ...]
    assumed: frozenset[str] = frozenset()  # those roots that the program shows and nobody named


def classify(graph: ReferenceGraph, directory: Directory, request: Request) -> Classification:
    """Classify every function of ``graph``.

    Raises ``UnknownNameError`` with every name that means nothing and every contradiction.
    """
    return classified(graph, resolve(graph, directory, request))


def resolve(graph: ReferenceGraph, directory: Directory, request: Request) -> Resolved:
    """Look up all patterns and cuts; all complaints come in one ``UnknownNameError``."""
    ids, complaints = look_up(directory, request)
    boot, runtime, boot_only = (ids[f"roots.{k}"] for k in ("boot", "runtime", "boot_only"))
    launch, designated = ids["launch"], ids["preprocess"]
    cut_edges = _cut_edges(graph, directory, request.cuts, frozenset(designated), complaints)
    complain(complaints)
    known = {*boot, *runtime, *boot_only, *launch, *designated}
    early, late = _entered(graph, "boot", known), _entered(graph, "runtime", known)
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
    )


def _entered(graph: ReferenceGraph, phase: str, known: Container[str]) -> tuple[str, ...]:
    """Roots of a phase that the program itself shows, but for those that are ``known``.

    What the configuration names is entered when it says.
    """
    found = (e for e in (*graph.hardware, *graph.unasked) if phase in e.phases)
    return tuple(dict.fromkeys(e.function for e in found if e.function not in known))


def look_up(directory: Directory, request: Request) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Return the ids of the functions that each setting means, and all complaints about names."""
    patterns: dict[str, Sequence[str]] = {
        "roots.boot": request.boot,
        "roots.runtime": request.runtime,
        "roots.boot_only": request.boot_only,
        "launch": request.launch,
        "preprocess": request.preprocess,
        "split.guest.provides": directory.without_data(request.provided),
        "split.guest.uses": request.used,
    }
    found = {setting: directory.resolve(names, setting) for setting, names in patterns.items()}
    ids = {setting: hits for setting, (hits, _) in found.items()}
    complaints = [c for _, wrong in found.values() for c in wrong]
    roots = {k: ids[k] for k in ("roots.boot", "roots.runtime", "launch")}
    complaints += _contradictions(roots, ids["preprocess"])
    complaints += [
        f"{i} is in roots.runtime and in roots.boot_only; it can be only one of them"
        for i in sorted(set(ids["roots.runtime"]) & set(ids["roots.boot_only"]))
    ]
    for cut in request.cuts:
        # The caller of another image is not in this program.
        names = (cut.callee,) if cut.other_image else (cut.callee, cut.caller)
        if not cut.optional:
            complaints += [
                f"{cut.where}: cut: {directory.unknown(n)}"
                for n in names
                if n != "*" and not directory.mentionable(n)
            ]
    return ids, complaints


def classified(graph: ReferenceGraph, request: Resolved) -> Classification:
    """Classify by a resolved request."""
    found = staying(graph, request)
    found["preprocess"] = graph.reach(
        (*sorted(request.preprocess), *request.used),
        lambda e: e.kind in CONTROL and e.callee not in request.provided,
    )
    functions = {identity: _class(identity, found) for identity in sorted(graph.functions)}
    conflicts, _ = conflicting(graph, request)
    return Classification(
        functions=functions,
        cut_edges=request.cut_edges,
        conflicts=conflicts,
        assumed=request.assumed,
    )


Found = dict[str, dict[str, Edge | None]]


def staying(graph: ReferenceGraph, request: Resolved) -> Found:
    """What is reached at boot and at run time, each with the edge by which it was first."""
    return _staying(graph, request, _severed_by(request)).found


def running(graph: ReferenceGraph, request: Resolved) -> Callable[[str, Edge], bool]:
    """Whether what a function does by an edge is done at run time, if it runs then at all.

    In a function that only goes on after a launch that is what may follow the launch.
    """
    partly = _staying(graph, request, _severed_by(request)).partly
    return lambda function, edge: function not in partly or edge in partly[function]


def conflicting(graph: ReferenceGraph, request: Resolved) -> tuple[tuple[Edge, ...], Found]:
    """Return the conflicts, and what would stay if every one were resolved.

    Nobody comes through designated code there. An indirect call reaches designated code only if
    its address is taken: that mention is the conflict.
    """
    if not request.preprocess:
        return (), {}
    severed = _severed_by(request)

    def gone(edge: Edge) -> bool:
        return edge.callee in request.preprocess or severed(edge)

    found, alive, _ = _staying(graph, request, gone)
    stays = {*found["boot"], *found["runtime"], *(alive & graph.variables)}
    stays -= request.preprocess
    conflicts: list[Edge] = []
    for callee in sorted(request.preprocess):
        edges = [
            edge
            for edge in graph.incoming.get(callee, ())
            if edge.caller in stays and edge.kind in MENTIONS - {"indirect"} and not severed(edge)
        ]
        # A registration goes with its dispatch: one cut is for both.
        dispatched = any(e.kind == "registry" for e in edges)
        conflicts += [e for e in edges if not (dispatched and e.caller in graph.variables)]
    return tuple(conflicts), found


def _severed_by(request: Resolved) -> Callable[[Edge], bool]:
    """Whether a cut severs an edge. Few callees are cut: most edges need no hashing."""
    edges = {c.edge for c in request.cut_edges}
    callees = {e.callee for e in edges}
    return lambda edge: edge.callee in callees and edge in edges


class _Staying(NamedTuple):
    """What boot and run time reach."""

    found: Found
    alive: frozenset[str]  # those functions, and variables that they mention or a section keeps
    partly: Mapping[str, frozenset[Edge]]  # those that only go on after a launch: what they do then


def _staying(graph: ReferenceGraph, request: Resolved, gone: Callable[[Edge], bool]) -> _Staying:
    """What boot and run time reach without the edges that are ``gone``."""
    launch, boot_only = request.launch, request.boot_only
    roots = (*request.boot, *request.runtime)
    live, alive = taken(graph, roots, lambda e: not gone(e), request.preprocess)

    def passes(edge: Edge) -> bool:
        return (
            edge.kind in CONTROL
            and (edge.kind != "indirect" or edge.callee in live)
            and not gone(edge)
        )

    boot = graph.reach(request.boot, lambda e: passes(e) and e.caller not in launch)
    after = resumed(graph, boot.keys(), launch, request.returning, passes)
    runtime, partly = run_time(
        graph, request.runtime, after, lambda e: passes(e) and e.callee not in boot_only
    )
    partly_after = {f: after[f] for f in sorted(partly)}
    return _Staying({"boot": boot, "runtime": runtime}, alive, partly_after)


def _class(identity: str, found: Mapping[str, dict[str, Edge | None]]) -> FunctionClass:
    chains: dict[str, Chain] = {
        phase: chain(reached, identity) for phase, reached in found.items() if identity in reached
    }
    return FunctionClass(
        id=identity, phases=tuple(chains), kind=summary(frozenset(chains)), chains=chains
    )


def _contradictions(roots: Mapping[str, Sequence[str]], designated: Sequence[str]) -> list[str]:
    """A root that is to move away would start in a tree that does not have it."""
    moved = set(designated)
    return [
        f"{identity} is in {where} and designated preprocess; it cannot be both"
        for where, ids in roots.items()
        for identity in ids
        if identity in moved
    ]


def _cut_edges(
    graph: ReferenceGraph,
    directory: Directory,
    cuts: Sequence[Cut],
    designated: frozenset[str],
    complaints: list[str],
) -> tuple[CutEdge, ...]:
    """Edges severed by ``cuts``: mentions of the callee by what is not itself designated.

    A registration (the record that names the callee) is severed with the registry edge that
    dispatches it.
    """
    result: dict[Edge, CutEdge] = {}
    for cut in cuts:
        if cut.other_image:
            continue  # the split finds it: this image has no such edge
        hits = _severed(graph, cut, designated)
        if not hits and not cut.optional:
            complaints += _cut_nothing(directory, cut, designated)
        for edge in hits:
            result.setdefault(edge, CutEdge(edge=edge, cut=cut))
    return tuple(
        result[edge]
        for edge in sorted(result, key=lambda e: (e.caller, e.callee, e.file, e.line, e.kind))
    )


def without_void_cuts(graph: ReferenceGraph, directory: Directory, request: Request) -> Request:
    """Leave out cuts of edges that are not there, or that lie within what is designated."""
    designated = frozenset(directory.resolve(request.preprocess, "")[0])
    kept = tuple(c for c in request.cuts if _severed(graph, c, designated))
    return msgspec.structs.replace(request, cuts=kept)


def _severed(graph: ReferenceGraph, cut: Cut, designated: frozenset[str]) -> list[Edge]:
    callees = graph.by_name.get(cut.callee, [])
    if is_glob(cut.callee):
        callees = [i for i in (*graph.functions, *graph.variables) if matches(cut.callee, i)]
    mentions = [e for callee in callees for e in graph.incoming.get(callee, ())]
    hits = [
        edge
        for edge in mentions
        if edge.kind in MENTIONS
        and edge.caller not in designated
        and (cut.caller == "*" or matches(cut.caller, edge.caller))
    ]
    registered = {edge.callee for edge in hits if edge.kind == "registry"}
    return hits + [
        edge
        for callee in registered
        for edge in graph.incoming.get(callee, ())
        if edge.kind == "init" and edge.caller in graph.variables
    ]


def _cut_nothing(directory: Directory, cut: Cut, designated: frozenset[str]) -> list[str]:
    """Why a cut matches no edge; nothing where its names are complained of already."""
    if not all(n == "*" or directory.mentionable(n) for n in (cut.callee, cut.caller)):
        return []
    return [
        f"{cut.where}: cut {cut.caller} -> {cut.callee}: no such edge in the graph"
        + (
            " (calls within the designated code are no conflicts)"
            if any(matches(cut.caller, i) for i in designated) and cut.caller != "*"
            else ""
        )
    ]
