# SPDX-License-Identifier: MIT
"""Decides where each definition goes: to thin, to the guest, to both, or nowhere.

Thin keeps everything except what only preprocess code needs. The guest holds whatever designated
code can mention, so that it links. Unreached code stays in thin, unless it mentions what left it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from tcbsplit.errors import ConflictError
from tcbsplit.model.graph import BY_VALUE, Edge, ReferenceGraph
from tcbsplit.model.phase import OF_COMPILERS, Classification
from tcbsplit.model.program import Program
from tcbsplit.model.split import Sides
from tcbsplit.model.unit import FunctionFact, VariableFact
from tcbsplit.model.vocabulary import CodeClass, SymbolId

_SHOWN = 12  # conflicts in one message


def decide_sides(
    program: Program,
    graph: ReferenceGraph,
    classes: Classification,
    designated: frozenset[SymbolId],
    needed: Iterable[SymbolId],
    provided: frozenset[SymbolId],
    unwanted: frozenset[SymbolId] = frozenset(),
    called: frozenset[SymbolId] = frozenset(),
) -> Sides:
    """Decide for every definition on which sides it is.

    ``designated`` functions move; others of class preprocess follow them unless a table or code
    that stays names them. ``needed`` are the functions that the guest runs or its adapter calls;
    ``provided`` those that its environment replaces; ``unwanted`` is unreached code that leaves
    thin, where nothing that stays names it; the thin adapter calls those ``called``, which stay.
    Raises ``ConflictError`` when what stays mentions designated code without a cut.
    """
    severed = {c.edge for c in classes.cut_edges}
    stay = graph.reach(sorted(called), lambda e: _mentions(e, severed)).keys() - designated
    candidates = frozenset(
        i
        for i, c in classes.functions.items()
        if i not in stay
        and c.kind is CodeClass.PREPROCESS
        and (i in designated or not _needed_unseen(program, i))
    )
    together = _together(program)
    # The environment cannot provide what moves, even if a pattern of ``provides`` matches it.
    guest = _guest(program, graph, (*needed, *candidates), provided - candidates, together)
    moved = candidates
    unwanted = frozenset(
        i for i in unwanted - stay if not _needs_no_mention(program, program.functions[i])
    )
    held: frozenset[SymbolId] = frozenset()  # unreached, but named by a table that stays
    while True:
        dropped = (_dropped(graph, classes, moved, severed) | unwanted) - held
        dropped |= _orphans(program, graph, classes, moved | dropped) - held
        kept = frozenset(program.functions) - moved - dropped
        variables = _kept_variables(program, graph, kept, moved | dropped)
        stays = kept | variables
        named = {
            e.callee
            for i in (moved | dropped) - designated
            for e in graph.incoming.get(i, ())
            if _mentions(e, severed) and e.caller in stays
        }
        # Of a group that shares its source text, all definitions stay or none.
        named |= {i for m in together if m & stays for i in m & (moved | dropped)}
        if not named:
            break
        moved, held = moved - named, held | (named & dropped)
    _no_conflicts(graph, kept | variables, moved | dropped, severed)
    _no_idle_cuts(program, classes, designated & candidates - moved, together, kept | variables)
    return Sides(thin=kept | variables, guest=guest, moved=moved, dropped=dropped)


def unreached(
    program: Program, classes: Classification, others: Program | None
) -> frozenset[SymbolId]:
    """Return the functions that no phase reaches, and that no other image of the tree mentions."""
    mentioned = {r.target for r in others.references} if others is not None else set()
    return frozenset(
        i for i in program.functions if classes.of(i) is CodeClass.UNREACHED and i not in mentioned
    )


def _needed_unseen(program: Program, function: SymbolId) -> bool:
    """Whether the thin hypervisor may need a function although no edge leads to it.

    A compiler may insert calls of it. Functions of headers stay, as other images include them and
    an unused inline function costs nothing.
    """
    return program.functions[function].name in OF_COMPILERS or _in_header(program, function)


def _in_header(program: Program, function: SymbolId) -> bool:
    """Whether a header defines the function; a source that another one includes is no header."""
    path = program.functions[function].extent.file
    file = program.files.get(path)
    return file is not None and file.header and not path.endswith(".c")


def _together(program: Program) -> list[frozenset[SymbolId]]:
    """Return the groups of definitions that share their source text, and so stay or go together.

    These are definitions that one macro expansion makes, and signatures in branches of a
    conditional with one common body: units that include the file define one or the other.
    """
    places: dict[tuple[str, int], set[SymbolId]] = defaultdict(set)
    for d in program.definitions:
        fact = program.files.get(d.extent.file)
        local = isinstance(d, VariableFact) and d.owner
        # In a header it is a template: each unit that includes it defines one of them.
        if d.macro and not local and fact and not fact.header:
            places[d.extent.file, d.extent.start].add(d.id)
    for first, second in pairwise(
        sorted(program.functions.values(), key=lambda f: (f.extent.file, f.extent.start))
    ):
        one, other = first.extent, second.extent
        if one.file == other.file and other.start < one.end and not first.macro:
            places[one.file, one.start] |= {first.id, second.id}
    return [frozenset(ids) for ids in places.values() if len(ids) > 1]


def _guest(
    program: Program,
    graph: ReferenceGraph,
    roots: Iterable[SymbolId],
    provided: frozenset[SymbolId],
    together: Sequence[frozenset[SymbolId]],
) -> frozenset[SymbolId]:
    known = (graph.functions | graph.variables) - provided
    wanted = {r for r in roots if r in known}
    fixed = {i: v.extent.file for i, v in program.variables.items() if v.fixed and i in known}
    while True:
        found = graph.reach(sorted(wanted), lambda e: e.callee in known)
        mates = {i for group in together if group & found.keys() for i in group} - found.keys()
        files = {d.extent.file for d in program.definitions if d.id in found} if fixed else set()
        mates |= {i for i, file in fixed.items() if file in files} - found.keys()
        if not mates:
            return frozenset(found)
        wanted |= mates


def _dropped(
    graph: ReferenceGraph, classes: Classification, moved: frozenset[SymbolId], severed: set[Edge]
) -> frozenset[SymbolId]:
    """Return unreached functions that mention what moved, directly or through one another."""
    gone: set[SymbolId] = set()
    work = list(moved)
    while work:
        for edge in graph.incoming.get(work.pop(), ()):
            if (
                edge.caller not in gone
                and edge.caller in graph.functions
                and edge not in severed
                and classes.of(edge.caller) is CodeClass.UNREACHED
            ):
                gone.add(edge.caller)
                work.append(edge.caller)
    return frozenset(gone)


def _orphans(
    program: Program, graph: ReferenceGraph, classes: Classification, gone: frozenset[SymbolId]
) -> frozenset[SymbolId]:
    """Return static functions that only ``gone`` mentions: in thin they would be unused."""
    orphans: set[SymbolId] = set()
    work = list(gone)
    while work:
        for edge in graph.outgoing.get(work.pop(), ()):
            function = program.functions.get(edge.callee)
            if function is None or edge.callee in gone | orphans:
                continue
            if classes.of(edge.callee) is not CodeClass.UNREACHED or _stays_alone(
                program, function
            ):
                continue
            users = {e.caller for e in graph.incoming[edge.callee] if e.kind not in BY_VALUE}
            if users - {edge.callee} <= gone | orphans:
                orphans.add(edge.callee)
                work.append(edge.callee)
    return frozenset(orphans)


def _stays_alone(program: Program, function: FunctionFact) -> bool:
    """Whether compilers accept the function without a warning when nothing uses it."""
    return not function.static or _needs_no_mention(program, function)


def _needs_no_mention(program: Program, function: FunctionFact) -> bool:
    """Whether a function may be called although no source mentions it, or costs nothing."""
    return (
        function.assembly
        or function.name in OF_COMPILERS
        or function.constructor
        or bool(function.section)
        or _in_header(program, function.id)
    )


def _kept_variables(
    program: Program, graph: ReferenceGraph, kept: frozenset[SymbolId], gone: frozenset[SymbolId]
) -> frozenset[SymbolId]:
    mentioned = {
        v for v in graph.variables if any(e.caller != v for e in graph.incoming.get(v, ()))
    }
    # A variable that nothing mentions stays where it is (registration records, version strings),
    # except a local one of a function that leaves. So does what a type names.
    fixed = {v for v in graph.variables if program.variables[v].fixed}
    roots = [
        v
        for v in (graph.variables - mentioned) | fixed
        if not (program.variables[v].owner and program.variables[v].owner in gone)
    ]
    found = graph.reach([*kept, *roots], lambda e: e.callee in graph.variables)
    return frozenset(found) & graph.variables


def _mentions(edge: Edge, severed: set[Edge]) -> bool:
    """Whether a mention in the source makes the edge, and no cut severs it."""
    return edge.kind not in BY_VALUE and edge not in severed


def _no_conflicts(
    graph: ReferenceGraph, stays: frozenset[SymbolId], gone: frozenset[SymbolId], severed: set[Edge]
) -> None:
    conflicts = [
        e for e in graph.edges if e.callee in gone and e.caller in stays and _mentions(e, severed)
    ]
    if conflicts:
        raise conflict_error(conflicts)


def _no_idle_cuts(
    program: Program,
    classes: Classification,
    bound: frozenset[SymbolId],
    together: Sequence[frozenset[SymbolId]],
    stays: frozenset[SymbolId],
) -> None:
    """Raise ``ConflictError`` where a cut has no effect: its callee shares text with what stays."""
    for cut_edge in classes.cut_edges:
        edge, cut = cut_edge.edge, cut_edge.cut
        if edge.callee not in bound or edge.caller not in stays:
            continue
        extent = program.functions[edge.callee].extent
        mates = {i for group in together if edge.callee in group for i in group} & stays - bound
        raise ConflictError(
            f"{extent.file}:{extent.line}: {edge.callee} cannot move: the same text defines "
            f"{', '.join(sorted(mates)[:_SHOWN])}, which must stay, so the cut at {cut.where} "
            "would do nothing. Designate all of them, or write the function on its own"
        )


def conflict_error(conflicts: Sequence[Edge]) -> ConflictError:
    """Return the error that lists conflicts and shows the cut to write."""
    lines = [
        f"{e.file}:{e.line}: {e.caller} ({e.kind}) -> {e.callee}: stays, but mentions what moves"
        for e in conflicts[:_SHOWN]
    ]
    more = len(conflicts) - _SHOWN
    if more > 0:
        lines.append(f"… and {more} more")
    first = conflicts[0]
    lines.append(
        "Add a cut for each, for example: cuts: "
        f'[{{caller: "{first.caller}", callee: "{first.callee}", policy: panic, reason: "…"}}]'
    )
    return ConflictError("\n".join(lines))
