"""analyze: from a compile database to the classes of all functions."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from tcbsplit.callgraph import build_graph
from tcbsplit.config import Settings, fill
from tcbsplit.frontend import compiledb
from tcbsplit.frontend.cache import Cache
from tcbsplit.frontend.membership import members
from tcbsplit.frontend.pool import Executor
from tcbsplit.frontend.read import read_program
from tcbsplit.frontend.reproduction import bundle
from tcbsplit.model.analysis import Analysis
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.phases import classify
from tcbsplit.phases.names import resolve
from tcbsplit.pipeline import uptodate
from tcbsplit.pipeline.contract import contract_of
from tcbsplit.pipeline.workspace import Progress, Workspace, load, quiet, save


@dataclass(frozen=True)
class Extraction:
    """How units are read: with which cache (None: with none), and where."""

    cache: Path | None = None
    executor: Executor | None = None  # None: processes of this machine


DIRECTLY = Extraction()


def analyze(
    settings: Settings, space: Workspace, progress: Progress = quiet, how: Extraction = DIRECTLY
) -> Analysis:
    """Compile database -> program -> graph -> classes; saves all of them.

    With a cache, artifacts that are up to date are only loaded.
    """
    with Cache(how.cache) if how.cache else nullcontext() as cache:
        if cache is not None and uptodate.fresh(settings, space, cache.digests):
            return load(space.analysis, Analysis)
        return _analyze(settings, space, progress, how.executor, cache)


def _analyze(
    settings: Settings,
    space: Workspace,
    progress: Progress,
    executor: Executor | None,
    cache: Cache | None,
) -> Analysis:
    started = time.time_ns()
    database = settings.compdb or space.compdb
    commands = compiledb.load(database, settings.source, settings.exclude)
    linked = _linked(settings, space)
    if linked is not None:
        commands = members(linked, commands)
    program = read_program(
        commands,
        settings.source,
        settings.image,
        cache=cache,
        executor=executor,
        progress=lambda done, total: progress("analyze", done, total),
    )
    graph = build_graph(program, settings.registries, settings.bridges, _roots(settings, program))
    classes = classes_of(settings, program, graph)
    analysis = contract_of(program, graph, classes)
    uptodate.forget(space)
    bundle(program, space.degraded)
    values = (
        (space.program, program),
        (space.graph, graph),
        (space.classes, classes),
        (space.analysis, analysis),
    )
    with ThreadPoolExecutor() as pool:  # one is encoded while another is written
        list(pool.map(lambda v: save(*v), values))
    if cache is not None:
        named = (database, *([linked] if linked else []))
        inputs = (*map(str, named), *program.inputs)
        uptodate.remember(settings, space, cache.digests, inputs, started)
    return analysis


def _linked(settings: Settings, space: Workspace) -> Path | None:
    if not settings.linked:
        return None
    return settings.source / fill(settings.linked, {"original": str(space.original)})


def _roots(settings: Settings, program: Program) -> tuple[str, ...]:
    """All functions at which some phase begins (classifying complains of unknown names)."""
    files = {i: f.extent.file for i, f in program.functions.items()}
    roots = settings.roots
    names = (*roots.boot, *roots.runtime, *settings.launch, *settings.preprocess)
    used = settings.split.guest.uses if settings.split else ()
    return resolve((*names, *used), files, "roots")[0]


def classes_of(settings: Settings, program: Program, graph: ReferenceGraph) -> Classification:
    """Classify the functions of a program as the settings say."""
    return classify(
        graph,
        {i: f.extent.file for i, f in program.functions.items()},
        boot=settings.roots.boot,
        runtime=settings.roots.runtime,
        launch=settings.launch,
        preprocess=settings.preprocess,
        cuts=settings.cuts,
        provided=settings.split.guest.provides if settings.split else (),
        used=settings.split.guest.uses if settings.split else (),
    )


def load_analysis(space: Workspace) -> tuple[Program, ReferenceGraph, Classification]:
    """Return what ``analyze`` saved."""
    return (
        load(space.program, Program),
        load(space.graph, ReferenceGraph),
        load(space.classes, Classification),
    )
