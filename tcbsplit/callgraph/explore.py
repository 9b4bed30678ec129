"""From the roots through a program: what is reached, with pointers resolved on the way.

What a function or initialiser says counts once it is reached (Rapid Type Analysis carried over to
C): an address is taken only by code that can run. Reaching a function opens its calls, flows and
mentions; a value that arrives at a call reaches further functions; until nothing changes.

Unknown values enter where the source ends: results of, and addresses given to, functions without C
source; parameters of roots and of functions called from assembly; what the extraction marked
(casts of integers, unions, overlaid storage). They are resolved by type among the functions whose
address is taken, and their edges are ``assumed``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from tcbsplit.callgraph.entrances import gathered, unasked
from tcbsplit.callgraph.flow import Inclusion
from tcbsplit.callgraph.index import Index
from tcbsplit.callgraph.places import Placed
from tcbsplit.callgraph.registry import Registries
from tcbsplit.callgraph.sites import Site
from tcbsplit.callgraph.types import fits
from tcbsplit.config.settings import Bridge, Registry
from tcbsplit.model.body import Place
from tcbsplit.model.graph import Edge, Entrance
from tcbsplit.model.unit import IndirectFact, PassedFact

EXTERNAL, ASSEMBLY, ENTRY = "?external code", "?assembly", "?parameter of a root"
# Their result is new memory, which holds no function.
_FRESH = frozenset({"malloc", "calloc", "realloc", "alloca", "strdup", "aligned_alloc"})
_VARIADIC = "#*"


class Exploration:
    """The reachable part of a program and its indirect calls, solved."""

    def __init__(
        self, index: Index, registries: Sequence[Registry], bridges: Sequence[Bridge]
    ) -> None:
        self.index = index
        self.functions = index.program.functions
        self.variables = index.program.variables
        self.places = Inclusion(self._created)
        self.sites: list[Site] = []
        self.edges = Placed()  # of registries, and of code passed out of the program
        self.reached: set[str] = set()
        self._opened: set[str] = set()
        self._queue: list[str] = []
        self._taken: dict[str, list[str]] = defaultdict(list)  # by type
        self._taken_ids: set[str] = set()
        self._unknown: dict[str, list[Site]] = defaultdict(list)  # by type of the call
        self._bridges: dict[str, list[str]] = defaultdict(list)
        for bridge in bridges:
            self._bridges[bridge.caller].append(bridge.callee)
        self.registries = Registries(index.program, registries, self.places, self._listed)
        self._ends: dict[int, str] = {}  # places of what hardware is handed
        self._hidden: set[int] = set()  # what is printed, or passed to code behind an asm statement
        self._doubted: set[str] = set()
        self._entered: set[str] = set()  # by hardware
        self.unasked = unasked(index.program)
        self.gathered = gathered(index.program) - self.registries.listed

    def run(self, roots: Iterable[str] | None) -> None:
        """Explore from ``roots`` (ids of functions), or, with None, everything."""
        self._open("")
        if roots is None:
            self._queue += [*self.functions, *self.variables]
        for root in roots or ():
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
            if self._doubted and not self._queue:
                self._enter()

    def learn(self, edge: Edge) -> None:
        """Take in an edge that no source shows; ``settle`` afterwards."""
        owner, callee = edge.caller, edge.callee
        opened = owner in self._opened
        if edge.kind == "init":
            self.index.flows[owner].append((f"f:{callee}", f"v:{owner}"))
            self.index.mentions[owner]["init", callee] = None
            if opened:
                self.places.connect(f"f:{callee}", f"v:{owner}")
                self._take(callee)
        elif edge.kind == "call":
            self.index.mentions[owner]["call", callee] = None
            if opened:
                self._reach(callee, ASSEMBLY)  # nobody knows what it is given
        else:
            self.index.mentions[owner]["asm", callee] = None
            if opened:
                self._mention(owner, "asm", callee, ASSEMBLY)

    def _created(self, name: str, place: int) -> None:
        """Unknown values come out of places that belong to code without C source."""
        if name[1] != ":":
            return
        kind = name[0]
        if kind == "h":
            if self.index.called_elsewhere(name.rpartition("|")[2].partition("@")[0]):
                self._ends[place] = name
                self.places.watch(name, self._handed)
        elif name.endswith(_VARIADIC) or f"{_VARIADIC}@" in name:
            self._hidden.add(place)
        if kind in "av" and name[2:] in self.functions:
            # A label among code that C declares as data.
            self.places.seed(place, name[2:])
        if kind in "prx":
            function = name[2:].partition("#")[0]
            known_data = self.variables.get(function)
            if kind == "x" and known_data is not None:
                if known_data.assembly:
                    self.places.add(place, (ASSEMBLY,))
                return
            if not self.index.has_code(function) and function not in _FRESH:
                known = function in self.functions
                self.places.add(place, (ASSEMBLY if known else EXTERNAL,))
        elif kind == "v" and name[2:] not in self.variables:
            self.places.add(place, (EXTERNAL,))

    def _handed(self, value: str) -> None:
        """A function may have been cut up or handed to hardware, if by a way that counts."""
        if self.index.body(value) in self.functions:
            self._doubted.add(value)

    def _enter(self) -> None:
        """Let hardware enter the functions that were handed to it."""
        for value in sorted(self._doubted):
            if self.places.nearest(value, self._ends, self._hidden):
                self._doubted.discard(value)
                self._entered.add(value)
                self._reach(value, ENTRY)
                self._take(value)

    def hardware(self) -> Iterator[Entrance]:
        """The functions that hardware calls, each with the nearest place that shows it."""
        for value in sorted(self._entered):
            function = self.index.body(value)
            found = []
            for place in sorted(self.places.nearest(value, self._ends, self._hidden)):
                file, line, owner, how, _ = self._ends[place][2:].split("|")
                found.append(Entrance(function, ("runtime",), owner, file, int(line), how))
            yield min(found, key=lambda e: (e.file, e.line))

    def _reach(self, function: str, unknown: str = "") -> None:
        """A function is called; with ``unknown``, nobody knows with which arguments."""
        function = self.index.body(function)
        if unknown and function in self.functions:
            for i in range(len(self.functions[function].parameters)):
                self.places.connect(unknown, f"p:{function}#{i}")
        if function not in self._opened:
            self._queue.append(function)

    def _open(self, owner: str) -> None:
        if owner in self._opened:
            return
        self._opened.add(owner)
        assembly = ""
        if owner in self.functions:
            self.reached.add(owner)
            assembly = ASSEMBLY if self.functions[owner].assembly else ""
        for source, target in self.index.flows.get(owner, ()):
            self.places.connect(source, target)
        for kind, target in self.index.mentions.get(owner, ()):
            self._mention(owner, kind, target, ASSEMBLY if kind == "asm" else assembly)
        for fact in self.index.sites.get(owner, ()):
            self._site(fact)
        for passed in self.index.passed.get(owner, ()):
            if not self.index.has_code(passed.callee):
                self._pass(passed.nodes, owner, passed.callee, passed)
        for callee in self._bridges.get(owner, ()):
            self._reach(callee, ASSEMBLY)
        self.registries.reached(owner)

    def _mention(self, owner: str, kind: str, target: str, unknown: str) -> None:
        if target in self.variables:
            if target not in self._opened:
                self._queue.append(target)
            if unknown:
                self.places.connect(unknown, f"v:{target}")
                if owner in self.functions:
                    self._pass((f"v:{target}",), owner, "assembly")
        elif kind in ("call", "asm"):
            self._reach(target, unknown)
            # An instruction may take an address as well as call it.
            if unknown:
                self._take(target)
        elif target in self.functions:
            self._take(target)

    def _take(self, function: str) -> None:
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

        def arrive(value: str) -> None:
            if value[0] == "@":
                site.gates.add(value[1:])
            elif value[0] != "?":
                if value not in site.resolved:
                    site.resolved.add(value)
                    self._bind(fact, value)
            elif fact.caller in self.registries.dispatchers:
                site.gates.add(self.registries.dispatchers[fact.caller])
            else:
                self._doubt(site, value[1:])

        for node in fact.nodes:
            if node[0] == "?":
                arrive(node)
            elif node.startswith("f:"):
                arrive(node[2:])
            else:
                self.places.watch(node, arrive)

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

    def _assume(self, site: Site, function: str) -> None:
        if function not in site.assumed and function not in site.resolved:
            site.assumed.add(function)
            self._bind(site.fact, function)

    def _bind(self, fact: IndirectFact, function: str) -> None:
        """A call reaches a function: its arguments and result are those of the call."""
        function = self.index.body(function)
        known = self.functions.get(function)
        fixed = len(known.parameters) if known is not None and "..." in known.type else 1 << 16
        code = self.index.has_code(function)
        for position, nodes in enumerate(fact.arguments):
            mark = f"#{position}" if position < fixed else _VARIADIC
            parameter = f"p:{function}{mark}"
            for node in nodes:
                plain = node.removeprefix("&")
                self.places.connect(plain, parameter)
                if plain != node:
                    self.places.connect(parameter, plain)
            if not code and nodes:
                plain_nodes = tuple(n.removeprefix("&") for n in nodes)
                self._pass(plain_nodes, fact.caller, function, fact)
        self.places.connect(f"r:{function}", fact.result)
        self._reach(function)

    def _pass(
        self,
        nodes: Iterable[str],
        caller: str,
        callee: str,
        at: PassedFact | IndirectFact | None = None,
    ) -> None:
        """Code that is handed to what has no C source may be called from there."""
        file, line = (at.file, at.line) if at is not None else ("", 0)
        place = Place(at.steps if at is not None else (), later=True)

        def arrive(value: str) -> None:
            if value in self.functions:
                rule = f"passed to {callee}, which has no C source here"
                edge = Edge(caller, value, "indirect", "assumed", file, line, rule)
                self.edges.add(edge, place)
                self._reach(value, EXTERNAL)

        for node in nodes:
            if node.startswith("f:"):
                arrive(node[2:])
            elif node[0] != "?":
                self.places.watch(node, arrive)

    def _listed(self, edge: Edge, place: Place, registry: Registry) -> None:
        """A registry's dispatcher calls one of its entries."""
        if edge.callee not in self.functions:
            return
        self.edges.add(edge, place)
        for position, argument in enumerate(registry.passes):
            self.places.connect(f"p:{registry.register}#{argument}", f"p:{edge.callee}#{position}")
        self._reach(edge.callee, "" if registry.passes else f"?registry {registry.name}")
