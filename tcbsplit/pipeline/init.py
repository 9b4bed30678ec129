# SPDX-License-Identifier: MIT
"""Write the first configuration of a hypervisor from its tree, compile database and image."""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

from msgspec.structs import replace

from tcbsplit import artifacts
from tcbsplit.config.load import load as load_settings
from tcbsplit.config.name import Name
from tcbsplit.config.select import glob
from tcbsplit.config.settings import Roots, Settings
from tcbsplit.discover.alike import together
from tcbsplit.discover.before import boot_only
from tcbsplit.discover.beginnings import beginnings
from tcbsplit.discover.entered import complete
from tcbsplit.discover.grouping import components
from tcbsplit.discover.keyed import keyed
from tcbsplit.discover.offers import offer, ranked
from tcbsplit.errors import BuildError, ConfigError, SourceError, some
from tcbsplit.frontend.cache import Cache
from tcbsplit.frontend.compiledb import Database
from tcbsplit.frontend.machine.find import linked_images, machine_of, object_of
from tcbsplit.frontend.machine.landmarks import read_landmarks
from tcbsplit.frontend.reading import read_program
from tcbsplit.frontend.starts import entries
from tcbsplit.model.analysis import Analysis
from tcbsplit.model.collision import told
from tcbsplit.model.draft import Beginnings, Believed, Draft, ImageOffer
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.landmarks import Landmarks
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.extraction import DIRECTLY, Extraction
from tcbsplit.pipeline.machine_code import linked_members, places_of, with_objects
from tcbsplit.pipeline.suggest import suggest
from tcbsplit.pipeline.workspace import Progress, Workspace, load, quiet
from tcbsplit.report.draft import draft_text

_CANDIDATES = 6
_SHOWN = 5
_PIECES = 2


def init(
    source: Path,
    compdb: Path,
    image: Path | None,
    target: Path,
    progress: Progress = quiet,
    how: Extraction = DIRECTLY,
) -> tuple[Draft, Analysis]:
    """Write the configuration ``target``; return what it says, and the analysis that it gives.

    ``image`` is the linked ELF; by default the likeliest one in the tree is taken. Raise
    ``ConfigError`` if ``target`` exists, and ``SourceError`` if no start of the program is found.
    """
    source, compdb, target = source.resolve(), compdb.resolve(), target.absolute()
    if target.exists():
        raise ConfigError(f"{target}: is there already; give another name with --output")
    database = Database(compdb, source)
    marks, offers = _images(source, image)
    settings = _first(source, compdb, target, offers, database)
    with tempfile.TemporaryDirectory(prefix="tcbsplit-init-") as folder:
        space = Workspace(Path(folder))
        built = Workspace(target.parent / "reports" / settings.name).original
        if built.is_dir():  # the analysis of the draft will look for objects there
            space.original.symlink_to(built)
        program, settings, foreign = _program(settings, space, database, progress, how)
        found = beginnings(marks, list(entries(source, artifacts.all_files(source))), program)
        if not found.boot:
            raise SourceError(
                f"{source}: no function is known to be the start; build the tree, and give the "
                "linked image with --image ELF"
            )
        draft = _draft(settings, database, program, offers, foreign)
        asked = found.questions
        for _ in range(2):  # what is entered shows more that is entered
            settings = _with(settings, found)
            analyze(settings, space, progress, how)
            program = load(space.program, Program)  # with what has no source
            graph = load(space.graph, ReferenceGraph)
            classes = load(space.classes, Classification)
            found = complete(replace(found, questions=asked), program, graph, classes)
        draft = replace(
            draft,
            beginnings=replace(
                found,
                boot=together(found.boot, program.functions),
                runtime=together(found.runtime, program.functions),
                boot_only=together(found.boot_only, program.functions),
            ),
            candidates=(*boot_only(program, classes)[:_CANDIDATES], *_suggested(settings, space)),
        )
    artifacts.write_atomically(target, draft_text(draft).encode())
    settings = load_settings(target)
    return draft, analyze(settings, Workspace(settings.artifacts), progress, how)


def _suggested(settings: Settings, space: Workspace) -> Iterator[Believed]:
    """Yield what the best pieces that could be moved are entered by."""
    for piece in suggest(settings, space)[:_PIECES]:
        lost = len(piece.lost_at_runtime)
        why = f"tcbsplit suggest: of {piece.name}, frees {piece.frees.lines} lines" + (
            f", {lost} calls at run time are lost" if lost else ""
        )
        yield from (Believed(value=entry, why=why) for entry in piece.entries)


def _images(source: Path, image: Path | None) -> tuple[Landmarks | None, tuple[ImageOffer, ...]]:
    """Return the landmarks of the chosen image, and all images, that one first."""
    found: dict[str, Landmarks] = {}
    offers = []
    for path in [image] if image else linked_images(source, artifacts.all_files(source)):
        try:
            marks = read_landmarks(path)
        except BuildError:
            if image:
                raise
            continue
        name = os.path.relpath(path.resolve(), source)
        name = str(path.resolve()) if name.startswith("..") else name
        found[name] = marks
        offers.append(offer(marks, name, path.stat().st_size))
    best = ranked(offers)
    return (found[best[0].path] if best else None), best


