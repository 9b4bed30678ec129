# SPDX-License-Identifier: MIT
"""Find handlers that boot registers late: after the place where the preprocessing guest runs.

A handler is registered by whoever hands out its address. Which variable holds it then does not
matter: a registering function may serve run-time code as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import NamedTuple

from tcbsplit.model.graph import BY_VALUE, CONTROL, Edge, ReferenceGraph
from tcbsplit.model.order import LateHandler
from tcbsplit.model.vocabulary import EdgeKind, SymbolId
from tcbsplit.phases.late import Late

_TAKES = frozenset({EdgeKind.ADDRESS, EdgeKind.INIT})


class Registering(NamedTuple):
    """Boot code that may register handlers late."""

    late: Late
    own: Set[SymbolId]  # of it, functions that run at boot only


def late_handlers(
    graph: ReferenceGraph, handlers: Set[SymbolId], every: Registering, rest: Registering
) -> Iterator[LateHandler]:
    """Yield those of ``handlers`` that are called through pointers only, and registered late only.

    ``every`` is all that is late, ``rest`` what remains of it without what is accepted.
    """
    alive = every.late.boot.keys() | handlers
    for function in sorted(handlers):
        calls = [
            e
            for e in graph.incoming.get(function, ())
            if e.kind in CONTROL and e.caller in handlers
        ]
        if not calls or any(e.kind not in BY_VALUE for e in calls):
            continue
        taken = [e for e in takings(graph, function) if e.caller in alive]
        takers = sorted({e.caller for e in taken} & rest.own)
        if takers and all(
            e.caller in every.own and every.late.counts(e.caller, e.file, e.line) for e in taken
        ):
            ways = rest.late.ways(takers)
            yield LateHandler(function=function, takers=tuple(takers), ways=ways)


def takings(graph: ReferenceGraph, function: SymbolId) -> Iterator[Edge]:
    """Yield the mentions by functions that hand out an address, or a variable that holds it."""
    seen: set[SymbolId] = set()
    work = [e for e in graph.incoming.get(function, ()) if e.kind in _TAKES]
    while work:
        edge = work.pop()
        if edge.caller not in graph.variables:
            yield edge
        elif edge.caller not in seen:
            seen.add(edge.caller)
            work += graph.incoming.get(edge.caller, ())
