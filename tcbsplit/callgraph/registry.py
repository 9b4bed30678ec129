# SPDX-License-Identifier: MIT
"""Registries: functions that are registered and called later, selected by a key.

Entries come from initialised records, from pointers in a linker section, or from calls of a
registering function; dispatches are the calls of the dispatcher. Each pair whose keys match is an
edge. Both grow while the program is explored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from tcbsplit.callgraph.flow import Inclusion
from tcbsplit.callgraph.registrations import (
    CALLS,
    Registration,
    argument,
    joint,
    key_of,
    others,
    registrations,
)
from tcbsplit.config.select import glob
from tcbsplit.config.settings import Registry
from tcbsplit.errors import near
from tcbsplit.model.body import Position
from tcbsplit.model.graph import Edge
from tcbsplit.model.place import Place, PlaceKind, Places
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import Confidence, EdgeKind, KeyMatch, SymbolId, bare_name


class Entry(NamedTuple):
    """A listed function; ``key`` is None where it is not constant: it matches any."""

    key: str | None
    function: SymbolId
    file: str
    line: int
    given: tuple[Places, ...] = ()  # what is passed on of the registration, for each of ``passes``


class Dispatch(NamedTuple):
    """A place that calls listed functions; ``key`` is None where it may be any."""

    caller: SymbolId
    key: str | None
    file: str
    line: int
    steps: tuple[int, ...] = ()


@dataclass
class Table:
    """One registry while its entries and dispatches are found."""

    settings: Registry
    entries: list[Entry] = field(default_factory=list)
    dispatches: list[Dispatch] = field(default_factory=list)
    waiting: dict[str, list[Dispatch]] = field(default_factory=lambda: defaultdict(list))
    registrations: dict[str, list[Registration]] = field(default_factory=lambda: defaultdict(list))

    @property
    def keyed(self) -> bool:
        return bool(self.settings.key) or "{key}" in self.settings.section

    def fits(self, entry: Entry, dispatch: Dispatch) -> bool:
        if entry.key is None or dispatch.key is None:
            return True
        if self.settings.match is KeyMatch.PREFIX:
            return entry.key.startswith(dispatch.key)
        return entry.key == dispatch.key


class Registries:
    """All registries of a program, except those that it lacks (``misnamed`` reports them)."""

    def __init__(
        self,
        program: Program,
        settings: Sequence[Registry],
        places: Inclusion,
        called: Callable[[Edge, Position, Registry, Sequence[Places]], None],
    ) -> None:
        """Call ``called`` with every edge that a registry makes, possibly more than once.

        The entry's function is called with what is ``given``; with anything if that is empty.
        """
        self._places = places
        self._called = called
        self._tables = [Table(s) for s in settings if not any(absent(program, s))]
        # Variables that hold entries, with the registry: looked at only by dispatchers.
        self.listed: dict[str, str] = {}
        self.dispatchers: dict[str, str] = {}  # whose calls of unknown values it makes
        for table in self._tables:
            self._prepare(program, table)

    def reached(self, caller: str) -> None:
        """A function is reached: its registrations and dispatches count from now on."""
        for table in self._tables:
            for dispatch in table.waiting.pop(caller, ()):
                self._dispatch(table, dispatch)
            for registration in table.registrations.pop(caller, ()):
                for place in registration.places:
                    self._register(table, registration, place)

    def taken(self, function: SymbolId) -> None:
        """The address of a function is taken: it may be called with anything."""
        for table in self._tables:
            settings = table.settings
            if function == settings.dispatch and table.keyed:
                self._dispatch(table, Dispatch(function, None, "", 0))
            if function == settings.register:
                anything = Registration(None, (), "", 0, joint(settings))
                self._register(table, anything, argument(settings))

    def _prepare(self, program: Program, table: Table) -> None:
        settings = table.settings
        if settings.record:
            field = Place.field(settings.record, settings.function)
            self._places.gate(field, Place.registry(settings.name))
            self.listed.update(
                (r.variable, settings.name) for r in program.records if r.record == settings.record
            )
            table.entries += _recorded(program, settings)
        elif settings.section:
            self.dispatchers[settings.dispatch] = settings.name
            for entry, variable in _section(program, settings):
                self.listed[variable] = settings.name
                table.entries.append(entry)
        else:
            self._places.gate(argument(settings), Place.registry(settings.name))
            if not table.keyed:
                self.dispatchers[settings.dispatch] = settings.name
            for caller, registration in registrations(program, settings):
                table.registrations[caller].append(registration)
        dispatched = _keyed_dispatches if table.keyed else _plain_dispatch
        for dispatch in dispatched(program, settings):
            table.waiting[dispatch.caller].append(dispatch)

    def _dispatch(self, table: Table, dispatch: Dispatch) -> None:
        table.dispatches.append(dispatch)
        for entry in table.entries:
            self._match(table, entry, dispatch)

    def _register(self, table: Table, registration: Registration, place: Place) -> None:
        def arrive(value: Place) -> None:
            if value.kind is not PlaceKind.FUNCTION:
                return
            entry = Entry(
                registration.key, value.owner, registration.file, registration.line,
                registration.given,
            )  # fmt: skip
            table.entries.append(entry)
            for dispatch in table.dispatches:
                self._match(table, entry, dispatch)

        self._places.watch(place, arrive, behind=True)

    def _match(self, table: Table, entry: Entry, dispatch: Dispatch) -> None:
        if not table.fits(entry, dispatch):
            return
        listed = f", entry at {entry.file}:{entry.line}" if entry.file else ""
        key = f' "{dispatch.key or "*"}"' if table.keyed else ""
        constant = entry.key is not None and dispatch.key is not None
        self._called(
            Edge(
                dispatch.caller,
                entry.function,
                EdgeKind.REGISTRY,
                Confidence.EXACT if constant else Confidence.RESOLVED,
                dispatch.file,
                dispatch.line,
                f"registry {table.settings.name}{key}{listed}",
            ),
            Position(dispatch.steps, registry=table.settings.name if table.keyed else ""),
            table.settings,
            entry.given,
        )


def absent(program: Program, settings: Registry) -> Iterator[str]:
    """Names that a registry as a whole depends on and the program lacks."""
    for name in filter(None, (settings.dispatch, settings.register)):
        if name not in program.functions:
            yield f"no function {name}{near(name, program.functions)}"
    records = {r.record for r in program.records}
    if settings.record and settings.record not in records:
        hint = near(settings.record, records)
        yield f"no initialised {settings.record} in the program{hint}"
    if settings.section and not any(_section(program, settings)):
        sections = {v.section for v in program.variables.values() if v.section}
        hint = near(settings.section, sections)
        yield f"no variable in a section {settings.section} holds a function{hint}"


def registered(program: Program, settings: Registry) -> Iterator[Entry]:
    """Everything that is listed by name; of a registration without one, the key."""
    if settings.record:
        yield from _recorded(program, settings)
    elif settings.section:
        yield from (entry for entry, _ in _section(program, settings))
    else:
        for _, r in registrations(program, settings):
            ids = [p.owner for p in r.places if p.kind is PlaceKind.FUNCTION]
            yield from (Entry(r.key, i, r.file, r.line) for i in ids or (SymbolId(""),))


def entries(program: Program, settings: Registry) -> Iterator[tuple[str, SymbolId]]:
    """(key, function) of everything that is listed by name."""
    for entry in registered(program, settings):
        if entry.function:
            yield entry.key or "", entry.function


def _recorded(program: Program, settings: Registry) -> Iterator[Entry]:
    for record in program.records:
        function = dict(record.functions).get(settings.function, "")
        if record.record == settings.record and function:
            key = dict(record.strings).get(settings.key)
            yield Entry(key, SymbolId(function), record.file, record.line)


def _section(program: Program, settings: Registry) -> Iterator[tuple[Entry, str]]:
    """Entries of a section, each with the variable that points to the function."""
    pattern = settings.section.replace("{key}", "*")
    before, _, after = settings.section.partition("{key}")
    variables = {
        i: v.section for i, v in program.variables.items() if v.section and glob(pattern)(v.section)
    }
    for r in program.references:
        if r.kind is EdgeKind.INIT and r.source in variables and r.target in program.functions:
            section = variables[r.source]
            key = section[len(before) : len(section) - len(after)] if after or before else None
            keyed = "{key}" in settings.section
            yield Entry(key if keyed else None, r.target, r.file, r.line), r.source


def _keyed_dispatches(program: Program, settings: Registry) -> Iterator[Dispatch]:
    known = set()
    for call in program.calls:
        key = dict(call.keys).get(settings.argument)
        if call.callee == settings.dispatch and key is not None:
            known.add(key_of(call))
            yield Dispatch(call.caller, key, call.file, call.line, (call.step,))
    for r in program.references:
        if r.target == settings.dispatch and r.kind in CALLS:
            steps = others(r, known)
            known_steps = tuple(filter(None, steps))
            told = settings.keys.get(r.source) or settings.keys.get(bare_name(r.source))
            for stated in (told or (None,)) if steps else ():
                yield Dispatch(r.source, stated, r.file, r.line, known_steps)


def _plain_dispatch(program: Program, settings: Registry) -> Iterator[Dispatch]:
    dispatcher = SymbolId(settings.dispatch)
    extent = program.functions[dispatcher].extent
    calls = (i.steps for i in program.indirect if i.caller == dispatcher)
    steps = tuple(chain.from_iterable(calls))
    yield Dispatch(dispatcher, None, extent.file, extent.line, steps)
