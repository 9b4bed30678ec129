# SPDX-License-Identifier: MIT
"""Check the order of boot: what is not in force yet while the preprocessing guest runs.

State is late when code that handlers of guest exits reach reads it, and code that only boot reaches
writes it after the place where the preprocessing guest runs (``phases.late``). So is what boot
writes then by name, no other code reads, and whose address is taken: the processor reads permission
maps and tables of descriptors. Uses through pointers count (``DataAccess``). What only functions
that also run beside the target write is kept up by them, and is listed apart, as are writes of
which the targets are not known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence, Set
from functools import cached_property

from tcbsplit.config.name import optional
from tcbsplit.config.select import is_glob, split_prefix
from tcbsplit.config.settings import Accepted, OrderSettings
from tcbsplit.errors import UnknownNameError
from tcbsplit.model.access import Access, DataAccess
from tcbsplit.model.graph import CONTROL, Edge, ReferenceGraph
from tcbsplit.model.order import BootOrder, LateState, WideWriter
from tcbsplit.model.place import Place
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import EdgeKind, SymbolId
from tcbsplit.phases.classify import passing
from tcbsplit.phases.directory import Directory, complain
from tcbsplit.phases.late import Late, Passes, beside_target, places_of
from tcbsplit.phases.registered import Registering, late_handlers
from tcbsplit.phases.request import Resolved

# A write through a pointer that may lead to more variables says nothing about any one of them.
_WIDE = 16

NO_PLACE = (
    "order: nothing at boot is known to start the preprocessing guest: no cut with policy handoff "
    'severs a call there; name what does: order: {starts: [{caller: …, callee: …, reason: "…"}]}'
)


def check_order(
    program: Program,
    graph: ReferenceGraph,
    request: Resolved,
    settings: OrderSettings,
    directory: Directory,
    data: DataAccess,
) -> BootOrder:
    """Return what boot sets up after the preprocessing guest ran, and handlers of exits read.

    It has no places if no call at boot is known to start that guest. Raise ``UnknownNameError`` for
    names that mean nothing, and for those that are accepted without need.
    """
    complain(misnamed(directory, settings))
    passes = passing(graph, request)
    places = places_of(graph, request, passes, _started(graph, directory, settings, request))
    if not places:
        return BootOrder(places=(), late=())
    search = _Search(program, graph, request, passes, places, data)
    names = {a.name: directory.symbols(a.name) for a in settings.accept}
    if names:
        _needed(search, settings.accept, names)
    return search.run(frozenset(i for ids in names.values() for i in ids))


def misnamed(directory: Directory, settings: OrderSettings) -> list[str]:
    """Return a complaint for every name of the settings that means nothing."""
    complaints = []
    for one in settings.accept:
        if is_glob(one.name) or split_prefix(one.name)[0]:
            complaints.append(f"{one.where}: order.accept: {one.name}: must be a name, no pattern")
        elif not optional(one) and not directory.symbols(one.name):
            unknown = directory.functions.unknown(one.name, "function or variable")
            complaints.append(f"{one.where}: order.accept: {unknown}")
    complaints += [
        f"{one.where}: order.starts: {directory.functions.unknown(name)}"
        for one in settings.starts
        if not optional(one)
        for name in (one.caller, one.callee)
        if not directory.functions.ids(name)
    ]
    return complaints


def _started(
    graph: ReferenceGraph, directory: Directory, settings: OrderSettings, request: Resolved
) -> Iterator[Edge]:
    """Yield the calls that the settings name; complain of names without a call."""
    for one in settings.starts:
        callers = frozenset(directory.functions.ids(one.caller)) - request.preprocess
        edges = [
            edge
            for callee in directory.functions.ids(one.callee)
            for edge in graph.incoming.get(callee, ())
            if edge.kind in CONTROL and edge.caller in callers
        ]
        if not edges and not optional(one):
            raise UnknownNameError(
                f"{one.where}: order.starts: {one.caller} does not call {one.callee}"
            )
        yield from edges


def _needed(
    search: _Search, accept: Sequence[Accepted], names: dict[str, frozenset[SymbolId]]
) -> None:
    """Raise ``UnknownNameError`` for what is accepted although nothing of it is late."""
    every = search.run(frozenset())
    used = {w.function for w in every.wide}
    for state in every.late:
        used.update((SymbolId(state.name), *state.writers))
    for handler in every.handlers:
        used.update((handler.function, *handler.takers))
    used |= search.every.above(used & search.graph.functions)
    complain(
        [
            f"{one.where}: order.accept: nothing late comes from {one.name}; take this out, or "
            "make it optional"
            for one in accept
            if not optional(one) and used.isdisjoint(names[one.name])
        ]
    )


class _Search:
    """A search, which runs with and without what is accepted."""

    def __init__(
        self,
        program: Program,
        graph: ReferenceGraph,
        request: Resolved,
        passes: Passes,
        places: tuple[Edge, ...],
        data: DataAccess,
    ) -> None:
        self.program = program
        self.graph = graph
        self.request = request
        self.passes = passes
        self.places = places
        self.data = data
        self.every = Late(graph, request, passes, places)
        self.handlers = beside_target(graph, request, passes)
        self.lasting = beside_target(graph, request, passes, surely=True)
        self.boot = Registering(self.every, self.every.own(self.handlers, self.lasting))
        self.read = data.access(self.handlers)
        self.named = _named(graph)
        self.fields = {f.owner: f for f in program.fields}

    def run(self, accepted: Set[SymbolId]) -> BootOrder:
        """Return the order of boot without what is ``accepted``."""
        late = self.every
        if accepted:
            late = Late(self.graph, self.request, self.passes, self.places, accepted)
        own = late.own(self.handlers, self.lasting)
        writes = self.data.access(late.functions, late.counts)
        named = self.named
        wide = {
            function: len(variables)
            for function, variables in writes.writes.items()
            if function in own and len(variables - named[function]) > _WIDE
        }
        found: list[LateState] = []
        maintained: list[SymbolId] = []
        for variable in self._variables(writes, accepted):
            everybody = writes.writers[variable]
            read = self.read.readers.get(variable)
            writers = [w for w in everybody if w in own and (w not in wide or variable in named[w])]
            if writers and (read or self._for_hardware(variable, writers)):
                found.append(self._variable(late, variable, writers))
            elif read and own.isdisjoint(everybody):
                maintained.append(variable)
        return BootOrder(
            places=self.places,
            late=(*found, *self._memory(late, writes, own, found)),
            handlers=tuple(
                h
                for h in late_handlers(self.graph, self.handlers, self.boot, Registering(late, own))
                if h.function not in accepted
            ),
            maintained=tuple(maintained),
            unknown=tuple(u for u in writes.unknown if u.function in own),
            wide=tuple(WideWriter(function=f, variables=n) for f, n in sorted(wide.items())),
        )

    def _variables(self, writes: Access, accepted: Set[SymbolId]) -> Iterator[SymbolId]:
        """Yield the variables that are written and not accepted."""
        for variable in sorted(writes.writers.keys() - accepted):
            fact = self.program.variables.get(variable)  # an alias may stand for what is not here
            if fact is not None and not fact.const:
                yield variable

    def _variable(self, late: Late, name: SymbolId, writers: Sequence[SymbolId]) -> LateState:
        fact = self.program.variables[name]
        readers = self.read.readers.get(name, [])
        written = {p for w in writers if w in self.fields for p in self.fields[w].writes}
        read = {p for r in readers if r in self.fields for p in self.fields[r].reads}
        fields = (Place.parse(p) for p in written & read)
        return LateState(
            name=name,
            fields=tuple(sorted(f.name for f in fields if f.owner == fact.record)),
            file=fact.extent.file,
            line=fact.extent.line,
            writers=tuple(sorted(writers)),
            readers=tuple(sorted(readers, key=lambda r: self._weight(r, name))),
            ways=late.ways(sorted(writers)),
        )

    @cached_property
    def _read_at_all(self) -> dict[SymbolId, list[SymbolId]]:
        return self.data.access(self.handlers | self.every.boot.keys()).readers

    def _for_hardware(self, variable: SymbolId, writers: Collection[SymbolId]) -> bool:
        """Return whether only hardware can read a variable, as far as is known."""
        uses = self.graph.incoming.get(variable, ())
        taken = any(e.kind is EdgeKind.ADDRESS for e in uses)
        named = any(e.kind is EdgeKind.WRITE and e.caller in writers for e in uses)
        return taken and named and {*self._read_at_all.get(variable, ())} <= {*writers}

    def _weight(self, reader: SymbolId, variable: SymbolId) -> tuple[bool, int, str]:
        """Return a key: who names the variable first, who may read very many last."""
        return variable not in self.named[reader], len(self.read.reads[reader]), reader

    def _memory(
        self, late: Late, writes: Access, own: Set[SymbolId], found: Sequence[LateState]
    ) -> Iterator[LateState]:
        """Yield records in memory that is no variable: fields written late, and read."""
        read: dict[str, list[SymbolId]] = defaultdict(list)
        for owner in sorted(self.handlers & self.fields.keys()):
            for field in self.fields[owner].reads:
                read[field].append(owner)
        told = {self.program.variables[SymbolId(f.name)].record for f in found}
        uses: dict[str, list[tuple[Place, SymbolId]]] = defaultdict(list)
        for owner in sorted({u.function for u in writes.unknown} & own & self.fields.keys()):
            for field in self.fields[owner].writes:
                place = Place.parse(field)
                if field in read and place.owner not in told:
                    uses[place.owner].append((place, owner))
        for record in sorted(uses):
            writers = sorted({owner for _, owner in uses[record]})
            readers = {r for place, _ in uses[record] for r in read[place.spelled]}
            yield LateState(
                name=record,
                fields=tuple(sorted({place.name for place, _ in uses[record]})),
                writers=tuple(writers),
                readers=tuple(sorted(readers)),
                ways=late.ways(writers),
            )


def _named(graph: ReferenceGraph) -> dict[SymbolId, set[SymbolId]]:
    """Return the variables that each function mentions by name."""
    found: dict[SymbolId, set[SymbolId]] = defaultdict(set)
    for edge in graph.edges:
        if edge.callee in graph.variables:
            found[edge.caller].add(edge.callee)
    return found
