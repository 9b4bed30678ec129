# SPDX-License-Identifier: MIT
"""Measure the reduction as an interval: with certain edges only, and with assumed ones too."""

from __future__ import annotations

import msgspec

from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.program import Program
from tcbsplit.model.result import Figures, LocTable
from tcbsplit.model.size import Bound, Interval, Size
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


def rebased(found: Interval, program: Program, table: LocTable | None) -> Interval:
    """Return an interval of functions on the base of the line table: all files of the image.

    With all edges the result is what the table says of an emitted split. Without a split nothing is
    known of glue, and only functions leave.
    """
    if table is None:
        lines = sum(len(f.code_lines) for f in program.files.values())
        original = Size(lines=lines, functions=len(program.functions))
        thin = _less(original, found.whole.original, found.whole.thin)
    else:
        original = _size(table.total.original)
        thin = _plus(_size(table.total.kept), _size(table.total.glue))

    def moved(bound: Bound) -> Bound:
        return Bound(
            edges=bound.edges,
            original=_less(original, found.whole.original, bound.original),
            thin=_less(thin, found.whole.thin, bound.thin),
            glue=table is not None,
        )

    return Interval(moved(found.certain), moved(found.whole))


def _size(figures: Figures) -> Size:
    return Size(lines=figures.lines, functions=figures.functions)


def _plus(left: Size, right: Size) -> Size:
    return Size(lines=left.lines + right.lines, functions=left.functions + right.functions)


def _less(size: Size, most: Size, least: Size) -> Size:
    """Return ``size`` without what is in ``most`` and not in ``least``."""
    return Size(
        lines=size.lines - most.lines + least.lines,
        functions=size.functions - most.functions + least.functions,
        text_bytes=least.text_bytes,
        indirect=least.indirect,
    )
