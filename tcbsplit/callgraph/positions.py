"""Where edges stand in the bodies of their callers, gathered while the edges are made."""

from __future__ import annotations

from collections.abc import Iterator

from tcbsplit.model.body import Body, Position
from tcbsplit.model.graph import CONTROL, Edge
from tcbsplit.model.program import Program

# Another name of a function is a call and nothing else.
_ALIAS = Body(last=2)
_ALIAS_CALL = Position((1,))


class Placed:
    """Edges, each once, with the places at which they were found."""

    def __init__(self) -> None:
        self.edges: dict[Edge, list[Position]] = {}

    def add(self, edge: Edge, place: Position) -> None:
        """Note an edge; a place without steps is unknown."""
        places = self.edges.setdefault(edge, [])
        if place not in places:
            places.append(place)

    def update(self, other: Placed) -> None:
        """Note all edges of ``other``."""
        for edge, places in other.edges.items():
            for place in places:
                self.add(edge, place)

    def known(self) -> tuple[tuple[Edge, Position], ...]:
        """Edges along which control passes, with their places, unless one of those is unknown."""
        return tuple(self._known())

    def _known(self) -> Iterator[tuple[Edge, Position]]:
        for edge, places in self.edges.items():
            if edge.kind not in CONTROL:
                continue
            if edge.rule == "alias":
                yield edge, _ALIAS_CALL
            elif all(p.steps for p in places):
                steps = dict.fromkeys(step for p in places for step in p.steps)
                later = any(p.later for p in places)
                yield edge, Position(tuple(steps), later, places[0].registry)


def bodies(program: Program) -> dict[str, Body]:
    """The bodies of those functions whose order is known."""
    found = {i: f.body for i, f in program.functions.items() if f.body is not None}
    found.update((i, _ALIAS) for i, f in program.functions.items() if f.alias)
    return found
