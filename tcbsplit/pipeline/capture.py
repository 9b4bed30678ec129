# SPDX-License-Identifier: MIT
"""Run a build under bear and write its compile database; never in the input tree."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from tcbsplit import artifacts, process
from tcbsplit.config.placeholders import fill_all
from tcbsplit.config.settings import Settings
from tcbsplit.errors import EnvironmentProblem
from tcbsplit.frontend import compiledb
from tcbsplit.frontend.compiledb import Database
from tcbsplit.frontend.leftovers import without_leftovers
from tcbsplit.model.program import Unit
from tcbsplit.model.vocabulary import BuildName, Stage
from tcbsplit.pipeline import original
from tcbsplit.pipeline.holding import alone
from tcbsplit.pipeline.stages import capture_inputs, remember
from tcbsplit.pipeline.workspace import Workspace

_CAPTURE_TIMEOUT = 4 * 3600.0  # seconds; a whole hypervisor under bear


def capture(
    command: Sequence[str], cwd: Path, database: Path, log: Path, tree: Path | None = None
) -> int:
    """Run a build under bear; write ``database``; return its number of commands.

    With ``tree``, ``cwd`` is a copy of that, and the database describes ``tree``.
    """
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
    compiledb.settle(temporary)
    if tree is not None:
        compiledb.relocate(temporary, cwd, tree)
    temporary.replace(database)
    return len(msgspec.json.decode(database.read_bytes()))


@alone
def capture_copy(settings: Settings, space: Workspace) -> int:
    """Capture the configured build of the original in a copy; the input tree is not changed."""
    recipe = settings.build[BuildName.ORIGINAL]
    files = tree_files(settings, database_of(settings, space))
    artifacts.mark(space.folder)
    places = {"jobs": str(os.cpu_count() or 1)}
    copy, log = space.original, space.folder / "capture.log"
    with original.copied(settings.source, files, space):
        if recipe.clean:
            clean = fill_all(recipe.clean, places)
            process.run(clean, cwd=copy, timeout=recipe.timeout, log=space.folder / "clean.log")
        command = fill_all(recipe.command, places)
        count = capture(command, copy, space.compdb, log, settings.source)
    remember(space, Stage.CAPTURE, capture_inputs(settings, space), space.compdb)
    return count


def database_of(settings: Settings, space: Workspace) -> Database | None:
    """Return the compile database, None if there is none."""
    path = settings.compdb or space.compdb
    return Database(path, settings.source) if path.is_file() else None


def tree_files(
    settings: Settings,
    database: Database | None,
    used: frozenset[str] = frozenset(),
    units: Iterable[Unit] = (),
) -> tuple[str, ...]:
    """Return the files of the input tree and the ``used`` ones.

    What a build in the tree has made of the sources in the ``database`` and in ``units`` is left
    out. Raises ``SourceError`` for other object files.
    """
    commands = {u.command for u in units}
    if database is not None:
        commands |= set(database.all())
    files = artifacts.source_files(settings.source, used)
    return without_leftovers(settings.source, files, commands)
