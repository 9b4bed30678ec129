# SPDX-License-Identifier: MIT
"""Run a build under bear and write its compile database; never in the input tree."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence, Set
from pathlib import Path

import msgspec

from tcbsplit import artifacts, elffile, process
from tcbsplit.config.placeholders import fill_all
from tcbsplit.config.settings import Settings
from tcbsplit.errors import EnvironmentProblem, SourceError
from tcbsplit.frontend import compiledb
from tcbsplit.frontend.compiledb import Database, outputs
from tcbsplit.model.program import Unit
from tcbsplit.model.vocabulary import BuildName
from tcbsplit.pipeline.workspace import Workspace

_CAPTURE_TIMEOUT = 4 * 3600.0  # seconds; a whole hypervisor under bear


def capture(command: Sequence[str], cwd: Path, database: Path, log: Path) -> int:
    """Run a build under bear; write ``database``; return its number of commands."""
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
    compiledb.expand(temporary)
    temporary.replace(database)
    return len(msgspec.json.decode(database.read_bytes()))


def capture_copy(settings: Settings, space: Workspace) -> int:
    """Capture the configured build of the original in a copy; the input tree is not changed."""
    recipe = settings.build[BuildName.ORIGINAL]
    files = tree_files(settings, space)
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


def tree_files(
    settings: Settings,
    space: Workspace,
    used: frozenset[str] = frozenset(),
    units: Iterable[Unit] = (),
) -> tuple[str, ...]:
    """Return the files of the input tree and the ``used`` ones.

    What a build in the tree has made of the sources in the compile database and in ``units`` is
    left out. Raises ``SourceError`` for other object files.
    """
    path = settings.compdb or space.compdb
    commands = {u.command for u in units}
    if path.is_file():
        commands |= set(Database(path, settings.source).all())
    built = outputs(commands, settings.source)
    names = {Path(c.source).stem for c in commands}
    files = artifacts.source_files(settings.source, used)
    return _without_objects(settings.source, tuple(f for f in files if f not in built), names)


def _without_objects(
    root: Path, files: tuple[str, ...], sources: Set[str] = frozenset()
) -> tuple[str, ...]:
    """Return ``files`` without the objects made of ``sources``: names without folder and suffix.

    A copy of the tree would be built from such leftovers instead of its sources. Raises
    ``SourceError`` when other relocatable objects are among them.
    """
    objects = [f for f in files if artifacts.relocatable(root / f)]
    others = [f for f in objects if not _made_of(root / f, sources)]
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        raise SourceError(
            f"{root / others[0]}{more}: object files lie in the source tree; "
            "clean it (make clean), have git ignore them, or capture a build that names them"
        )
    left_out = frozenset(objects)
    return tuple(f for f in files if f not in left_out)


def _made_of(path: Path, sources: Set[str]) -> bool:
    """Whether most of an object, which may be linked of several, was compiled from ``sources``.

    For assembly the linker notes the name of the object (``entry.o``), for what a compiler has
    linked at once that of a temporary file.
    """
    with elffile.opened(path) as elf:
        symbols = [s for s in elffile.symbols(elf) if s.type == elffile.FILE]
    named = {Path(s.name).stem for s in symbols if s.name}
    return 2 * len(named & sources) > len(named)
