"""Launch points: where, within a function, the boot phase ends and the run-time phase begins.

A launch function starts the target guest. In the functions that call it, what is called at a place
before the launch is boot; what is called after it, when the launch has returned, is run time.
Places are those in the source: a loop around a launch, or a jump back, is not seen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tcbsplit.model.graph import CONTROL, Edge, ReferenceGraph


def resumed(
    graph: ReferenceGraph, boot: Mapping[str, Edge | None], launch: Collection[str]
) -> dict[str, frozenset[Edge]]:
    """Return the launching functions among ``boot``, each with the edges after its launch.

    A launch that never returns (``noreturn``) is left out by the caller.
    """
    result: dict[str, frozenset[Edge]] = {}
    for function in sorted({e.caller for f in launch for e in graph.incoming.get(f, ())}):
        if function not in boot or function in launch:
            continue
        edges = [e for e in graph.outgoing.get(function, ()) if e.kind in CONTROL]
        places = [_place(e) for e in edges if e.callee in launch]
        if places:
            result[function] = frozenset(e for e in edges if _place(e) > min(places))
    return result


def _place(edge: Edge) -> tuple[int, int]:
    """Order within a function; a call out of a macro's body counts as the last of its line."""
    return (edge.line, edge.offset if edge.offset >= 0 else 1 << 62)
