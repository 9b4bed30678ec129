"""capture, analyze, split: from a build to checked trees."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tcbsplit import artifacts, process
from tcbsplit.callgraph import build_graph
from tcbsplit.config import Settings, fill_all
from tcbsplit.errors import EnvironmentProblem, SourceError
from tcbsplit.frontend import compiledb
from tcbsplit.frontend.read import read_program
from tcbsplit.model.analysis import (
    ANALYSIS_VERSION,
    AnalysedCut,
    AnalysedEdge,
    AnalysedFunction,
    Analysis,
    statistics,
)
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.phases import classify
from tcbsplit.phases.names import resolve
from tcbsplit.pipeline.workspace import Progress, Workspace, load, quiet, save
from tcbsplit.split.check import check
from tcbsplit.split.emit import check_out, emit
from tcbsplit.split.manifest import manifest
from tcbsplit.split.plan import Split, plan_split

_CAPTURE_TIMEOUT = 4 * 3600.0  # seconds; a whole hypervisor under bear


def capture(command: Sequence[str], cwd: Path, database: Path, log: Path) -> int:
    """Run a build under bear; write ``database``; return how many commands it holds."""
    bear = process.find("bear")
    database.parent.mkdir(parents=True, exist_ok=True)
    temporary = database.with_suffix(".capture.json")
    temporary.unlink(missing_ok=True)
    process.run(
        [str(bear), "--output", str(temporary), "--", *command],
        cwd=cwd, timeout=_CAPTURE_TIMEOUT, log=log,
    )  # fmt: skip
    if not temporary.is_file():
        raise EnvironmentProblem(f"bear wrote no compile database; see {log}")
    temporary.replace(database)
    return len(msgspec.json.decode(database.read_bytes()))


def capture_copy(settings: Settings, space: Workspace) -> int:
    """Capture the configured build of the original in a copy, so that the input stays as it is."""
    recipe = settings.build["original"]
    files = tree_files(settings)
    artifacts.copy_tree(settings.source, files, space.original)
    places = {"jobs": str(os.cpu_count() or 1)}
    if recipe.clean:
        clean = fill_all(recipe.clean, places)
        process.run(
            clean, cwd=space.original, timeout=recipe.timeout, log=space.folder / "clean.log"
        )
    command = fill_all(recipe.command, places)
    count = capture(command, space.original, space.compdb, space.folder / "capture.log")
    compiledb.relocate(space.compdb, space.original, settings.source)
    return count


def tree_files(settings: Settings, used: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The files of the input tree, and ``used`` ones; object files among them are refused."""
    return artifacts.without_products(
        settings.source, artifacts.source_files(settings.source, used)
    )


def analyze(settings: Settings, space: Workspace, progress: Progress = quiet) -> Analysis:
    """Compile database -> program -> graph -> classes; saves all of them."""
    commands = compiledb.load(settings.compdb or space.compdb, settings.source, settings.exclude)
    program = _read(commands, settings, settings.source, "analyze", progress)
    graph = build_graph(program, settings.registries, settings.bridges, _roots(settings, program))
    classes = classes_of(settings, program, graph)
    analysis = _analysis(program, graph, classes)
    save(space.program, program)
    save(space.graph, graph)
    save(space.classes, classes)
    text = msgspec.json.format(msgspec.json.encode(analysis), indent=1)
    artifacts.write_atomically(space.analysis, text + b"\n")
    return analysis


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


def _analysis(program: Program, graph: ReferenceGraph, classes: Classification) -> Analysis:
    functions = tuple(
        AnalysedFunction(
            id=f.id,
            name=f.name,
            file=f.extent.file,
            line=f.extent.line,
            end_line=f.extent.end_line,
            kind=classes.functions[f.id].kind,
            phases=classes.functions[f.id].phases,
            loc=program.lines_of(f),
            complexity=f.complexity,
            why=classes.functions[f.id].why,
        )
        for f in program.functions.values()
    )
    edges = tuple(
        AnalysedEdge(
            caller=e.caller,
            callee=e.callee,
            kind=e.kind,
            confidence=e.confidence,
            file=e.file,
            line=e.line,
            rule=e.rule,
        )
        for e in graph.edges
        if e.caller in graph.functions and e.callee in graph.functions
    )
    return Analysis(
        version=ANALYSIS_VERSION,
        image=program.image,
        functions=functions,
        edges=edges,
        indirect=statistics(graph.sites),
        unresolved=graph.unresolved,
        empty=graph.empty,
        degraded=program.degraded,
        cuts=tuple(
            AnalysedCut(
                edge=c.edge, policy=c.cut.policy, reason=c.cut.reason, expression=c.cut.expression
            )
            for c in classes.cut_edges
        ),
        conflicts=classes.conflicts,
    )
