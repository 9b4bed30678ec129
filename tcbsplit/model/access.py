# SPDX-License-Identifier: MIT
"""The readers and writers of each variable: by mentions, or of what runs through pointers as well.

Mentions decide for ``suggest``, ``explain`` and the code that stays (``users_of_variables``):

- A read of the value, or of a part, reads. So does passing the address as pointer to const.
- An assignment to the variable, or to a part, writes. ``x++`` and ``x += y`` read and write.
- Taking the address reads and writes: what is done through the pointer counts as done by that code.
- A variable whose initialiser holds the address reads and writes, for those who use it.
- A use of an alias is a use of the variable.
- A field that is used through a pointer may belong to any variable of that record type that is an
  array or whose address is taken. These users are named only where ``through_pointers`` asks for
  them: the pointer came from somebody who took the address, and that one is named already.

What runs in the guest, and what is set before it runs, is followed through pointers
(``DataAccess``): an address that is taken is no use yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from functools import cached_property
from typing import NamedTuple, Protocol

from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.place import Place
from tcbsplit.model.program import Program, stands_for
from tcbsplit.model.vocabulary import EdgeKind, SymbolId

_READS = (EdgeKind.READ, EdgeKind.ADDRESS, EdgeKind.INIT)
_WRITES = (EdgeKind.WRITE, EdgeKind.ADDRESS, EdgeKind.INIT)


class Users(NamedTuple):
    """The functions and variables that use one variable, in the order of the graph's edges."""

    readers: dict[SymbolId, None]
    writers: dict[SymbolId, None]

    @property
    def all(self) -> set[SymbolId]:
        """Readers and writers. Who writes a part needs the rest, so a handoff serves them all."""
        return {*self.readers, *self.writers}


NO_USERS = Users({}, {})


class UnknownUse(NamedTuple):
    """A write through a pointer of which not all targets are known."""

    function: SymbolId
    file: str
    line: int
    why: str


# Whether a use counts, of its function, file and line.
Counts = Callable[[str, str, int], bool]


class DataAccess(Protocol):
    """What is known of the uses of data in a program, through pointers as well."""

    def access(self, running: Set[SymbolId], counts: Counts | None = None) -> Access:
        """Return what the functions ``running`` read and write, as long as only they run.

        With ``counts``, uses elsewhere and what they give to other functions with code do not.
        """

    def writers(
        self, variables: Iterable[SymbolId], running: Set[SymbolId]
    ) -> dict[SymbolId, set[SymbolId]]:
        """Return who of ``running`` may write each of ``variables`` through a pointer."""

    def constants(self, variable: SymbolId, owners: Collection[SymbolId]) -> set[str]:
        """Return the integers that ``owners`` set a variable to; "" is another value."""


class Access:
    """The variables that some functions read and write themselves, through pointers as well."""

    def __init__(self) -> None:
        self.reads: dict[SymbolId, set[SymbolId]] = defaultdict(set)  # by function
        self.writes: dict[SymbolId, set[SymbolId]] = defaultdict(set)
        self.unknown: dict[UnknownUse, None] = {}

    @cached_property
    def readers(self) -> dict[SymbolId, list[SymbolId]]:
        """Return the functions that read each variable, once all is known."""
        return _by_variable(self.reads)

    @cached_property
    def writers(self) -> dict[SymbolId, list[SymbolId]]:
        """Return the functions that write each variable, once all is known."""
        return _by_variable(self.writes)


def _by_variable(used: Mapping[SymbolId, set[SymbolId]]) -> dict[SymbolId, list[SymbolId]]:
    found: dict[SymbolId, list[SymbolId]] = defaultdict(list)
    for function in sorted(used):
        for variable in used[function]:
            found[variable].append(function)
    return dict(found)


def users_of_variables(
    program: Program, graph: ReferenceGraph, *, through_pointers: bool = False
) -> dict[SymbolId, Users]:
    """Return the users of every variable that has any; aliases count as what they stand for."""
    objects = stands_for(program.variables)
    found: dict[SymbolId, Users] = defaultdict(lambda: Users({}, {}))
    for edge in graph.edges:
        variable = objects.get(edge.callee, edge.callee)
        # The definition of an alias is no use of its variable.
        if variable in graph.variables and objects.get(edge.caller) != variable:
            users = found[variable]
            if edge.kind in _READS:
                users.readers[edge.caller] = None
            if edge.kind in _WRITES:
                users.writers[edge.caller] = None
    if through_pointers:
        records = _behind_pointers(program, graph)
        for use in program.fields:
            for field in use.reads:
                for variable in records.get(Place.parse(field).owner, ()):
                    found[variable].readers[use.owner] = None
            for field in use.writes:
                for variable in records.get(Place.parse(field).owner, ()):
                    found[variable].writers[use.owner] = None
    return dict(found)


def _behind_pointers(program: Program, graph: ReferenceGraph) -> dict[str, list[SymbolId]]:
    """Return the variables that a pointer to a record may point to, by record type."""
    taken = {e.callee for e in graph.edges if e.kind in (EdgeKind.ADDRESS, EdgeKind.INIT)}
    found: dict[str, list[SymbolId]] = defaultdict(list)
    for identity, variable in program.variables.items():
        pointed = identity in taken or "[" in variable.type
        if variable.record and pointed and not variable.alias:
            found[variable.record].append(identity)
    return found
