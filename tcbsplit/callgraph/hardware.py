# SPDX-License-Identifier: MIT
"""Functions that hardware enters: their address is split, or passed to the processor.

The extraction marks where that happens (``PlaceKind.HARDWARE``). A function counts if it flows to
such a place without passing printed values, or values passed to code behind an asm statement.
"""

from __future__ import annotations

from collections.abc import Iterator

from tcbsplit.callgraph.flow import Inclusion
from tcbsplit.callgraph.index import Index
from tcbsplit.model.graph import Entrance
from tcbsplit.model.place import Escape, Place, PlaceKind
from tcbsplit.model.vocabulary import Phase, SymbolId

_HARDWARE, _FUNCTION = PlaceKind.HARDWARE, PlaceKind.FUNCTION


class HardwareEntries:
    """The functions that come to hardware while values flow."""

    def __init__(self, index: Index, places: Inclusion) -> None:
        self._index = index
        self._places = places
        self._ends: dict[int, Escape] = {}
        self._merged: set[int] = set()  # values that pass here are not told apart
        self._candidates: set[SymbolId] = set()
        self._entered: set[SymbolId] = set()

    def created(self, place: Place, number: int) -> None:
        """Learn of a place when it is first mentioned."""
        if place.kind is _HARDWARE:
            escape = place.escape
            if self._index.called_elsewhere(escape.unless):
                self._ends[number] = escape
                self._places.watch(place, self._arrive)
        elif place.merged:
            self._merged.add(number)

    def _arrive(self, value: Place) -> None:
        if value.kind is _FUNCTION and self._index.body(value.owner) in self._index.functions:
            self._candidates.add(value.owner)

    def new(self) -> list[SymbolId]:
        """Return the functions that hardware may enter and that were not returned before."""
        found = [f for f in sorted(self._candidates) if self._nearest(f)]
        self._candidates.difference_update(found)
        self._entered.update(found)
        return found

    def _nearest(self, function: SymbolId) -> list[int]:
        return self._places.nearest(Place.function(function), self._ends, self._merged)

    def entrances(self) -> Iterator[Entrance]:
        """Yield the functions that hardware enters, each with the nearest place that shows it."""
        for function in sorted(self._entered):
            body = self._index.body(function)
            ends = [self._ends[n] for n in sorted(self._nearest(function))]
            end = min(ends, key=lambda e: (e.file, e.line))
            yield Entrance(body, (Phase.RUNTIME,), end.owner, end.file, end.line, end.how)
