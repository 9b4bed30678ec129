# SPDX-License-Identifier: MIT
"""Index the facts of a program by the function or variable that they come from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from tcbsplit.callgraph.tables import Tables
from tcbsplit.model.linking import Linking
from tcbsplit.model.place import OF_CALLS, Place, PlaceKind
from tcbsplit.model.program import Program, stands_for
from tcbsplit.model.unit import IndirectFact, PassedFact
from tcbsplit.model.vocabulary import EdgeKind, SymbolId

Pairs = list[tuple[Place, Place]]  # (source, target)

_FREE = frozenset({PlaceKind.UNKNOWN, PlaceKind.HARDWARE})  # belong to no function's frame


class Index:
    """Facts that take effect when a function or variable is reached; owner "": always."""

    def __init__(self, program: Program, linkings: Sequence[Linking] = ()) -> None:
        self.program = program
        self.tables = Tables(program, linkings)
        self.functions = program.functions
        self.objects = frozenset(program.objects)
        self.flows: dict[str, Pairs] = defaultdict(list)
        self.mentions: dict[str, dict[tuple[EdgeKind, SymbolId], None]] = defaultdict(dict)
        self.sites: dict[str, list[IndirectFact]] = defaultdict(list)
        self.passed: dict[str, list[PassedFact]] = defaultdict(list)
        self.aliases = stands_for(program.functions)
        for reference in program.references:
            self.mentions[reference.source][reference.kind, reference.target] = None
        for site in program.indirect:
            self.sites[site.caller].append(site)
        for passed in program.passed:
            self.passed[passed.caller].append(passed)
        places: dict[str, Place] = {}
        for flow in program.flows:
            # Most places are in many flows.
            source = places.get(flow.source) or self._learn(flow.source, places)
            target = places.get(flow.target) or self._learn(flow.target, places)
            if source.kind is PlaceKind.FUNCTION and source.owner not in self.functions:
                word = self._word(flow.owner, source)
                if word is None:
                    continue
                source = word
            if source.owner in self.tables.known:
                source = self.tables.seen(source, flow.owner)
            self.flows[flow.owner].append((source, target))
        self._tell_callers_apart()

    def _word(self, owner: str, value: Place) -> Place | None:
        """Return what a word of data holds that names no function.

        In assembly this may be a variable, or a number that the linker computes (None).
        """
        variables = self.program.variables
        if value.owner in variables:
            return Place.variable(value.owner)
        return None if owner in variables and variables[SymbolId(owner)].assembly else value

    def _tell_callers_apart(self) -> None:
        """Give each caller of a helper its own copy of the helper's flows.

        An exchange, a copy or an accessor that only passes its arguments on would mix what all of
        its callers store through it (one level of call-site sensitivity, for them alone).
        """
        helpers = {o: pairs for o, pairs in self.flows.items() if self._only_passes_on(o, pairs)}
        if not helpers:
            return
        for owner, pairs in self.flows.items():
            if not owner or owner in helpers:
                continue
            if any(_helper(s, helpers) or _helper(t, helpers) for s, t in pairs):
                self.flows[owner] = _with_copies(owner, pairs, helpers)

    def _only_passes_on(self, owner: str, pairs: Pairs) -> bool:
        return (
            owner in self.functions
            and owner not in self.sites
            and owner not in self.passed
            and owner not in self.mentions
            and all(p.kind in _FREE or p.inside(owner) for pair in pairs for p in pair)
        )

    def has_code(self, function: SymbolId) -> bool:
        """Return whether what the function does with pointers is known: its C source is there."""
        fact = self.functions.get(function)
        return fact is not None and not fact.assembly

    def called_elsewhere(self, function: SymbolId) -> bool:
        """Return whether another file mentions a function; true of an unknown one."""
        fact = self.functions.get(function)
        return fact is None or bool(self._files[function] - {fact.extent.file})

    @cached_property
    def _files(self) -> dict[SymbolId, set[str]]:
        """The files that mention each function or variable."""
        files: dict[SymbolId, set[str]] = defaultdict(set)
        for reference in self.program.references:
            files[reference.target].add(reference.file)
        return files

    def body(self, function: SymbolId) -> SymbolId:
        """Return the function itself, or the one that it is an alias of."""
        return self.aliases.get(function, function)

    def _learn(self, spelled: str, places: dict[str, Place]) -> Place:
        """Note what is spelled; parameters and results of an alias are those of its target."""
        place = Place.parse(spelled)
        if place.kind in OF_CALLS and place.owner in self.aliases:
            place = place.moved(self.aliases[place.owner])
        places[spelled] = place
        return place


def _with_copies(owner: str, pairs: Pairs, helpers: Mapping[str, Pairs]) -> Pairs:
    """Return the flows of ``owner`` through its own copies of helpers, and the copies' flows."""
    result: dict[tuple[Place, Place], None] = {}
    for source, target in pairs:
        helper = _helper(source, helpers) or _helper(target, helpers)
        if not helper:
            result[source, target] = None
            continue
        for pair in ((source, target), *helpers[helper]):
            a, b = (p.copy(owner) if p.inside(helper) else p for p in pair)
            result[a, b] = None
    return list(result)


def _helper(place: Place, helpers: Mapping[str, Pairs]) -> str:
    """Return the helper whose parameter or result a place is, or an empty string."""
    return place.owner if place.kind in OF_CALLS and place.owner in helpers else ""
