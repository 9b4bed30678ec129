"""analyze: from a compile database to the classes of all functions."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from tcbsplit.callgraph import build_graph, entries
from tcbsplit.config import Settings, fill
from tcbsplit.errors import BrokenContract, EnvironmentProblem, SourceError
from tcbsplit.frontend import compiledb
from tcbsplit.frontend.cache import Cache
from tcbsplit.frontend.fidelity import Fidelity, compare
from tcbsplit.frontend.link import link
from tcbsplit.frontend.membership import members
from tcbsplit.frontend.pool import Executor
from tcbsplit.frontend.read import Reading, read_units
from tcbsplit.frontend.reproduction import bundle
from tcbsplit.model.analysis import Analysis
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.phases import Directory, Request, classify
from tcbsplit.pipeline import uptodate
from tcbsplit.pipeline.contract import contract_of
from tcbsplit.pipeline.workspace import Progress, Workspace, load, quiet, save


@dataclass(frozen=True)
class Extraction:
    """How units are read: with which cache (None: with none), and where."""

    cache: Path | None = None
    executor: Executor | None = None  # None: processes of this machine
    verify: bool = False  # hold what was read against the recorded compilers


DIRECTLY = Extraction()


def analyze(
    settings: Settings, space: Workspace, progress: Progress = quiet, how: Extraction = DIRECTLY
) -> Analysis:
    """Compile database -> program -> graph -> classes; saves all of them.

    With a cache, artifacts that are up to date are only loaded. Raises ``BrokenContract`` when
    units are to be verified and a compiler reads one otherwise; the artifacts are there then.
    """
    with Cache(how.cache) if how.cache else nullcontext() as cache:
        if cache is not None and not how.verify and uptodate.fresh(settings, space, cache.digests):
            return load(space.analysis, Analysis)
        return _analyze(settings, space, progress, how, cache)


def _analyze(
    settings: Settings,
    space: Workspace,
    progress: Progress,
    how: Extraction,
    cache: Cache | None,
) -> Analysis:
    started = time.time_ns()
    database = settings.compdb or space.compdb
    commands = compiledb.load(database, settings.source, settings.exclude)
    linked = linked_path(settings, space)
    if linked is not None:
        commands = members(linked, commands)
    reading = read_units(
        commands,
        settings.source,
        cache=cache,
        executor=how.executor,
        progress=lambda done, total: progress("analyze", done, total),
    )
    compared = _compare(reading, settings, space, progress, cache) if how.verify else None
    program = link(settings.image, settings.source, reading.items, reading.shared)
    directory = directory_of(settings, program)
    roots = _roots(settings, directory)
    graph = build_graph(program, settings.registries, settings.bridges, roots)
    classes = classify(graph, directory, request_of(settings))
    checked = (compared.compared, compared.missing) if compared else ()
    analysis = contract_of(program, graph, classes, *checked)
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
    if compared is not None:
        _judge(compared)
    return analysis


def _compare(
    reading: Reading, settings: Settings, space: Workspace, progress: Progress, cache: Cache | None
) -> Fidelity:
    """Hold units against their compilers, but for those that agreed the last time."""
    agreed: set[bytes] = set()
    if cache is not None:
        with suppress(SourceError):
            agreed = set(load(space.agreed, list[bytes]))
    found = compare(
        reading,
        settings.source,
        cache.digests if cache else None,
        agreed,
        lambda done, total: progress("verify flags", done, total),
    )
    save(space.agreed, sorted(found.agreed))
    return found


def _judge(found: Fidelity) -> None:
    lines = list(found.differences)
    if lines:
        lines.insert(0, f"{len(lines)} difference(s) between what was read and what is compiled:")
    elif found.missing and not found.compared:
        raise EnvironmentProblem(
            f"--verify-flags: none of the recorded compilers is here: {', '.join(found.missing)}"
        )
    if lines:
        raise BrokenContract("\n  ".join(lines))


def linked_path(settings: Settings, space: Workspace) -> Path | None:
    """The linked ELF or link map that the settings name."""
    if not settings.linked:
        return None
    return settings.source / fill(settings.linked, {"original": str(space.original)})


def directory_of(settings: Settings, program: Program) -> Directory:
    """Everything that a pattern of the settings may mean."""
    return Directory(program, {r.name: tuple(entries(program, r)) for r in settings.registries})


def _roots(settings: Settings, directory: Directory) -> tuple[str, ...]:
    """All functions at which some phase begins (classifying complains of unknown names)."""
    asked = request_of(settings)
    names = (*asked.boot, *asked.runtime, *asked.boot_only, *asked.launch, *asked.preprocess)
    return directory.resolve((*names, *asked.used), "roots")[0]


def request_of(settings: Settings) -> Request:
    """What the settings say about phases."""
    guest = settings.split.guest if settings.split else None
    return Request(
        boot=settings.roots.boot,
        runtime=settings.roots.runtime,
        boot_only=settings.roots.boot_only,
        launch=settings.launch,
        preprocess=settings.preprocess,
        cuts=settings.cuts,
        provided=guest.provides if guest else (),
        used=guest.uses if guest else (),
    )


def load_analysis(space: Workspace) -> tuple[Program, ReferenceGraph, Classification]:
    """Return what ``analyze`` saved."""
    return (
        load(space.program, Program),
        load(space.graph, ReferenceGraph),
        load(space.classes, Classification),
    )
