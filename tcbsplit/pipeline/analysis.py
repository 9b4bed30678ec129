"""analyze and split: from a compile database to checked trees."""

from __future__ import annotations

import gc
import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tcbsplit import artifacts
from tcbsplit.callgraph import build_graph
from tcbsplit.config import Settings
from tcbsplit.errors import SourceError
from tcbsplit.frontend import compiledb
from tcbsplit.frontend.cache import Cache
from tcbsplit.frontend.pool import Executor
from tcbsplit.frontend.read import read_program
from tcbsplit.model.analysis import Analysis
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.phases import classify
from tcbsplit.phases.names import resolve
from tcbsplit.pipeline import uptodate
from tcbsplit.pipeline.capturing import tree_files
from tcbsplit.pipeline.contract import contract_of
from tcbsplit.pipeline.workspace import Progress, Workspace, load, quiet, save
from tcbsplit.split.check import check
from tcbsplit.split.emit import check_out, emit
from tcbsplit.split.manifest import manifest
from tcbsplit.split.plan import Split, plan_split


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
    with _no_cycles(), Cache(how.cache) if how.cache else nullcontext() as cache:
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
    save(space.program, program)
    save(space.graph, graph)
    save(space.classes, classes)
    text = msgspec.json.format(msgspec.json.encode(analysis), indent=1)
    artifacts.write_atomically(space.analysis, text + b"\n")
    if cache is not None:
        inputs = (str(database), *program.inputs)
        uptodate.remember(settings, space, cache.digests, inputs, started)
    return analysis


@contextmanager
def _no_cycles() -> Iterator[None]:
    """Do not look for reference cycles: millions of small frozen records have none."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


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


def split(settings: Settings, space: Workspace, out: Path, progress: Progress = quiet) -> Split:
    """Plan and emit the split into ``out``, then re-read and check what was written."""
    check_out(out)
    program, graph, classes = load_analysis(space)
    _unchanged(program, settings.source)
    result = plan_split(program, graph, classes, settings)
    used = frozenset(program.files) | frozenset(u.command.file for u in program.units)
    files = tree_files(settings, used)
    digest = hashlib.sha256(settings.path.read_bytes()).hexdigest()
    emit(result.plan, settings.source, files, out, manifest(program, classes, result, digest))
    thin, guest = reread(settings, program, result, out, progress)
    check(program, thin, guest, result)
    save(space.plan, result)
    return result


def reread(
    settings: Settings, program: Program, result: Split, out: Path, progress: Progress = quiet
) -> tuple[Program, Program]:
    """Parse the emitted thin and guest trees anew, each unit with its own command."""
    held = set(result.plan.guest_sources)
    programs = []
    for name, tree in (("thin", out / "thin"), ("guest", out / "guest" / "src")):
        commands = [
            _moved(u.command, settings.source, tree)
            for u in program.units
            if name == "thin" or u.command.file in held
        ]
        if name == "thin":
            commands += _glue(commands, result, settings)
        programs.append(_read(commands, settings, tree.resolve(), f"check {name}", progress))
    return programs[0], programs[1]


def _glue(
    commands: Sequence[CompileCommand], result: Split, settings: Settings
) -> list[CompileCommand]:
    """Commands for the generated files and the adapter, like those of the hypervisor's own."""
    if settings.split is None or settings.split.glue.include_in:
        return []  # included by a file that is there already
    pattern = next(c for c in commands if c.language == "c")
    return [
        CompileCommand(
            file=f.path.removeprefix("thin/"),
            directory=pattern.directory,
            arguments=pattern.arguments,
        )
        for f in result.plan.thin_files
        if f.path.endswith(".c")
    ]


def _moved(command: CompileCommand, old: Path, new: Path) -> CompileCommand:
    """The same command in another tree."""
    before, after = str(old), str(new.resolve())
    return CompileCommand(
        file=command.file,
        directory=command.directory.replace(before, after),
        arguments=tuple(a.replace(before, after) for a in command.arguments),
        output=command.output,
        language=command.language,
    )


def _read(
    commands: Sequence[CompileCommand],
    settings: Settings,
    root: Path,
    stage: str,
    progress: Progress,
) -> Program:
    return read_program(
        commands, root, settings.image, progress=lambda done, total: progress(stage, done, total)
    )


def _unchanged(program: Program, root: Path) -> None:
    for path, fact in program.files.items():
        try:
            digest = hashlib.sha256((root / path).read_bytes()).hexdigest()
        except OSError as error:
            raise SourceError(f"{root / path}: {error.strerror}; analyze again") from None
        if digest != fact.digest:
            raise SourceError(f"{root / path}: has changed since it was analysed; analyze again")
