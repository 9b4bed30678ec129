# SPDX-License-Identifier: MIT
"""Measure the reduction as an interval: with certain edges only, and with assumed ones too."""

from __future__ import annotations

import msgspec

from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.size import Bound, Interval
from tcbsplit.model.vocabulary import Confidence, Phase, SymbolId
from tcbsplit.phases.classify import staying
from tcbsplit.phases.directory import Directory
from tcbsplit.phases.measure import Scale
from tcbsplit.phases.request import Request, resolve, without_void_cuts


def bounds(graph: ReferenceGraph, directory: Directory, request: Request, scale: Scale) -> Interval:
    """Measure the TCB with and without the cuts of ``request``: for certain and for all edges.

    Assumed edges may not exist, so the true TCB is between the two. They may also keep moved code
    in the TCB: only the reduction with all edges is guaranteed.
    """
    certain = msgspec.structs.replace(
        graph,
        edges=tuple(e for e in graph.edges if e.confidence is not Confidence.ASSUMED),
        hardware=(),  # also assumed
    )
    return Interval(
        _bound("exact and resolved", certain, directory, request, scale),
        _bound("all", graph, directory, request, scale),
    )


def _bound(
    edges: str, graph: ReferenceGraph, directory: Directory, request: Request, scale: Scale
) -> Bound:
    uncut = msgspec.structs.replace(request, cuts=(), preprocess=())
    cuts = without_void_cuts(graph, directory, request)
    return Bound(
        edges=edges,
        original=scale.size(_functions(graph, directory, uncut)),
        thin=scale.size(_functions(graph, directory, cuts)),
    )


def _functions(graph: ReferenceGraph, directory: Directory, request: Request) -> set[SymbolId]:
    found = staying(graph, resolve(graph, directory, request))
    return {*found[Phase.BOOT], *found[Phase.RUNTIME]}
