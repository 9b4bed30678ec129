# SPDX-License-Identifier: MIT
"""Try another designation or cut on the saved graph, without writing anything."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tcbsplit.errors import UnknownNameError
from tcbsplit.model.advice import Outcome
from tcbsplit.model.graph import Edge, ReferenceGraph
from tcbsplit.model.phase import Cut
from tcbsplit.model.vocabulary import CutPolicy, SymbolId
from tcbsplit.phases.classify import conflicting, staying
from tcbsplit.phases.directory import Directory
from tcbsplit.phases.measure import Scale
from tcbsplit.phases.request import Request, Resolved, resolve, without_void_cuts


def parse_cut(text: str, stub: str) -> Cut:
    """Parse ``A->B`` or ``B`` as a cut; with an expression ``stub`` a stub, else elided."""
    caller, arrow, callee = (part.strip() for part in text.rpartition("->"))
    if not callee or (arrow and not caller):
        raise UnknownNameError(f"--cut {text}: must be CALLER->CALLEE, or CALLEE for every caller")
    return Cut(
        caller=caller or "*",
        callee=callee,
        policy=CutPolicy.STUB if stub else CutPolicy.ELIDE,
        expression=stub,
        reason="what if",
        where="--cut",
    )


def what_if(
    graph: ReferenceGraph,
    directory: Directory,
    request: Request,
    scale: Scale,
    cuts: Sequence[Cut],
    preprocess: Sequence[str],
) -> Outcome:
    """Compare the request with one with more cuts and designations."""
    more = msgspec.structs.replace(request, preprocess=(*request.preprocess, *preprocess))
    # A cut between two pieces that both leave is no longer needed.
    kept = without_void_cuts(graph, directory, more)
    other = msgspec.structs.replace(kept, cuts=(*kept.cuts, *cuts))
    before, after = resolve(graph, directory, request), resolve(graph, directory, other)
    known, was = _resolved(graph, before)
    new, now = _resolved(graph, after)
    return Outcome(
        before=scale.size(was),
        after=scale.size(now),
        leaves=scale.size(was - now),
        leaving=tuple(sorted(was - now)),
        entering=tuple(sorted(now - was)),
        conflicts=tuple(e for e in new if e not in known),
    )


def _resolved(
    graph: ReferenceGraph, request: Resolved
) -> tuple[tuple[Edge, ...], frozenset[SymbolId]]:
    """Return the conflicts, and the functions that stay after each conflict is cut."""
    conflicts, found = conflicting(graph, request)
    found = found or staying(graph, request)
    return conflicts, frozenset().union(*found.values())
