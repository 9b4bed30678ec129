# SPDX-License-Identifier: MIT
"""Run the analysis: from a compile database to the classes of all functions."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tcbsplit import artifacts
from tcbsplit.callgraph import build_graph
from tcbsplit.config.settings import Settings
from tcbsplit.errors import CompileDatabaseError
from tcbsplit.frontend import toolchain
from tcbsplit.frontend.cache import Cache
from tcbsplit.frontend.compiledb import Database
from tcbsplit.frontend.digests import settled_moment
from tcbsplit.frontend.fidelity import Fidelity
from tcbsplit.frontend.link import link
from tcbsplit.frontend.machine.complete import completed
from tcbsplit.frontend.reading import read_units
from tcbsplit.frontend.reproduction import bundle
from tcbsplit.model.analysis import Analysis, analysis_of
from tcbsplit.model.collision import told
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import SymbolId
from tcbsplit.phases import Directory, classify
from tcbsplit.phases.expressions import with_expressions
from tcbsplit.pipeline import uptodate
from tcbsplit.pipeline.extraction import Extraction
from tcbsplit.pipeline.holding import alone
from tcbsplit.pipeline.machine_code import (
    built_of,
    findings_of,
    linked_members,
    linked_path,
    linkings_of,
    with_objects,
)
from tcbsplit.pipeline.names import check_beforehand, check_names
from tcbsplit.pipeline.original import drop_unfinished
from tcbsplit.pipeline.saved import directory_of, request_of
from tcbsplit.pipeline.verify_flags import agree, compare_units, judge
from tcbsplit.pipeline.workspace import Progress, Workspace, save_all


@alone
def analyze_anew(
    settings: Settings, space: Workspace, progress: Progress, how: Extraction, cache: Cache | None
) -> Analysis:
    """Make program, graph and classes from the compile database; save them.

    Raise ``BrokenContract`` if units are verified and a compiler reads one differently; the
    artifacts are saved before.
    """
    drop_unfinished(space)
    started = settled_moment()
    database = Database(settings.compdb or space.compdb, settings.source)
    linked = linked_path(settings, space)
    commands, left_out = _commands(settings, space, database)
    program, compared = _read(settings, space, commands, progress, how, cache)
    if program.collisions and linked is None:
        raise CompileDatabaseError(_several_images(program))
    built = built_of(settings, space, program, cache)
    program = msgspec.structs.replace(completed(program, built), left_out=left_out)
    directory = directory_of(settings, program)
    check_names(settings, program, directory, request_of(settings))
    roots = _roots(settings, directory)
    linkings = linkings_of(settings, space, program, built)
    graph = build_graph(
        program, settings.registries, settings.bridges, roots, built.codes, linkings
    )
    request = request_of(settings)
    graph = with_expressions(program, graph, directory, request)
    classes = classify(graph, directory, request)
    findings = findings_of(program, graph, classes, directory, request, built)
    checked = (compared.compared, compared.missing) if compared else ()
    analysis = analysis_of(program, graph, classes, findings, *checked)
    uptodate.forget(space)
    artifacts.mark(space.folder)
    bundle(program, space.degraded, how.trust)
    save_all(
        (space.program, program),
        (space.graph, graph),
        (space.classes, classes),
        (space.analysis, analysis),
        (space.machine, {findings.build: findings}),
    )
    if cache is not None and not any(d.abandoned for d in program.degraded):
        named = (str(database.path), *([str(linked)] if linked else []),
                 *toolchain.programs(commands, settings.source))  # fmt: skip
        inputs = (*named, *program.inputs, *built.looked, *(order.path for order in linkings))
        uptodate.remember(settings, space, cache.digests, inputs, started, agree(compared))
    if compared is not None:
        judge(compared)
    return analysis


def _read(
    settings: Settings,
    space: Workspace,
    commands: Sequence[CompileCommand],
    progress: Progress,
    how: Extraction,
    cache: Cache | None,
) -> tuple[Program, Fidelity | None]:
    """Read and link the units; what the program does not take of their facts is gone after it."""
    reading = read_units(
        commands,
        settings.source,
        cache=cache,
        executor=how.run(),
        trust=how.trust,
        progress=lambda done, total, note: progress("analyze", done, total, note),
    )
    compared = compare_units(reading, settings, space, progress, cache) if how.verify else None
    return link(settings.image, settings.source, reading.items, reading.shared), compared


def _commands(
    settings: Settings, space: Workspace, database: Database
) -> tuple[tuple[CompileCommand, ...], tuple[str, ...]]:
    """Return the commands of the image, and the sources of the database that it leaves out."""
    whole = database.commands(settings.exclude, others=True, outside=bool(settings.linked))
    commands = with_objects(settings, space, linked_members(settings, space, whole))
    database.refuse_outside(commands)
    check_beforehand(settings, database, commands)
    kept = {c.file for c in commands}
    return commands, tuple(dict.fromkeys(c.file for c in whole if c.file not in kept))


def _several_images(program: Program) -> str:
    return "\n".join(
        [
            f"{len(program.collisions)} names have several definitions, so these units are not all "
            "of one image:",
            *(f"  {line}" for line in told(program.collisions)),
            "Leave the other images' units out (exclude: [FILES OR OUTPUTS]), or name the linked "
            "image (linked: PATH).",
        ]
    )


def _roots(settings: Settings, directory: Directory) -> tuple[SymbolId, ...]:
    """Return all functions at which a phase begins (``classify`` reports unknown names)."""
    asked = request_of(settings)
    names = (*asked.boot, *asked.runtime, *asked.boot_only, *asked.launch, *asked.preprocess)
    return directory.resolve((*names, *asked.used), "roots")[0]
