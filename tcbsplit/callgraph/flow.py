# SPDX-License-Identifier: MIT
"""Inclusion constraints between places: values of a place are values of its successors.

This is the propagation of Andersen's points-to analysis, flow-insensitive, over abstract places
(see ``tcbsplit.model.place``): one for every record field, variable, parameter and return value. A
value is a place as well: a function, an unknown value, or the targets of a registry. This module is
independent of programs: its users define the meaning of places and of arriving values.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable

from tcbsplit.model.place import VALUES, Place, PlaceKind

Watcher = Callable[[Place], None]
_UNKNOWN, _FUNCTION = PlaceKind.UNKNOWN, PlaceKind.FUNCTION


class Inclusion:
    """A growing set of constraints, solved as it grows: values are pushed along new ones."""

    def __init__(self, created: Callable[[Place, int], None]) -> None:
        """Call ``created`` with every place and its number on first mention."""
        self._numbers: dict[Place, int] = {}
        self._values: list[set[Place]] = []
        self._successors: list[set[int]] = []
        self._watchers: dict[int, list[Watcher]] = {}
        self._gates: dict[int, Place] = {}
        self._pending: dict[int, set[Place]] = {}
        self._seeds: dict[Place, list[int]] = {}  # function -> places into which it was put
        self._created = created

    def number(self, place: Place) -> int:
        """Return the number of a place."""
        number = self._numbers.get(place)
        if number is None:
            number = self._numbers[place] = len(self._values)
            self._values.append(set())
            self._successors.append(set())
            self._created(place, number)
        return number

    def gate(self, place: Place, value: Place) -> None:
        """Let only ``value`` pass on from a place, whatever it holds; before any constraint."""
        self._gates[self.number(place)] = value

    def gated(self, place: Place) -> bool:
        """Return whether only one value passes on from a place."""
        return self._numbers.get(place) in self._gates

    def add(self, place: int, values: Iterable[Place]) -> None:
        """Put values into a place, which is given by its number, as below."""
        new = set(values) - self._values[place]
        if new:
            self._values[place] |= new
            waiting = self._pending.get(place)
            if waiting is None:
                self._pending[place] = new
            else:
                waiting |= new

    def seed(self, place: int, value: Place) -> None:
        """Put a function into a place."""
        self._seeds.setdefault(value, []).append(place)
        self.add(place, (value,))

    def connect(self, source: Place, target: Place) -> None:
        """Let ``target`` hold what ``source`` holds, or is, if it is a value."""
        place = self.number(target)
        if source.kind is _UNKNOWN or source.kind is PlaceKind.REGISTRY:
            self.add(place, (source,))
            return
        if source.kind is _FUNCTION:
            self.seed(place, source)
            return
        origin = self.number(source)
        if place in self._successors[origin] or place == origin:
            return
        self._successors[origin].add(place)
        gate = self._gates.get(origin)
        if gate is not None:
            self.add(place, (gate,))
        elif self._values[origin]:
            self.add(place, self._values[origin])

    def watch(self, watched: Place, watcher: Watcher, *, behind: bool = False) -> None:
        """Call ``watcher`` once with each value that the place is, holds or will hold.

        At a gate that is the gate's value, unless the watcher looks ``behind`` it.
        """
        if watched.kind in VALUES:
            watcher(watched)
            return
        place = self.number(watched)
        if place in self._gates and not behind:
            watcher(self._gates[place])
            return
        self._watchers.setdefault(place, []).append(watcher)
        # Values that are still pending will be told when they are pushed.
        for value in tuple(self._values[place] - self._pending.get(place, set())):
            watcher(value)

    def nearest(self, value: Place, ends: Container[int], avoid: Container[int]) -> list[int]:
        """Return those of ``ends`` that a function comes to first, not through ``avoid``."""
        seen = set(self._seeds.get(value, ()))
        level = seen
        while level:
            found = [p for p in level if p in ends]
            if found:
                return found
            further = {
                s
                for p in level
                if p not in avoid and p not in self._gates
                for s in self._successors[p]
            }
            level = further - seen
            seen = seen | further
        return []

    def solve(self) -> None:
        """Push values until nothing changes; watchers may add constraints meanwhile."""
        pending, successors = self._pending, self._successors
        while pending:
            place, new = pending.popitem()
            if place not in self._gates:
                for successor in successors[place]:
                    self.add(successor, new)
            # A watcher may be added by another: the new one sees what is there by itself.
            for watcher in tuple(self._watchers.get(place, ())):
                for value in new:
                    watcher(value)