def _first(
    source: Path, compdb: Path, target: Path, offers: Sequence[ImageOffer], database: Database
) -> Settings:
    """Return settings without any root: enough to read the program."""
    linked = offers[0].path if offers else ""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", source.name).strip("-._") or "hypervisor"
    return Settings(
        version=1,
        name=name,
        source=source,
        image=Path(linked).name or name,
        linked=linked,
        exclude=tuple(Name(b.value) for b in _unusable(database)),
        roots=Roots(boot=(Name("-"),)),
        compdb=compdb,
        path=target,
    )


def _unusable(database: Database) -> Iterator[Believed]:
    """Yield what of a compile database cannot be read."""
    outside = [c.file for c in database.all() if c.file.startswith("..")]
    for top in dict.fromkeys(re.match(r"(\.\./)+[^/]*", f)[0] for f in outside):  # type: ignore[index]
        count = sum(f == top or f.startswith(f"{top}/") for f in outside)
        yield Believed(value=f"{top}*", why=f"{count} sources outside of the tree")
    gone = [c.file for c in database.all() if not (database.root / c.source).is_file()]
    for file in dict.fromkeys(f for f in gone if not f.startswith("..")):
        yield Believed(value=file, why="it is not there (the build generates it?)")


def _program(
    settings: Settings, space: Workspace, database: Database, progress: Progress, how: Extraction
) -> tuple[Program, Settings, tuple[Believed, ...]]:
    """Read the units of the image; return also the settings without what is foreign to it."""
    whole = database.commands(settings.exclude, others=True)
    commands = with_objects(settings, space, linked_members(settings, space, whole))
    foreign = tuple(_foreign(settings, space, commands))
    settings = replace(settings, exclude=(*settings.exclude, *(Name(b.value) for b in foreign)))
    commands = tuple(c for c in commands if not any(glob(b.value)(c.output) for b in foreign))
    with Cache(how.cache) if how.cache else nullcontext() as cache:
        program = read_program(
            commands,
            settings.source,
            settings.image,
            cache=cache,
            executor=how.run(),
            trust=how.trust,
            progress=lambda done, total, note: progress("read", done, total, note),
        )
    if program.collisions and not settings.linked:
        raise SourceError(
            "the units of the compile database are of several images:\n  "
            + "\n  ".join(told(program.collisions)[:_SHOWN])
            + "\nBuild the tree, and say which image is meant: --image ELF"
        )
    return program, settings, foreign


def _draft(
    settings: Settings,
    database: Database,
    program: Program,
    offers: Sequence[ImageOffer],
    foreign: Sequence[Believed],
) -> Draft:
    """Return the draft without its beginnings."""
    base = settings.path.parent
    lines: Counter[str] = Counter()
    for function in program.functions.values():
        lines[function.extent.file] += program.lines_of(function)
    units = len({u.command for u in program.units})
    questions = []
    if not settings.linked:
        questions.append(
            "There is no linked image in the tree: build it, then init again with --image ELF. "
            "Without one, what launches guests and what is entered is not known."
        )
    if program.degraded:
        bad = [d.unit for d in program.degraded]
        questions.append(f"{some(bad, _SHOWN)}: with parse errors; is the tree configured?")
    return Draft(
        name=settings.name,
        source=os.path.relpath(settings.source, base),
        compdb=os.path.relpath(settings.compdb or base, base),
        image=settings.image,
        linked=settings.linked,
        offers=tuple(offers),
        exclude=(*_unusable(database), *foreign),
        units=units,
        others=len(set(database.all())) - units,
        components=components(lines),
        keyed=keyed(program)[:_SHOWN],
        questions=tuple(questions),
    )


def _with(settings: Settings, found: Beginnings) -> Settings:
    def names(values: Sequence[Believed]) -> tuple[Name, ...]:
        return tuple(Name(b.value) for b in values)

    roots = Roots(
        boot=names(found.boot), runtime=names(found.runtime), boot_only=names(found.boot_only)
    )
    return replace(settings, roots=roots, launch=names(found.launch))


def _foreign(
    settings: Settings, space: Workspace, commands: Sequence[CompileCommand]
) -> Iterator[Believed]:
    """Yield outputs that are objects for another kind of machine than most of the image is."""
    kinds = {
        c.output: machine_of(found)
        for c in commands
        if c.output and (found := object_of(c, settings.source, places_of(settings, space)))
    }
    if not kinds:
        return
    usual = Counter(kinds.values()).most_common(1)[0][0]
    for output, kind in kinds.items():
        if kind != usual:
            value = f"*/{os.path.relpath(output, settings.source)}" if output[0] == "/" else output
            yield Believed(value=value, why="an object for another kind of machine than the rest")
