"""Inclusion constraints between places: what one place holds, its successors hold as well.

This is the propagation of Andersen's points-to analysis, flow-insensitive, over abstract places
(see ``tcbsplit.model.unit``): one for every record field, variable, parameter and return value. A
value is the id of a function, ``?REASON`` for an unknown one, or ``@NAME`` for whatever the
registry NAME dispatches. It knows nothing of programs: what a place is, and what arriving means,
is its users' business.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable

Watcher = Callable[[str], None]


class Inclusion:
    """A growing set of constraints, solved as it grows: values are pushed along new ones."""

    def __init__(self, created: Callable[[str, int], None]) -> None:
        """``created`` is told the name and number of every place when it is first mentioned."""
        self._numbers: dict[str, int] = {}
        self._values: list[set[str]] = []
        self._successors: list[set[int]] = []
        self._watchers: dict[int, list[Watcher]] = {}
        self._gates: dict[int, str] = {}
        self._pending: dict[int, set[str]] = {}
        self._seeds: dict[str, list[int]] = {}  # value -> places into which it was put
        self._created = created

    def number(self, name: str) -> int:
        """The number of a place."""
        found = self._numbers.get(name)
        if found is None:
            found = self._numbers[name] = len(self._values)
            self._values.append(set())
            self._successors.append(set())
            self._created(name, found)
        return found

    def values(self, name: str) -> frozenset[str]:
        """What the place holds so far."""
        found = self._numbers.get(name)
        return frozenset() if found is None else frozenset(self._values[found])

    def gate(self, name: str, value: str) -> None:
        """Let only ``value`` pass on from a place, whatever it holds; before any constraint."""
        self._gates[self.number(name)] = value

    def add(self, place: int, values: Iterable[str]) -> None:
        """Put values into a place."""
        new = set(values) - self._values[place]
        if new:
            self._values[place] |= new
            waiting = self._pending.get(place)
            if waiting is None:
                self._pending[place] = new
            else:
                waiting |= new

    def seed(self, place: int, value: str) -> None:
        """Put a function into a place."""
        self._seeds.setdefault(value, []).append(place)
        self.add(place, (value,))

    def connect(self, source: str, target: str) -> None:
        """Let ``target`` hold what ``source`` holds; ``f:ID`` and ``?REASON`` are values."""
        place = self.number(target)
        if source[0] == "?":
            self.add(place, (source,))
            return
        if source[1] == ":" and source[0] == "f":
            self.seed(place, source[2:])
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

    def watch(self, name: str, watcher: Watcher, *, behind: bool = False) -> None:
        """Call ``watcher`` once with each value that the place holds or will hold.

        At a gate that is the gate's value, unless the watcher looks ``behind`` it.
        """
        place = self.number(name)
        if place in self._gates and not behind:
            watcher(self._gates[place])
            return
        self._watchers.setdefault(place, []).append(watcher)
        # Values that are still pending will be told when they are pushed.
        for value in tuple(self._values[place] - self._pending.get(place, set())):
            watcher(value)

    def nearest(self, value: str, ends: Container[int], avoid: Container[int]) -> list[int]:
        """Those of ``ends`` that a value comes to first, without passing places to ``avoid``."""
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
