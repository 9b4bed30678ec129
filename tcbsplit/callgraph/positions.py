# SPDX-License-Identifier: MIT
"""Positions of edges in the bodies of their callers, collected while the edges are made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tcbsplit.model.body import Body, Position
from tcbsplit.model.graph import CONTROL, Edge
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import SymbolId

# Another name of a function is a call and nothing else.
_ALIAS = Body(last=2)
_ALIAS_CALL = Position((1,))


class Placed:
    """Edges, each once, with the positions at which they were found."""

    def __init__(self) -> None:
        self.edges: dict[Edge, list[Position]] = {}

    def add(self, edge: Edge, position: Position) -> None:
        """Note an edge; a position without steps is unknown."""
        positions = self.edges.setdefault(edge, [])
        if position not in positions:
            positions.append(position)

    def update(self, other: Placed) -> None:
        """Note all edges of ``other``."""
        for edge, positions in other.edges.items():
            for position in positions:
                self.add(edge, position)

    def known(self, edges: Iterable[Edge]) -> Iterator[tuple[Edge, Position]]:
        """Yield those of ``edges`` along which control passes and whose positions are all known."""
        for edge in edges:
            if edge.kind not in CONTROL:
                continue
            positions = self.edges[edge]
            if edge.rule == "alias":
                yield edge, _ALIAS_CALL
            elif all(p.steps for p in positions):
                steps = dict.fromkeys(step for p in positions for step in p.steps)
                later = any(p.later for p in positions)
                yield edge, Position(tuple(steps), later, positions[0].registry)


def bodies(program: Program) -> dict[SymbolId, Body]:
    """The bodies of those functions whose order is known."""
    found = {i: f.body for i, f in program.functions.items() if f.body is not None}
    found.update((i, _ALIAS) for i, f in program.functions.items() if f.alias)
    return found
