# SPDX-License-Identifier: MIT
"""Compare machine code with an analysis: during the analysis, after a build, or for any image."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from tcbsplit.callgraph.tables import linker_symbols
from tcbsplit.config.placeholders import fill
from tcbsplit.config.settings import Settings
from tcbsplit.errors import BuildError
from tcbsplit.frontend import scripts
from tcbsplit.frontend.cache import Cache
from tcbsplit.frontend.machine.binaries import read_linked, read_machine
from tcbsplit.frontend.machine.find import object_of
from tcbsplit.frontend.machine.placed import linking_of
from tcbsplit.frontend.membership import members
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.linking import Linking
from tcbsplit.model.machine import Built, Findings
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import BuildName, Language
from tcbsplit.phases import Directory, Request
from tcbsplit.phases.classify import running
from tcbsplit.phases.contradictions import examine, unexamined
from tcbsplit.phases.request import resolve
from tcbsplit.pipeline.workspace import Workspace, load, save, saved


def linked_path(settings: Settings, space: Workspace) -> Path | None:
    """Return the configured linked ELF or link map."""
    if not settings.linked:
        return None
    return settings.source / fill(settings.linked, {"original": str(space.original)})


def places_of(settings: Settings, space: Workspace) -> tuple[Path, Path]:
    """Return the trees in which the captured build may have run, the likelier first."""
    if settings.compdb is None:
        return space.original, settings.source  # the database was captured in the copy
    return settings.source, space.original


def linked_members(
    settings: Settings, space: Workspace, commands: Sequence[CompileCommand]
) -> tuple[CompileCommand, ...]:
    """Return the commands whose units are in the ``linked`` image; all if it is not set."""
    linked = linked_path(settings, space)
    if linked is None:
        return tuple(commands)
    places = places_of(settings, space)
    return members(linked, commands, lambda c: object_of(c, settings.source, places))


def with_objects(
    settings: Settings, space: Workspace, commands: Sequence[CompileCommand]
) -> tuple[CompileCommand, ...]:
    """Set the object of each unit in another language: it is read instead of the source."""
    places = places_of(settings, space)
    return tuple(
        msgspec.structs.replace(c, output=str(found))
        if c.language is Language.OTHER and (found := object_of(c, settings.source, places))
        else c
        for c in commands
    )


def built_of(settings: Settings, space: Workspace, program: Program, cache: Cache | None) -> Built:
    """Return objects and linked image of the original, as far as they exist."""
    places = places_of(settings, space)
    recipe = settings.build.get(BuildName.ORIGINAL)
    names = dict.fromkeys(
        n for n in (recipe.image if recipe else "", settings.image, f"{settings.image}.elf") if n
    )
    linked = linked_path(settings, space)
    images = [*([linked] if linked else []), *(p / n for p in places for n in names)]
    return read_machine(program, places, images, jobs=os.cpu_count() or 1, cache=cache)


def linkings_of(
    settings: Settings, space: Workspace, program: Program, built: Built
) -> tuple[Linking, ...]:
    """Return the order of sections and linker symbols: of the image, else of linker scripts."""
    wanted = linker_symbols(program)
    if built.image:
        return (linking_of(Path(built.image), program, wanted),)
    return scripts.find(places_of(settings, space), wanted) if wanted else ()


def findings_of(
    program: Program,
    graph: ReferenceGraph,
    classes: Classification,
    directory: Directory,
    request: Request,
    built: Built,
    build: str = "original",
) -> Findings:
    """Compare machine code with an analysis."""
    if not built.codes:
        return unexamined(program, classes, built, build)
    resolved = resolve(graph, directory, request)
    found = examine(
        program,
        graph,
        classes,
        built,
        build,
        runs=running(graph, resolved),
        edited=build != "original",
        replaced=resolved.provided if build == "guest" else (),
        boot_only=resolved.boot_only,
    )
    return msgspec.structs.replace(
        found, unread=next((c.unread for c in built.codes if c.unread), "")
    )


def machine_code(space: Workspace) -> dict[str, Findings]:
    """Return the saved findings by build."""
    return load(space.machine, dict[str, Findings]) if saved(space.machine) else {}


def keep(space: Workspace, found: Mapping[str, Findings]) -> None:
    """Save findings beside those of other builds."""
    save(space.machine, {**machine_code(space), **found})


def hold(
    space: Workspace, directory: Directory, request: Request, images: Mapping[str, Path]
) -> dict[str, Findings]:
    """Compare linked images, by build name, with the saved analysis; save the findings."""
    program = load(space.program, Program)
    graph = load(space.graph, ReferenceGraph)
    classes = load(space.classes, Classification)
    found = {}
    for build, path in images.items():
        code = read_linked(program, path)
        if not code.edges:
            why = code.unread or "no machine code with symbols"
            raise BuildError(f"{path}: {why}: nothing was compared")
        built = Built(codes=(code,), image=str(path))
        found[build] = findings_of(program, graph, classes, directory, request, built, build)
    keep(space, found)
    return found
