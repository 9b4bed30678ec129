# SPDX-License-Identifier: MIT
"""Check the names of a configuration: before any unit is read, and in the program."""

from __future__ import annotations

from collections.abc import Sequence

from tcbsplit import artifacts
from tcbsplit.callgraph import misnamed
from tcbsplit.config.precheck import void
from tcbsplit.config.select import is_glob
from tcbsplit.config.settings import Settings
from tcbsplit.frontend.compiledb import Database
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.phases import Directory, Request, order
from tcbsplit.phases.directory import complain
from tcbsplit.phases.request import look_up
from tcbsplit.split.decide import boundary


def check_beforehand(
    settings: Settings, database: Database, commands: Sequence[CompileCommand]
) -> None:
    """Raise ``UnknownNameError`` with every name that matches nothing in tree and database."""
    complain(void(settings, database.files, commands, artifacts.all_files(settings.source)))


def check_names(
    settings: Settings, program: Program, directory: Directory, request: Request
) -> None:
    """Raise ``UnknownNameError`` with every name that matches nothing in the program.

    Cuts without an edge are found later, with the graph.
    """
    complaints = look_up(directory, request)[1]
    complaints += misnamed(program, settings.registries, settings.bridges)
    complaints += directory.resolve(settings.pinned, "pinned")[1]
    complaints += boundary.misnamed(program, settings.handoff)
    complaints += order.misnamed(directory, settings.order)
    entries = settings.split.guest.entries if settings.split else ()
    complaints += directory.resolve(entries, "split.guest.entries")[1]
    complaints += [
        f"{e.where}: split.guest.entries: {e}: must be a name: entries run in their order"
        for e in entries
        if is_glob(e)
    ]
    complain(complaints)
