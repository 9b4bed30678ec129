# SPDX-License-Identifier: MIT
"""The flows of ``model.data`` as steps of a search: where values come from, and where they go.

The places of a function are told apart by the caller that a search came from (one level): what is
followed out of a function goes back to that caller.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Set
from functools import cache

import msgspec

from tcbsplit.model.data import DataFacts, DataFlow, DataUse
from tcbsplit.model.graph import BY_VALUE, ReferenceGraph
from tcbsplit.model.program import Program, stands_for
from tcbsplit.model.vocabulary import SymbolId

State = tuple[str, str]  # (place, the caller that the search came from; "" for all)
_decode = msgspec.msgpack.Decoder(DataFacts).decode


class Addresses:
    """The places of a program that hold addresses of data."""

    def __init__(self, program: Program, graph: ReferenceGraph) -> None:
        self.functions = program.functions
        self.variables = program.variables
        self.graph = graph
        self.objects = stands_for(program.variables)
        self.bodies = stands_for(program.functions)
        self._known: dict[str, str] = {}
        self.into: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.out: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.arguments: dict[str, dict[str, None]] = defaultdict(dict)  # by owner
        self.constant: set[tuple[str, str, str]] = set()
        self.uses: dict[str, list[DataUse]] = defaultdict(list)
        for encoded in program.data:
            facts = _decode(encoded)
            for flow in facts.flows:
                self._flow(flow)
            for use in facts.uses:
                self.uses[use.owner].append(use)

    def _flow(self, flow: DataFlow) -> None:
        owner, kind = flow.owner, flow.target[0]
        place = self._known.get(flow.target) or self.same(flow.target)
        source = self._known.get(flow.source) or self.same(flow.source)
        self.into[place].append((source, owner))
        self.out[source].append((place, owner))
        if kind == "p" or kind == "k":
            self.arguments[owner][place] = None
            if kind == "k":
                self.constant.add((place, source, owner))

    def same(self, place: str) -> str:
        """Return a place by one name: constness of a parameter, and aliases, do not count."""
        found = self._known[place] = self._same(place)
        return found

    def _same(self, place: str) -> str:
        if place[:2] == "k:":
            place = "p" + place[1:]
        if place[:2] in ("v:", "o:") and self.objects:
            identity = SymbolId(place[2:])
            return place[:2] + self.objects.get(identity, identity)
        if place[:2] in ("p:", "r:") and self.bodies:
            owner, mark, name = place[2:].partition("#")
            owner = self.bodies.get(SymbolId(owner), owner)
            return f"{place[:2]}{owner}{mark}{name}"
        return place

    def has_code(self, function: str) -> bool:
        known = self.functions.get(SymbolId(function))
        return known is not None and not known.assembly

    def before(self, at: str, caller: str, running: Set[SymbolId] | None) -> Iterator[State]:
        """Yield where the value of a place may come from; ``running``: in these functions only."""
        if at[:2] == "c:":
            yield from self._results(at)
        for place in (at, *self._indirectly(at)):
            for source, owner in self.into.get(place, ()):
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
            for edge in self.graph.incoming.get(SymbolId(function), ()):
                if edge.kind in BY_VALUE:
                    yield f"c:{edge.line}:{edge.caller}#{position}"

    def _results(self, at: str) -> Iterator[State]:
        """Yield the results of what a call through a pointer may call."""
        line, _, rest = at[2:].partition(":")
        owner, _, position = rest.rpartition("#")
        if position == "r":
            for edge in self.graph.outgoing.get(SymbolId(owner), ()):
                if edge.kind in BY_VALUE and str(edge.line) == line:
                    yield f"r:{edge.callee}", owner

    def after(self, at: str, caller: str, running: Set[SymbolId]) -> Iterator[State]:
        function = _inside(at)
        for target, owner in self.out.get(at, ()):
            if owner not in running and owner in self.functions:
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
            for edge in self.graph.outgoing.get(SymbolId(owner), ()):
                if edge.kind in BY_VALUE and str(edge.line) == line:
                    yield f"p:{edge.callee}#{position}", owner
        if at[:2] == "r:":
            for edge in self.graph.incoming.get(SymbolId(at[2:]), ()):
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
