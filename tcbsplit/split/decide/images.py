# SPDX-License-Identifier: MIT
"""Finds what other images of the same tree mention of the functions that move.

A library that is archived once may be linked into several images. A definition that leaves the
source leaves all of them, so a mention in another image needs a cut of its own (``other_image``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tcbsplit.config.select import Symbols
from tcbsplit.errors import ConflictError
from tcbsplit.model.graph import Edge
from tcbsplit.model.phase import Cut, CutEdge
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import Confidence, SymbolId

_SHOWN = 12


def elsewhere(
    program: Program, others: Program | None, moved: frozenset[SymbolId], cuts: Sequence[Cut]
) -> tuple[CutEdge, ...]:
    """Return the mentions of moved functions in ``others``, each with its cut.

    ``others`` holds the units of the same tree that are not of this image, if there are any.
    Raises ``ConflictError`` for mentions without a cut, and for cuts that match none.
    """
    ours = [c for c in cuts if c.other_image]
    callees = Symbols(program.functions)
    callers = Symbols({d.id: d for d in others.definitions} if others is not None else {})
    made: list[CutEdge] = []
    uncut: list[Edge] = []
    for edge in _mentions(program, others, moved) if others is not None else ():
        cut = next((c for c in ours if _severs(c, edge, callers, callees)), None)
        if cut is None:
            uncut.append(edge)
        else:
            made.append(CutEdge(edge=edge, cut=cut))
    problems = _uncut(uncut)
    used = {c.cut for c in made}
    problems += [
        f"{c.where}: cut {c.caller} -> {c.callee}: no other image has such an edge"
        for c in ours
        if c not in used and not c.optional
    ]
    if problems:
        raise ConflictError("\n".join(problems))
    return tuple(made)


def _mentions(program: Program, others: Program, moved: frozenset[SymbolId]) -> Iterator[Edge]:
    """Yield the mentions in ``others`` of functions whose definition leaves its file."""
    edited = {program.functions[i].extent.file for i in moved}
    for r in others.references:
        own = others.functions.get(r.target)
        if r.target in moved and (own is None or own.extent.file in edited):
            yield Edge(
                r.source, r.target, r.kind, Confidence.EXACT, r.file, r.line, r.rule, r.offset
            )


def _severs(cut: Cut, edge: Edge, callers: Symbols, callees: Symbols) -> bool:
    return edge.caller in callers.ids(cut.caller) and edge.callee in callees.ids(cut.callee)


def _uncut(edges: Sequence[Edge]) -> list[str]:
    """Return the complaint about mentions without a cut."""
    lines = [
        f"{e.file}:{e.line}: {e.caller} mentions {e.callee}, which moves; another image links it"
        for e in edges[:_SHOWN]
    ]
    if len(edges) > _SHOWN:
        lines.append(f"… and {len(edges) - _SHOWN} more")
    if edges:
        lines.append(
            "Cut each, with other_image: true, or have that image built from other sources."
        )
    return lines
