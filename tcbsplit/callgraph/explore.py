# SPDX-License-Identifier: MIT
"""Explore a program from its roots: find reached code, and resolve pointers on the way.

Facts of a function or initialiser count once it is reached (Rapid Type Analysis applied to C): an
address is taken only by code that can run. Reaching a function adds its calls, flows and mentions;
a value that arrives at a call reaches further functions; until a fixed point.

Unknown values enter where the source ends: results of, and addresses given to, functions without C
source; parameters of roots and of functions called from assembly; what the extraction marked
(casts of integers, unions, overlaid storage). They are resolved by type among the functions whose
address is taken, and their edges are ``assumed``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from tcbsplit.callgraph.entrances import gathered, unasked
from tcbsplit.callgraph.fitting import fits
from tcbsplit.callgraph.flow import Inclusion
from tcbsplit.callgraph.hardware import HardwareEntries
from tcbsplit.callgraph.index import Index
from tcbsplit.callgraph.positions import Placed
from tcbsplit.callgraph.records import Records
from tcbsplit.callgraph.registry import Registries
from tcbsplit.callgraph.sites import Site
from tcbsplit.config.settings import Bridge, Registry
from tcbsplit.model.body import Position
from tcbsplit.model.graph import Edge
from tcbsplit.model.place import VARIADIC, Place, PlaceKind, Places
from tcbsplit.model.unit import IndirectFact, PassedFact
from tcbsplit.model.vocabulary import Confidence, EdgeKind, SymbolId

EXTERNAL = Place.unknown("external code")
ASSEMBLY = Place.unknown("assembly")
ENTRY = Place.unknown("parameter of a root")
# Their result is new memory, which holds no function.
_FRESH = frozenset({"malloc", "calloc", "realloc", "alloca", "strdup", "aligned_alloc"})
# Looking up a member of an enum costs more than a comparison: once for all.
_CALL, _ASM, _NAMED = EdgeKind.CALL, EdgeKind.ASM, EdgeKind.NAMED
_FUNCTION, _VARIABLE, _EXTERNAL = PlaceKind.FUNCTION, PlaceKind.VARIABLE, PlaceKind.EXTERNAL
_REGISTRY = PlaceKind.REGISTRY
_LABELS = frozenset({PlaceKind.LABEL, _VARIABLE})
_WITH_CODE = frozenset({PlaceKind.PARAMETER, PlaceKind.RESULT, _EXTERNAL})


class Exploration:
    """The reachable part of a program and its indirect calls, solved."""

    def __init__(
        self, index: Index, registries: Sequence[Registry], bridges: Sequence[Bridge]
    ) -> None:
        self.index = index
        self.functions = index.functions
        self.tables = index.tables
        self.variables = index.program.variables
        self.places = Inclusion(self._created)
        self.records = Records(index, self.places)
        self.hardware = HardwareEntries(index, self.places)
        self.roots: tuple[SymbolId, ...] = ()
        self.sites: list[Site] = []
        self.edges = Placed()  # of registries, and of code passed out of the program
        self.reached: set[SymbolId] = set()
        self._opened: set[str] = set()
        self._queue: list[SymbolId] = []
        self._taken: dict[str, list[SymbolId]] = defaultdict(list)  # by type
        self._taken_ids: set[SymbolId] = set()
        self._unknown: dict[str, list[Site]] = defaultdict(list)  # by type of the call
        self._bridges: dict[str, list[SymbolId]] = defaultdict(list)
        for bridge in bridges:
            self._bridges[bridge.caller].append(SymbolId(bridge.callee))
        self.registries = Registries(index.program, registries, self.places, self._listed)
        self.unasked = unasked(index.program)
        self.gathered = gathered(index.program) - self.registries.listed.keys()

    def run(self, roots: Iterable[SymbolId] | None) -> None:
        """Explore from ``roots`` (ids of functions), or, with None, everything."""
        self.roots = tuple(roots or ())
        self._open(SymbolId(""))
        if roots is None:
            self._queue += [*self.functions, *self.variables]
        for root in self.roots:
            self._reach(root, ENTRY)
        for entrance in self.unasked:
            self._reach(entrance.function, ENTRY)
        self._queue += self.gathered
        self.settle()

    def settle(self) -> None:
        """Go on until nothing changes."""
        while self._queue:
            while self._queue:
                self._open(self._queue.pop())
            self.places.solve()
            if not self._queue:
                for function in self.hardware.new():
                    self._reach(function, ENTRY)
                    self._take(function)

    def learn(self, edge: Edge) -> None:
        """Take in an edge that no source shows; ``settle`` afterwards."""
        owner, callee = edge.caller, edge.callee
        opened = owner in self._opened
        kind = edge.kind if edge.kind in (EdgeKind.INIT, _CALL) else _ASM
        self.index.mentions[owner][kind, callee] = None
        if kind is EdgeKind.INIT:
            flow = (Place.function(callee), Place.variable(owner))
            self.index.flows[owner].append(flow)
            if opened:
                self.places.connect(*flow)
                self._take(callee)
        elif opened and kind is _CALL:
            self._reach(callee, ASSEMBLY)  # its arguments are unknown
        elif opened:
            self._mention(owner, kind, callee, ASSEMBLY)

    def _created(self, place: Place, number: int) -> None:
        """Unknown values come out of places that belong to code without C source."""
        self.hardware.created(place, number)
        kind, owner = place.kind, place.owner
        if kind in _LABELS and owner in self.functions and owner not in self.index.objects:
            # A label among code that C declares as data.
            self.places.seed(number, Place.function(owner))
        if kind in _WITH_CODE:
            variable = self.variables.get(owner)
            if kind is _EXTERNAL and variable is not None:
                if variable.assembly:
                    self.places.add(number, (ASSEMBLY,))
            elif (
                not self.index.has_code(owner)
                and owner not in _FRESH
                and not (kind is _EXTERNAL and owner in self.tables.settled)
                and owner not in self.tables.dropped
            ):
                unknown = ASSEMBLY if owner in self.functions else EXTERNAL
                self.places.add(number, (unknown,))
        elif kind is _VARIABLE and owner not in self.variables:
            if self.tables.views(place):
                for value in self.tables.values(place, self.registries.listed):
                    self.places.connect(value, place)
            elif owner not in self.tables.settled and owner not in self.tables.dropped:
                self.places.add(number, (EXTERNAL,))

    def _reach(self, function: SymbolId, unknown: Place | None = None) -> None:
        """A function is called; its arguments are ``unknown``, if that is given."""
        function = self.index.body(function)
        if unknown and function in self.functions:
            for i in range(len(self.functions[function].parameters)):
                self.places.connect(unknown, Place.parameter(function, i))
        if function not in self._opened:
            self._queue.append(function)

    def _open(self, owner: SymbolId) -> None:
        if owner in self._opened:
            return
        self._opened.add(owner)
        assembly: Place | None = None
        if owner in self.functions:
            self.reached.add(owner)
            assembly = ASSEMBLY if self.functions[owner].assembly else None
        for flow in self.index.flows.get(owner, ()):
            self.places.connect(*flow)
        for kind, target in self.index.mentions.get(owner, ()):
            if kind is _NAMED:
                continue
            self._mention(owner, kind, target, ASSEMBLY if kind is _ASM else assembly)
        for fact in self.index.sites.get(owner, ()):
            self._site(fact)
        for passed in self.index.passed.get(owner, ()):
            if not self.index.has_code(passed.callee) and passed.callee not in self.tables.dropped:
                self._pass(map(Place.parse, passed.places), owner, passed.callee, passed)
        for callee in self._bridges.get(owner, ()):
            self._reach(callee, ASSEMBLY)
        self.registries.reached(owner)

    def _mention(
        self, owner: SymbolId, kind: EdgeKind, target: SymbolId, unknown: Place | None
    ) -> None:
        if target in self.variables:
            if target not in self._opened:
                self._queue.append(target)
            if unknown:
                variable = Place.variable(target)
                self.places.connect(unknown, variable)
                if owner in self.functions:
                    self._pass((variable,), owner, "assembly")
        elif kind is _CALL or kind is _ASM:
            self._reach(target, unknown)
            # An instruction may take an address as well as call it.
            if unknown:
                self._take(target)
        elif target in self.functions:
            self._take(target)
        elif elements := self.tables.of(target, owner):
            unlisted = [e for e in elements if e not in self.registries.listed]
            self.gathered |= set(unlisted)
            self._queue += unlisted

    def _take(self, function: SymbolId) -> None:
        """The address of a function is taken: it fits unknown values of its type."""
        if function in self._taken_ids or function not in self.functions:
            return
        self._taken_ids.add(function)
        type_ = self.functions[function].type
        self._taken[type_].append(function)
        for call, sites in list(self._unknown.items()):
            if fits(type_, call):
                for site in tuple(sites):
                    self._assume(site, function)
        self.registries.taken(function)

    def _site(self, fact: IndirectFact) -> None:
        site = Site(fact)
        self.sites.append(site)

        def arrive(value: Place) -> None:
            if value.kind is _REGISTRY:
                site.gates.add(value.name)
            elif value.kind is _FUNCTION:
                if value.owner not in site.resolved:
                    site.resolved.add(value.owner)
                    self._bind(fact, value.owner)
            elif fact.caller in self.registries.dispatchers:
                site.gates.add(self.registries.dispatchers[fact.caller])
            else:
                self._doubt(site, value.name)

        for place in self.records.of(fact):
            self.places.watch(place, arrive)

    def _doubt(self, site: Site, reason: str) -> None:
        """An unknown value may arrive at a call."""
        first = not site.unknown
        site.unknown.add(reason)
        if first and site.fact.type:
            self._unknown[site.fact.type].append(site)
            for type_, functions in list(self._taken.items()):
                if fits(type_, site.fact.type):
                    for function in tuple(functions):
                        self._assume(site, function)

    def _assume(self, site: Site, function: SymbolId) -> None:
        if function not in site.assumed and function not in site.resolved:
            site.assumed.add(function)
            self._bind(site.fact, function)

    def _bind(self, fact: IndirectFact, function: SymbolId) -> None:
        """A call reaches a function: its arguments and result are those of the call."""
        function = self.index.body(function)
        known = self.functions.get(function)
        fixed = len(known.parameters) if known is not None and "..." in known.type else 1 << 16
        code = self.index.has_code(function)
        for position, spelled in enumerate(fact.arguments):
            parameter = Place.parameter(function, position if position < fixed else VARIADIC)
            given = [Place.parse(place) for place in spelled]
            self._give(given, parameter)
            if not code:
                self._pass((p.plain for p in given), fact.caller, function, fact)
        self.places.connect(Place.result(function), Place.parse(fact.result))
        self._reach(function)

    def _give(self, given: Iterable[Place], parameter: Place) -> None:
        for place in given:
            self.places.connect(place.plain, parameter)
            if place.plain is not place:
                self.places.connect(parameter, place.plain)

    def _pass(
        self, given: Iterable[Place], caller: SymbolId, callee: str,
        at: PassedFact | IndirectFact | None = None,
    ) -> None:  # fmt: skip
        """Code that is handed to what has no C source may be called from there."""
        file, line = (at.file, at.line) if at is not None else ("", 0)
        position = Position(at.steps if at is not None else (), later=True)

        def arrive(value: Place) -> None:
            if value.kind is _FUNCTION and value.owner in self.functions:
                rule = f"passed to {callee}, which has no C source here"
                edge = Edge(
                    caller, value.owner, EdgeKind.INDIRECT, Confidence.ASSUMED, file, line, rule
                )
                self.edges.add(edge, position)
                self._reach(value.owner, EXTERNAL)

        for place in given:
            self.places.watch(place, arrive)

    def _listed(
        self, edge: Edge, position: Position, registry: Registry, given: Sequence[Places]
    ) -> None:
        """A registry's dispatcher calls one of its entries."""
        if edge.callee not in self.functions:
            return
        self.edges.add(edge, position)
        for i, places in enumerate(given):
            self._give(places, Place.parameter(edge.callee, i))
        self._reach(edge.callee, None if given else Place.unknown(f"registry {registry.name}"))
