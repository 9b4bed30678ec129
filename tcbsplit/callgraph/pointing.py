# SPDX-License-Identifier: MIT
"""Which variables functions read and write through pointers (``model.data``).

A search goes backward from a pointer that is used to the variables whose address may arrive, or
forward from a variable to those who use it. It is flow-insensitive, and knows one level of callers:
what it follows out of a function goes back to the caller that it came from, and where only some
functions run, arguments come from calls in these. So a helper that everybody calls does not write
for one caller what another gave it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Set
from functools import cache

import msgspec

from tcbsplit.model.access import Access, UnknownUse
from tcbsplit.model.data import KNOWN, LOCAL, DataFacts, DataUse
from tcbsplit.model.graph import BY_VALUE, ReferenceGraph
from tcbsplit.model.program import Program, stands_for
from tcbsplit.model.vocabulary import EdgeKind, SymbolId

_State = tuple[str, str]  # (place, the caller that the search came from; "" for all)
_Found = tuple[frozenset[SymbolId], frozenset[str]]  # variables, and why others are not known
_decode = msgspec.msgpack.Decoder(DataFacts).decode
_MEMORY = frozenset({"malloc", "calloc", "realloc", "alloca", "strdup", "aligned_alloc"})


class Pointing:
    """The uses of data in a program."""

    def __init__(self, program: Program, graph: ReferenceGraph) -> None:
        self._functions = program.functions
        self._variables = program.variables
        self._graph = graph
        self._objects = stands_for(program.variables)
        self._bodies = stands_for(program.functions)
        self._into: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
        self._out: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
        self._arguments: dict[str, dict[str, None]] = defaultdict(dict)  # by owner
        self._constant: set[tuple[str, str, str]] = set()
        self._uses: dict[str, list[DataUse]] = defaultdict(list)
        for encoded in program.data:
            facts = _decode(encoded)
            for target, source, owner in map(msgspec.structs.astuple, facts.flows):
                self._flow(target, source, owner)
            for use in facts.uses:
                self._uses[use.owner].append(use)
        self._anywhere: dict[str, _Found] = {}

    def _flow(self, target: str, source: str, owner: str) -> None:
        place = self._same(target)
        source = self._same(source)
        self._into[place][source, owner] = None
        self._out[source][place, owner] = None
        if target[0] in "pk":
            self._arguments[owner][place] = None
            if target[0] == "k":
                self._constant.add((place, source, owner))

    def _same(self, place: str) -> str:
        """Return a place by one name: constness of a parameter, and aliases, do not count."""
        if place[:2] == "k:":
            place = "p" + place[1:]
        if place[:2] in ("p:", "r:") and self._bodies:
            owner, mark, name = place[2:].partition("#")
            owner = self._bodies.get(SymbolId(owner), owner)
            return f"{place[:2]}{owner}{mark}{name}"
        return place

    def access(self, running: Set[SymbolId]) -> Access:
        """Return what the functions ``running`` read and write, as long as only they run."""
        found = Access()
        for edge in self._graph.edges:
            if edge.caller in running and edge.callee in self._variables:
                variable = self._objects.get(edge.callee, edge.callee)
                asm = edge.kind is EdgeKind.ADDRESS and self._opaque(edge.caller, edge.rule)
                if edge.kind is EdgeKind.WRITE or asm:
                    found.writers[variable][edge.caller] = None
                if edge.kind is EdgeKind.READ or asm:
                    found.readers[variable][edge.caller] = None
        for function in sorted(running - KNOWN):
            for use in self._uses.get(function, ()):
                self._note(found, function, use, running)
            for use in self._given_away(function, running):
                self._note(found, function, use, running)
        return found

    def _opaque(self, caller: SymbolId, rule: str) -> bool:
        """Return whether assembly has the address: what it does with it is not known."""
        function = self._functions.get(caller)
        return "assembly" in rule or (function is not None and function.assembly)

    def _given_away(self, function: str, running: Set[SymbolId]) -> Iterator[DataUse]:
        """Yield the uses by what a function calls that does not run here, or has no C source."""
        fact = self._functions[SymbolId(function)]
        for place in self._arguments.get(function, ()):
            callee, _, position = place[2:].partition("#")
            known = self._functions.get(SymbolId(callee))
            if known is not None and not known.assembly and callee in running:
                continue
            for source, owner in self._into[place]:
                if owner != function:
                    continue
                kept = (place, source, owner) in self._constant
                kept = kept or (position == "*" and "print" in callee)
                for write in (False,) if kept else (False, True):
                    yield DataUse(function, source, write, fact.extent.file, fact.extent.line)

    def _note(self, found: Access, function: SymbolId, use: DataUse, running: Set[SymbolId]) -> None:
        variables, unknown = self.targets(self._same(use.place), running)
        users = found.writers if use.write else found.readers
        for variable in variables:
            users[variable][function] = None
        if use.write:
            for why in sorted(unknown):
                found.unknown[UnknownUse(function, use.file, use.line, why)] = None

    def targets(self, place: str, running: Set[SymbolId]) -> _Found:
        """Return the variables that a pointer in ``place`` may lead to, in ``running`` functions."""
        variables: set[SymbolId] = set()
        unknown: set[str] = set()
        empty = True
        seen: set[_State] = {(place, "")}
        work = list(seen)
        while work:
            at, caller = work.pop()
            if at[:2] in ("v:", "m:", "d:"):
                more, why = self._from_anywhere(at)
                variables |= more
                unknown |= why
                empty = empty and not more and not why
                continue
            if self._is_value(at, variables, unknown):
                empty = False
                continue
            for state in self._before(at, caller, running):
                if state not in seen:
                    seen.add(state)
                    work.append(state)
        if empty:
            unknown.add("nothing is known to be there")
        return frozenset(variables), frozenset(unknown)

    def _from_anywhere(self, place: str) -> _Found:
        """Return what arrives at a place that belongs to no function, whoever runs."""
        known = self._anywhere.get(place)
        if known is None:
            variables: set[SymbolId] = set()
            unknown: set[str] = set()
            seen: set[_State] = {(place, "")}
            work = list(seen)
            while work:
                at, caller = work.pop()
                if not self._is_value(at, variables, unknown):
                    new = set(self._before(at, caller, None)) - seen
                    seen |= new
                    work += new
            known = self._anywhere[place] = frozenset(variables), frozenset(unknown)
        return known

    def _is_value(self, at: str, variables: set[SymbolId], unknown: set[str]) -> bool:
        if at[0] == "o":
            identity = SymbolId(at[2:])
            if identity in self._variables:
                variables.add(self._objects.get(identity, identity))
            else:
                unknown.add(f"{identity}, which no unit defines")
        elif at[0] == "?":
            unknown.add(at[1:])
        elif at[:2] == "r:" and not self._has_code(at[2:]):
            unknown.add(f"memory of {at[2:]}" if at[2:] in _MEMORY else f"result of {at[2:]}")
        else:
            return at == LOCAL or at[0] == "#"
        return True

    def _has_code(self, function: str) -> bool:
        known = self._functions.get(SymbolId(function))
        return known is not None and not known.assembly

    def _before(self, at: str, caller: str, running: Set[SymbolId] | None) -> Iterator[_State]:
        """Yield where the value of a place may come from; ``running``: in these functions only."""
        if at[:2] == "c:":
            yield from self._results(at)
        for place in (at, *self._indirectly(at)):
            for source, owner in self._into.get(place, ()):
                if at[0] == "p":
                    if caller not in ("", owner):
                        continue
                    if running is not None and owner not in running:
                        continue
                    yield source, owner if source[:2] == "r:" else ""
                elif source[:2] == "r:":
                    yield source, owner
                else:
                    yield source, caller if _inside(source) == _inside(at) else ""

    def _indirectly(self, at: str) -> Iterator[str]:
        """Yield the arguments of calls through pointers that arrive at a parameter."""
        if at[:2] == "p:":
            function, _, position = at[2:].partition("#")
            for edge in self._graph.incoming.get(SymbolId(function), ()):
                if edge.kind in BY_VALUE:
                    yield f"c:{edge.line}:{edge.caller}#{position}"

    def _results(self, at: str) -> Iterator[_State]:
        """Yield the results of what a call through a pointer may call."""
        line, _, rest = at[2:].partition(":")
        owner, _, position = rest.rpartition("#")
        if position == "r":
            for edge in self._graph.outgoing.get(SymbolId(owner), ()):
                if edge.kind in BY_VALUE and str(edge.line) == line:
                    yield f"r:{edge.callee}", owner

    def constants(self, variable: SymbolId, owners: Collection[SymbolId]) -> set[str]:
        """Return the integers that ``owners`` set a variable to; "" is another value."""
        values = [
            (source[1:], owner)
            for source, owner in self._into.get(f"v:{variable}", ())
            if source[0] == "#" and owner in owners
        ]
        unseen = set(owners) - {owner for _, owner in values}
        return {value for value, _ in values} | ({""} if unseen else set())

    def writers(
        self, variables: Iterable[SymbolId], running: Set[SymbolId]
    ) -> dict[SymbolId, set[SymbolId]]:
        """Return who of ``running`` may write each of ``variables`` through a pointer."""
        by_place = self._writers_by_place
        found: dict[SymbolId, set[SymbolId]] = {}
        for variable in variables:
            users: set[SymbolId] = set()
            for place in self._reached(f"o:{variable}", running):
                users |= by_place.get(place, set())
            found[variable] = users & running
        return found

    @property
    def _writers_by_place(self) -> dict[str, set[SymbolId]]:
        found: dict[str, set[SymbolId]] = defaultdict(set)
        for function, uses in self._uses.items():
            for use in uses:
                if use.write:
                    found[self._same(use.place)].add(SymbolId(function))
        for function, places in self._arguments.items():
            for place in places:
                callee = place[2:].partition("#")[0]
                if not self._has_code(callee) and "print" not in callee:
                    for source, owner in self._into[place]:
                        if owner == function and (place, source, owner) not in self._constant:
                            found[source].add(SymbolId(function))
        return found

    def _reached(self, value: str, running: Set[SymbolId]) -> Set[str]:
        """Return the places that a value may arrive at, in ``running`` functions."""
        seen: set[_State] = {(value, "")}
        work = list(seen)
        while work:
            at, caller = work.pop()
            new = {
                s for s in self._after(at, caller, running) if s not in seen
            }
            seen |= new
            work += new
        return {place for place, _ in seen}

    def _after(self, at: str, caller: str, running: Set[SymbolId]) -> Iterator[_State]:
        function = _inside(at)
        for target, owner in self._out.get(at, ()):
            if owner not in running and owner in self._functions:
                continue
            if at[:2] == "r:" and caller not in ("", owner):
                continue
            if target[:2] == "p:":
                yield target, owner
            elif owner == function and _inside(target) == function:
                yield target, caller
            else:
                yield target, ""
        if at[:2] == "c:" and not at.endswith("#r"):
            line, _, rest = at[2:].partition(":")
            owner, _, position = rest.rpartition("#")
            for edge in self._graph.outgoing.get(SymbolId(owner), ()):
                if edge.kind in BY_VALUE and str(edge.line) == line:
                    yield f"p:{edge.callee}#{position}", owner
        if at[:2] == "r:":
            for edge in self._graph.incoming.get(SymbolId(at[2:]), ()):
                if edge.kind in BY_VALUE and caller in ("", edge.caller):
                    yield f"c:{edge.line}:{edge.caller}#r", ""


@cache
def _inside(place: str) -> str:
    """Return the function that a place belongs to, "" if it belongs to none."""
    kind = place[:2]
    if kind in ("p:", "r:"):
        return place[2:].partition("#")[0]
    if kind == "l:":
        return place[2:].rpartition(":")[0]
    if kind == "c:":
        return place[2:].partition(":")[2].rpartition("#")[0]
    return ""
