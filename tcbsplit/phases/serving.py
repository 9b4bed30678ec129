# SPDX-License-Identifier: MIT
"""Find what a piece of code has called at run time: handlers, timers and threads that it sets up.

Such a piece is a service, or starts one: it is no preprocessing, though it may run at boot only.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cached_property

from tcbsplit.model.graph import BY_VALUE, CONTROL, Edge, ReferenceGraph
from tcbsplit.model.vocabulary import SymbolId
from tcbsplit.phases.necessary import certain
from tcbsplit.phases.registered import takings


class Serving:
    """Functions that run-time code calls through pointers, and who hands their addresses out."""

    def __init__(
        self,
        graph: ReferenceGraph,
        roots: Collection[SymbolId],
        stays: Collection[SymbolId],
        late: Callable[[Edge], bool],
    ) -> None:
        self._graph = graph
        self._roots = roots
        self._stays = stays
        self._late = late

    @cached_property
    def _handlers(self) -> Mapping[SymbolId, tuple[frozenset[SymbolId], frozenset[SymbolId]]]:
        """Callers of each handler at run time, and takers of its address."""
        callers: dict[SymbolId, set[SymbolId]] = {}
        for edge in self._graph.edges:
            inside = edge.callee in self._stays and edge.caller in self._stays
            if edge.kind in BY_VALUE and inside and certain(edge) and self._late(edge):
                callers.setdefault(edge.callee, set()).add(edge.caller)
        return {
            h: (
                frozenset(found),
                frozenset(e.caller for e in takings(self._graph, h) if e.caller in self._stays),
            )
            for h, found in sorted(callers.items())
        }

    def of(self, piece: Collection[SymbolId]) -> tuple[SymbolId, ...]:
        """Return the handlers that staying code calls at run time, and that only the piece, or
        what leaves with it, hands out.
        """
        gone = self._gone(piece)
        return tuple(
            handler
            for handler, (callers, takers) in self._handlers.items()
            if takers and takers <= gone and not callers <= gone
        )

    def _gone(self, piece: Collection[SymbolId]) -> frozenset[SymbolId]:
        """Return the piece, and what only it reaches."""
        left = self._graph.reach(
            sorted(r for r in self._roots if r not in piece),
            lambda e: e.kind in CONTROL and e.callee not in piece and e.callee in self._stays,
        )
        return frozenset(i for i in self._stays if i not in left)
