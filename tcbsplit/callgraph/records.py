# SPDX-License-Identifier: MIT
"""Keep records of different tables apart (see ``tcbsplit.callgraph.tables``).

A field is one place for all records of its type. A call of a field of a table's elements reaches
only what the initialisers of these elements store: records of one type that stand in different
sections, for boot and for run time, are not merged. The pointer that is called through must come
from linker symbols alone, through local variables and parameters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tcbsplit.callgraph.flow import Inclusion
from tcbsplit.callgraph.index import Index
from tcbsplit.callgraph.tables import Variables
from tcbsplit.model.place import Place, PlaceKind, Places
from tcbsplit.model.unit import IndirectFact
from tcbsplit.model.vocabulary import EdgeKind, SymbolId

_CALL = EdgeKind.CALL


class Records:
    """Fields of the elements of single tables."""

    def __init__(self, index: Index, places: Inclusion) -> None:
        self._index = index
        self._tables = index.tables
        self._places = places
        self._made: dict[tuple[Place, Variables], Place] = {}
        self._writers: dict[Place, list[tuple[Place, str]]] = {}
        if self._tables.symbols:
            found: dict[Place, list[tuple[Place, str]]] = defaultdict(list)
            for owner, pairs in index.flows.items():
                for source, target in pairs:
                    found[target].append((source, owner))
            self._writers = found
            self._called = _only_called(index)

    def of(self, fact: IndirectFact) -> Places:
        """Return the places that a call through a pointer reaches."""
        seen = tuple(self._tables.seen(Place.parse(p), fact.caller) for p in fact.places)
        if not fact.base or not self._tables.symbols:
            return seen
        elements = self._elements(self._tables.seen(Place.parse(fact.base), fact.caller))
        variables = self._index.program.variables
        if not elements or not all(variables[e].record for e in elements):
            return seen
        # What a registry accounts for is called by its dispatchers, whatever the table holds.
        return tuple(
            self._apart(p, elements)
            if p.kind is PlaceKind.FIELD and not self._places.gated(p)
            else p
            for p in seen
        )

    def _elements(self, base: Place) -> Variables:
        """Return the variables that a pointer may point to; none if it may be anything."""
        found: dict[SymbolId, None] = {}
        seen = {base}
        work = [base]
        while work:
            place = work.pop()
            if place.kind is PlaceKind.VARIABLE and (held := self._tables.behind(place)):
                found.update(dict.fromkeys(held))
                continue
            if place.kind is PlaceKind.PARAMETER and place.owner not in self._called:
                return ()
            if place.kind not in (PlaceKind.LOCAL, PlaceKind.PARAMETER):
                return ()
            sources = [s for s, _ in self._writers.get(place, ())]
            if not sources:
                return ()
            work += [s for s in sources if s not in seen]
            seen.update(sources)
        return tuple(found)

    def _apart(self, field: Place, elements: Variables) -> Place:
        """Return the place of a field of these elements alone, if nothing else stores there."""
        found = self._made.get((field, elements))
        if found is None:
            found = field
            if self._constant(field, elements):
                found = field.copy(f"{elements[0]} and {len(elements) - 1} more")
                for source in self._stored(field, elements):
                    self._places.connect(source, found)
            self._made[field, elements] = found
        return found

    def _stored(self, field: Place, elements: Variables) -> Iterator[Place]:
        held = frozenset(elements)
        yield from (s for s, owner in self._writers.get(field, ()) if owner in held)

    def _constant(self, field: Place, elements: Variables) -> bool:
        """Return whether no code stores in a field of the elements."""
        variables = self._index.program.variables
        if all(variables[e].const for e in elements):
            return True
        return not any(
            owner not in variables and source.kind is not PlaceKind.EXTERNAL
            for source, owner in self._writers.get(field, ())
        )


def _only_called(index: Index) -> frozenset[str]:
    """Return the functions that are called by name and otherwise not mentioned."""
    called: set[str] = set()
    mentioned: set[str] = set()
    for reference in index.program.references:
        (called if reference.kind is _CALL else mentioned).add(reference.target)
    return frozenset(called - mentioned)
