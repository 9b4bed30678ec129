# SPDX-License-Identifier: MIT
"""Emit the trees of a split, and check them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import msgspec

from tcbsplit.callgraph import Pointing
from tcbsplit.config.settings import Settings
from tcbsplit.errors import SourceError
from tcbsplit.frontend.cache import Cache
from tcbsplit.frontend.compiledb import Database
from tcbsplit.frontend.machine.parts import parts
from tcbsplit.frontend.pointees import read_layouts
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.edit import EXCISED, Emission
from tcbsplit.model.manifest import NAME
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.model.split import Split
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import Language, Side, Stage
from tcbsplit.pipeline.capture import database_of, tree_files
from tcbsplit.pipeline.components import component_of
from tcbsplit.pipeline.extraction import DIRECTLY, Extraction
from tcbsplit.pipeline.holding import alone
from tcbsplit.pipeline.machine_code import places_of
from tcbsplit.pipeline.names import check_names
from tcbsplit.pipeline.order import order_of
from tcbsplit.pipeline.retire import boundary_of, retires
from tcbsplit.pipeline.saved import Analysed, check_place, directory_of, load_analysis, request_of
from tcbsplit.pipeline.stages import remember, split_inputs
from tcbsplit.pipeline.workspace import Progress, Workspace, quiet, save
from tcbsplit.split.plan import plan_split
from tcbsplit.split.prove.recheck import check
from tcbsplit.split.write.emit import check_out, emit
from tcbsplit.split.write.manifest import commands_in, manifest, read_manifest


@alone
def split(
    settings: Settings,
    space: Workspace,
    out: Path,
    progress: Progress = quiet,
    how: Extraction = DIRECTLY,
    emission: Emission = EXCISED,
) -> Split:
    """Plan and emit the split into ``out``, then read the written trees again and check them."""
    check_out(out)
    program, graph, classes = load_analysis(space)
    check_place(program, settings, space)
    _unchanged(program, settings.source)
    directory = directory_of(settings, program)
    check_names(settings, program, directory, request_of(settings))
    database = database_of(settings, space)
    others = _others(settings, database, program, progress, how)
    analysed = Analysed(settings, space, program, graph, directory)
    data = Pointing(program, graph)
    result = plan(analysed, classes, data, others, emission)
    result = msgspec.structs.replace(result, order=order_of(analysed, data))
    read = {f for u in program.units for f in (u.command.file, *u.headers)} | program.files.keys()
    files = tree_files(settings, database, frozenset(read), program.units)
    digest = hashlib.sha256(settings.path.read_bytes()).hexdigest()
    document = manifest(program, classes, result, digest, _commands(program, result, settings))
    component = component_of(settings)
    known = emit(result, program, settings.source, files, out, document, component)
    check(program, *reread(out, progress, how), result, _adapters(settings))
    save(space.plan, result)
    inputs = split_inputs(settings, space, out, emission, known)
    remember(space, Stage.SPLIT, inputs, out / NAME, space.plan)
    return result


def plan(
    analysed: Analysed,
    classes: Classification,
    data: Pointing,
    others: Program | None = None,
    emission: Emission = EXCISED,
) -> Split:
    """Plan the split of an analysed program; write nothing. ``others`` are units of other images.

    Raise ``ConfigError``, ``ConflictError`` and ``HandoffError``.
    """
    settings, program, directory = analysed.settings, analysed.program, analysed.directory
    designated, _ = directory.resolve(settings.preprocess, "preprocess")
    used, _ = directory.resolve(_used(settings), "split.guest.uses")
    return plan_split(
        program,
        analysed.graph,
        classes,
        settings,
        frozenset(designated),
        data,
        frozenset(used),
        others,
        emission=emission,
        layouts=lambda variables: read_layouts(program, variables),
        boundary=boundary_of(analysed, classes) if retires(settings) else None,
        parts=parts(program, tuple(dict.fromkeys(places_of(settings, analysed.space)))),
    )


def _used(settings: Settings) -> tuple[str, ...]:
    return settings.split.guest.uses if settings.split else ()


def _adapters(settings: Settings) -> dict[str, Path]:
    """The user's files in the glue of the thin tree, by their path there."""
    glue = settings.split.glue if settings.split else None
    return {f"{glue.folder}/adapter.c": glue.adapter_path} if glue else {}


def _commands(
    program: Program, result: Split, settings: Settings
) -> dict[Side, list[CompileCommand]]:
    """Return the commands of the units of both trees, with the paths of the original."""
    own = [u.command for u in program.units]
    held = set(result.plan.guest_sources)
    return {
        Side.THIN: own + _glue(own, result, settings),
        Side.GUEST: [c for c in own if c.file in held],
    }


def _others(
    settings: Settings,
    database: Database | None,
    program: Program,
    progress: Progress,
    how: Extraction,
) -> Program | None:
    """Return the tree's units outside of this image, as one program."""
    if database is None:
        return None
    own = {u.command for u in program.units}
    commands = [c for c in database.commands(existing=True) if c not in own]
    if not commands:
        return None
    return _read(commands, settings.image, settings.source, "other images", progress, how)


def reread(
    out: Path, progress: Progress = quiet, how: Extraction = DIRECTLY
) -> tuple[Program, Program]:
    """Parse the thin and the guest tree in ``out`` again, with the commands of the manifest.

    A cache is used for units whose files are all equal to those in the input tree.
    """
    made = read_manifest(out)
    programs = []
    for side, tree in ((Side.THIN, out / "thin"), (Side.GUEST, out / "guest" / "src")):
        root = tree.resolve()
        commands = commands_in(made.commands[side], root)
        programs.append(_read(commands, made.image, root, f"check {side}", progress, how))
    return programs[0], programs[1]


def _glue(
    commands: Sequence[CompileCommand], result: Split, settings: Settings
) -> list[CompileCommand]:
    """Return commands for generated files and the adapter, like those of the hypervisor."""
    if settings.split is None or settings.split.glue.include_in:
        return []  # included by an existing file
    pattern = next(c for c in commands if c.language is Language.C)
    return [
        CompileCommand(
            file=f.path.removeprefix("thin/"),
            directory=pattern.directory,
            arguments=pattern.arguments,
        )
        for f in result.plan.thin_files
        if f.path.endswith(".c")
    ]


def _read(
    commands: Sequence[CompileCommand],
    image: str,
    root: Path,
    stage: str,
    progress: Progress,
    how: Extraction,
) -> Program:
    with Cache(how.cache) if how.cache else nullcontext() as cache:
        return read_program(
            commands,
            root,
            image,
            cache=cache,
            executor=how.run(),
            trust=how.trust,
            progress=lambda done, total, note: progress(stage, done, total, note),
        )


def _unchanged(program: Program, root: Path) -> None:
    for path, fact in program.files.items():
        try:
            digest = hashlib.sha256((root / path).read_bytes()).hexdigest()
        except OSError as error:
            raise SourceError(f"{root / path}: {error.strerror}; analyze again") from None
        if digest != fact.digest:
            raise SourceError(f"{root / path}: has changed since it was analysed; analyze again")
