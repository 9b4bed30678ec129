# SPDX-License-Identifier: MIT
"""Check a configuration: all mistakes at once, also those that only a split would find."""

from __future__ import annotations

from collections.abc import Callable

from tcbsplit import artifacts
from tcbsplit.callgraph import Pointing
from tcbsplit.config.least import no_split
from tcbsplit.config.precheck import void
from tcbsplit.config.settings import Settings
from tcbsplit.errors import TcbsplitError
from tcbsplit.frontend.cache import Cache, default_path
from tcbsplit.model.base import Record
from tcbsplit.model.vocabulary import Language
from tcbsplit.phases import classify
from tcbsplit.phases.request import resolve
from tcbsplit.pipeline import uptodate
from tcbsplit.pipeline.capture import database_of
from tcbsplit.pipeline.machine_code import linked_members
from tcbsplit.pipeline.names import check_names
from tcbsplit.pipeline.saved import Analysed, request_of
from tcbsplit.pipeline.split import plan
from tcbsplit.pipeline.workspace import Workspace
from tcbsplit.split.decide.placement import conflict_error


class Checked(Record, frozen=True, kw_only=True):
    """What is wrong with a configuration, and what could not be checked yet, with the reason."""

    mistakes: tuple[str, ...]
    unchecked: tuple[str, ...]


def check(settings: Settings, space: Workspace) -> Checked:
    """Check names against tree, compile database and saved analysis, and plan the split."""
    mistakes, unchecked = _against_database(settings, space)
    if not space.program.is_file():
        if _moves(settings) and settings.split is None:
            mistakes.append(no_split(settings))
        unchecked.append("names of functions and variables: tcbsplit analyze CONFIG comes first")
        return Checked(mistakes=tuple(mistakes), unchecked=tuple(unchecked))
    with Cache(default_path()) as cache:
        old = uptodate.stale(settings, space, cache.digests)
    if old:
        unchecked.append(f"what differs from the saved analysis: {old[0]}; analyze again")
    try:
        analysed = Analysed.of(settings, space)
    except TcbsplitError as error:
        unchecked.append(f"names of functions and variables: {error}")
    else:
        mistakes += _against_analysis(analysed)
    return Checked(mistakes=tuple(mistakes), unchecked=tuple(unchecked))


def _moves(settings: Settings) -> bool:
    return bool(settings.preprocess or settings.cuts)


def _against_database(settings: Settings, space: Workspace) -> tuple[list[str], list[str]]:
    """Return mistakes in names of files and flags, and what cannot be checked."""
    database = database_of(settings, space)
    if database is None:
        return [], ["names of files and flags: there is no compile database (--compdb FILE)"]
    try:
        whole = database.commands(settings.exclude, others=True)
        commands = linked_members(settings, space, whole)
        files = artifacts.all_files(settings.source)
    except TcbsplitError as error:
        return [str(error)], []
    return void(settings, database.files, commands, files), []


def _against_analysis(analysed: Analysed) -> list[str]:
    """Return the mistakes that need the program: names, cuts, conflicts, what cannot cross."""
    settings, program = analysed.settings, analysed.program
    request = request_of(settings)
    found: list[str] = []
    if not _holds(
        found, lambda: check_names(settings, program, analysed.directory, request)
    ) or not _holds(found, lambda: resolve(analysed.graph, analysed.directory, request)):
        return [*found, *([no_split(settings)] if _moves(settings) and not settings.split else [])]
    if not _moves(settings):
        return found
    classes = classify(analysed.graph, analysed.directory, request)
    if settings.split is None:
        found.append(no_split(settings, _kept(settings, analysed)))
        if classes.conflicts:
            found.append(str(conflict_error(classes.conflicts)))
    else:
        _holds(found, lambda: plan(analysed, classes, Pointing(program, analysed.graph)))
    return found


def _holds(found: list[str], look: Callable[[], object]) -> bool:
    """Add what ``look`` complains about to ``found``; return whether it does not."""
    try:
        look()
    except TcbsplitError as error:
        found.append(str(error))
        return False
    return True


def _kept(settings: Settings, analysed: Analysed) -> str:
    """Return a C file that stays and that the glue may join: the one that launches."""
    launch, _ = analysed.directory.resolve(settings.launch, "launch")
    return next(
        (
            u.command.file
            for i in launch
            for u in analysed.program.units
            if u.command.language is Language.C
            and u.command.file == analysed.program.functions[i].extent.file
        ),
        "FILE.c",
    )
