# SPDX-License-Identifier: MIT
"""Decides which variables cross: code that moved writes them, code that stays uses them."""

from __future__ import annotations

from collections import defaultdict

from tcbsplit.config.select import Symbols
from tcbsplit.config.settings import HandoffSettings
from tcbsplit.model.access import NO_USERS, Access, users_of_variables
from tcbsplit.model.base import Record
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.program import Program, stands_for
from tcbsplit.model.split import Sides
from tcbsplit.model.vocabulary import SymbolId


class Crossing(Record, frozen=True, kw_only=True):
    """A variable to hand over: who writes it in the guest, who uses it in the thin hypervisor."""

    variable: SymbolId
    writers: tuple[SymbolId, ...]
    readers: tuple[SymbolId, ...]


def crossings(
    program: Program,
    graph: ReferenceGraph,
    sides: Sides,
    settings: HandoffSettings,
    access: Access,
    variables: Symbols,
) -> list[Crossing]:
    """Return the variables to hand over, refined by what the settings include and exclude.

    A variable is handed over when what runs in the guest writes it, as ``access`` says, and code or
    data that stays uses it, as ``users_of_variables`` says; ``variables`` are all.
    """
    excluded = variables.all_ids(v.name for v in settings.exclude)
    included = variables.all_ids(v.name for v in settings.include)
    found = []
    names: dict[SymbolId, list[SymbolId]] = defaultdict(list)
    for alias, target in stands_for(program.variables).items():
        names[target].append(alias)
    users = users_of_variables(program, graph)
    for identity, variable in sorted(program.variables.items()):
        if variable.alias:
            continue
        symbols = (identity, *names.get(identity, ()))
        if not excluded.isdisjoint(symbols):
            continue
        used = users.get(identity, NO_USERS)
        writers = sorted(access.writers.get(identity, ()))
        readers = sorted(used.all & sides.thin - set(symbols))
        if (writers and readers and not variable.const) or not included.isdisjoint(symbols):
            found.append(
                Crossing(variable=identity, writers=tuple(writers), readers=tuple(readers))
            )
    return found
