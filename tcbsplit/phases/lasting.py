# SPDX-License-Identifier: MIT
"""Find what is still there when the target runs: all else is erased right before its launch.

The place of the erasure is a call: by default each call at boot of a launch function. What lasts:

- what the run-time phase reaches, code that continues after a launch included;
- what is on the way from the erasure to the target's first instruction: the function that makes the
  call, what it calls, and if that is no launch yet, all that boot does until then
  (``phases.late``);
- functions that compilers call by themselves, and those that the configuration keeps;
- what functions of the adapter name that are not erased, and what that reaches.

Threads hide what has ended: whatever waited for another thread may go on. ``ended`` names functions
of boot to which control does not come back; a wrong one is run as a trap.

Boot functions further up the stack last only if control can come back to them: then they continue
after a launch, and are run-time code (``phases.launch``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Set

from tcbsplit.config.erasing_settings import ErasePlace, RetireSettings
from tcbsplit.errors import UnknownNameError
from tcbsplit.model.graph import CONTROL, Chain, Edge, ReferenceGraph, chain
from tcbsplit.model.phase import OF_COMPILERS, Classification
from tcbsplit.model.program import Program
from tcbsplit.model.retire import Boundary, Lasting, LastsBecause
from tcbsplit.model.vocabulary import EdgeKind, Phase, SymbolId
from tcbsplit.phases.classify import passing
from tcbsplit.phases.directory import Directory, complain
from tcbsplit.phases.frames import frames
from tcbsplit.phases.late import Late, Passes
from tcbsplit.phases.launch import resumed
from tcbsplit.phases.request import Resolved


def boundary(
    program: Program,
    graph: ReferenceGraph,
    classes: Classification,
    request: Resolved,
    directory: Directory,
    settings: RetireSettings | None = None,
    adapter: Collection[str] = (),
) -> Boundary:
    """Return where retired code is erased, and the functions that last beyond, each with a reason.

    ``adapter`` are the names in those of its functions that last.

    Raise ``UnknownNameError`` for names that mean nothing, and where no place is known.
    """
    before = settings.before if settings else None
    kept = _kept(directory, settings)
    ended = _ended(directory, settings)
    passes = passing(graph, request)
    places = _configured(graph, directory, before) if before else _launches(graph, request, passes)
    if not places:
        raise UnknownNameError(
            "split.retire: no call at boot is known to launch the target; name the call before "
            'which code is erased: before: {caller: …, callee: …, reason: "…"}'
        )
    late = Late(graph, request, lambda e: passes(e) and e.caller not in ended, places)
    lasts: dict[SymbolId, Lasting] = {}
    for one in (
        *_of_run_time(classes),
        *_on_the_way(graph, request, late, places),
        *_of_compilers(program),
        *kept,
        *_of_adapter(program, graph, request, passes, adapter),
    ):
        lasts.setdefault(one.id, one)
    above = _above(graph, request, passes, places)
    going_on = _going_on(graph, request, passes, places, late)
    found = frames(program, graph, above, going_on, lasts.keys())
    for identity, way in found.holders.items():
        lasts[identity] = Lasting(id=identity, because=LastsBecause.COPY, chain=way)
    return Boundary(places=places, frames=found.alone, lasts=lasts)


def _kept(directory: Directory, settings: RetireSettings | None) -> list[Lasting]:
    found: list[Lasting] = []
    complaints = []
    for one in settings.keep if settings else ():
        ids = sorted(directory.symbols(one.name))
        if not ids and not one.optional:
            unknown = directory.functions.unknown(one.name, "function or variable")
            complaints.append(f"{one.where}: split.retire.keep: {unknown}")
        found += [Lasting(id=i, because=LastsBecause.KEPT, reason=one.reason) for i in ids]
    complain(complaints)
    return found


def _ended(directory: Directory, settings: RetireSettings | None) -> frozenset[SymbolId]:
    """Return the functions to which control does not come back, by the configuration."""
    found: set[SymbolId] = set()
    complaints = []
    for one in settings.ended if settings else ():
        ids = directory.functions.ids(one.name)
        if not ids and not one.optional:
            unknown = directory.functions.unknown(one.name)
            complaints.append(f"{one.where}: split.retire.ended: {unknown}")
        found.update(ids)
    complain(complaints)
    return frozenset(found)


def _configured(
    graph: ReferenceGraph, directory: Directory, before: ErasePlace
) -> tuple[Edge, ...]:
    complain(
        [
            f"{before.where}: split.retire.before: {directory.functions.unknown(name)}"
            for name in (before.caller, before.callee)
            if not directory.functions.ids(name)
        ]
    )
    callers = frozenset(directory.functions.ids(before.caller))
    found = tuple(
        e
        for callee in directory.functions.ids(before.callee)
        for e in graph.incoming.get(callee, ())
        if e.caller in callers and e.kind is EdgeKind.CALL
    )
    if not found:
        raise UnknownNameError(
            f"{before.where}: split.retire.before: {before.caller} does not call {before.callee}"
        )
    return found


def _launches(graph: ReferenceGraph, request: Resolved, passes: Passes) -> tuple[Edge, ...]:
    """Return the calls at boot of launch functions by others."""
    boot = graph.reach(request.boot, lambda e: passes(e) and e.caller not in request.launch)
    found = (e for f in sorted(request.launch) for e in graph.incoming.get(f, ()))
    return tuple(
        e
        for e in found
        if e.caller in boot and e.caller not in request.launch and e.kind in CONTROL and passes(e)
    )


def _above(
    graph: ReferenceGraph, request: Resolved, passes: Passes, places: Collection[Edge]
) -> set[SymbolId]:
    """Return the functions that may be on the stack during the erasure."""
    boot = graph.reach(request.boot, lambda e: passes(e) and e.caller not in request.launch)
    found = {e.caller for e in places}
    work = list(found)
    while work:
        for edge in graph.incoming.get(work.pop(), ()):
            if edge.caller in boot and edge.caller not in found and passes(edge):
                found.add(edge.caller)
                work.append(edge.caller)
    return found


def _going_on(
    graph: ReferenceGraph, request: Resolved, passes: Passes, places: Collection[Edge], late: Late
) -> Set[SymbolId]:
    """Return the functions of boot to which control comes back after the erasure."""
    after = resumed(graph, late.boot.keys(), request.launch, request.returning, passes)
    return {e.caller for e in places} | late.before.keys() | after.keys()


def _of_run_time(classes: Classification) -> Iterator[Lasting]:
    for identity, found in classes.functions.items():
        way = found.chains.get(Phase.RUNTIME)
        if way is not None:
            yield Lasting(id=identity, because=LastsBecause.RUNTIME, chain=way)


def _on_the_way(
    graph: ReferenceGraph, request: Resolved, late: Late, places: Collection[Edge]
) -> Iterator[Lasting]:
    """Yield what may run between the erasure and the target's first instruction."""
    roots: dict[SymbolId, Chain] = {}
    for place in places:
        roots.setdefault(place.caller, Chain(place.caller, ()))
        roots.setdefault(place.callee, Chain(place.caller, (place,)))
    for function, way in roots.items():
        yield Lasting(id=function, because=LastsBecause.LAUNCH, chain=way)
    begun = [e.callee for e in places if e.callee not in request.launch]
    found = graph.reach(begun, late.follows)
    for identity in found:
        onward = chain(found, identity)
        head = roots[onward.root]
        way = Chain(head.root, (*head.edges, *onward.edges))
        yield Lasting(id=identity, because=LastsBecause.LAUNCH, chain=way)
    for identity in sorted(late.functions):
        yield Lasting(id=identity, because=LastsBecause.LAUNCH, chain=late.way(identity))


def _of_compilers(program: Program) -> Iterator[Lasting]:
    for function in program.functions.values():
        if function.name in OF_COMPILERS:
            yield Lasting(id=function.id, because=LastsBecause.COMPILER)


def _of_adapter(
    program: Program,
    graph: ReferenceGraph,
    request: Resolved,
    passes: Passes,
    names: Collection[str],
) -> Iterator[Lasting]:
    """Yield what the adapter names, and what that reaches other than what boot alone calls."""
    found = graph.reach(
        sorted(f.id for f in program.functions.values() if f.name in names),
        lambda e: passes(e) and e.callee not in request.boot_only,
    )
    for identity in found:
        yield Lasting(id=identity, because=LastsBecause.ADAPTER, chain=chain(found, identity))
