# SPDX-License-Identifier: MIT
"""Compare a tree's own marks of boot code with the graph, and write those that it lacks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from tcbsplit import artifacts
from tcbsplit.callgraph import Pointing
from tcbsplit.config.settings import Settings
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.model.retire import Boundary, LastsBecause, Marked, MarkNames, Marks, Retirement
from tcbsplit.model.split import Sides
from tcbsplit.model.vocabulary import CodeClass, EdgeKind, Phase, SymbolId
from tcbsplit.phases import classify
from tcbsplit.phases.lasting import boundary
from tcbsplit.phases.request import resolve
from tcbsplit.pipeline.components import component_of
from tcbsplit.pipeline.saved import Analysed, request_of
from tcbsplit.pipeline.workspace import Workspace
from tcbsplit.split.decide.retired import retire
from tcbsplit.split.edit.marking import marked, marking_edits
from tcbsplit.split.edit.sourcefile import Sources
from tcbsplit.split.write.marks import mark_series, shown_callers

_CONTRADICTS = (LastsBecause.RUNTIME, LastsBecause.LAUNCH)


def unsplit(settings: Settings, space: Workspace) -> tuple[Analysed, Classification, Boundary]:
    """Return the analysis as if nothing were cut or moved, and what of it lasts."""
    analysed = Analysed.of(settings, space)
    request = msgspec.structs.replace(request_of(settings), cuts=(), preprocess=())
    classes = classify(analysed.graph, analysed.directory, request)
    resolved = resolve(analysed.graph, analysed.directory, request)
    found = boundary(
        analysed.program,
        analysed.graph,
        classes,
        resolved,
        analysed.directory,
        settings.split.retire if settings.split else None,
    )
    return analysed, classes, found


def whole(analysed: Analysed, classes: Classification, found: Boundary) -> Retirement:
    """Return what of the tree, unsplit, could be erased."""
    program = analysed.program
    every = frozenset((*program.functions, *program.variables))
    sides = Sides(thin=every, guest=frozenset(), moved=frozenset(), dropped=frozenset())
    data = Pointing(program, analysed.graph)
    return retire(program, analysed.graph, classes, found, data, sides)


def marks(settings: Settings, space: Workspace, names: MarkNames, folder: Path) -> Marks:
    """Compare the marks ``names`` with the graph; write what is missing as patches to ``folder``.

    Marked is what boot runs and nothing that lasts reaches; not what no phase reaches: another
    configuration of the project may run it.
    """
    analysed, classes, found = unsplit(settings, space)
    program, graph = analysed.program, analysed.graph
    sources = Sources(Path(program.root))
    retired = whole(analysed, classes, found)
    present = marked(program, sources, names)
    missing = tuple(_missing(program, graph, classes, retired, present, names))
    contradicted = tuple(_contradicted(program, found, present))
    edits = marking_edits(program, sources, missing, names.header)
    folder.mkdir(parents=True, exist_ok=True)
    for earlier in folder.glob("[0-9][0-9][0-9][0-9]-*.patch"):
        earlier.unlink()
    if edits:
        series = mark_series(program, sources, edits, missing, component_of(settings))
        for name, content in series.items():
            artifacts.write_atomically(folder / name, content)
    return Marks(
        missing=missing,
        contradicted=contradicted,
        unplaced=tuple(u for u in retired.unplaced if u.id not in present),
        present=len(present) - len(contradicted),
    )


def _missing(
    program: Program,
    graph: ReferenceGraph,
    classes: Classification,
    retired: Retirement,
    present: dict[SymbolId, str],
    names: MarkNames,
) -> Iterator[Marked]:
    for one in retired.placed:
        mark = names.of(one.section)
        users = _users(graph, one.id)
        if not mark or one.id in present:
            continue
        known = classes.functions.get(one.id)
        if known is not None:
            chain = known.chains.get(Phase.BOOT)
            if chain is None:
                continue
            why = f"called by {shown_callers(users)} only" if users else "boot begins here"
        elif all(classes.of(u) is CodeClass.UNREACHED for u in users if u in program.functions):
            continue
        else:
            chain, why = None, f"used by {shown_callers(users)} only"
        definition = program.definition(one.id)
        assert definition is not None  # chosen from the program
        extent = definition.extent
        yield Marked(id=one.id, file=extent.file, line=extent.line, mark=mark, chain=chain, why=why)


def _users(graph: ReferenceGraph, identity: SymbolId) -> list[SymbolId]:
    return list(
        dict.fromkeys(
            e.caller
            for e in graph.incoming.get(identity, ())
            if e.kind is not EdgeKind.NAMED and e.caller != identity
        )
    )


def _contradicted(
    program: Program, found: Boundary, present: dict[SymbolId, str]
) -> Iterator[Marked]:
    """Yield what is marked and lasts; data is judged by functions alone, which name its users."""
    for identity, mark in sorted(present.items()):
        last = found.lasts.get(identity)
        if last is None or last.because not in _CONTRADICTS:
            continue
        definition = program.definition(identity)
        assert definition is not None  # found in the program
        yield Marked(
            id=identity,
            file=definition.extent.file,
            line=definition.extent.line,
            mark=mark,
            chain=last.chain,
            why=f"is still run once boot is over ({last.because})",
        )
