"""Finds what other images of the same tree mention of the functions that move.

A library that is archived once may be linked into several images. A definition that leaves the
source leaves all of them, so a mention in another image needs a cut of its own (``other_image``).
"""

from __future__ import annotations

from collections.abc import Sequence

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
    edited = {program.functions[i].extent.file for i in moved}
    found: list[CutEdge] = []
    open_: list[Edge] = []
    used: set[Cut] = set()
    callers = Symbols({**others.functions, **others.variables} if others is not None else {})
    callees = Symbols(program.functions)
    for r in others.references if others is not None else ():
        own = others.functions.get(r.target) if others is not None else None
        if r.target not in moved or (own is not None and own.extent.file not in edited):
            continue
        edge = Edge(r.source, r.target, r.kind, Confidence.EXACT, r.file, r.line, r.rule, r.offset)
        cut = next((c for c in cuts if c.other_image and _severs(c, edge, callers, callees)), None)
        if cut is None:
            open_.append(edge)
        else:
            used.add(cut)
            found.append(CutEdge(edge=edge, cut=cut))
    lines = [
        f"{e.file}:{e.line}: {e.caller} mentions {e.callee}, which moves; another image links it"
        for e in open_[:_SHOWN]
    ]
    if len(open_) > _SHOWN:
        lines.append(f"… and {len(open_) - _SHOWN} more")
    if open_:
        lines.append(
            "Cut each, with other_image: true, or have that image built from other sources."
        )
    lines += [
        f"{c.where}: cut {c.caller} -> {c.callee}: no other image has such an edge"
        for c in cuts
        if c.other_image and c not in used and not c.optional
    ]
    if lines:
        raise ConflictError("\n".join(lines))
    return tuple(found)


def _severs(cut: Cut, edge: Edge, callers: Symbols, callees: Symbols) -> bool:
    return edge.caller in callers.ids(cut.caller) and edge.callee in callees.ids(cut.callee)
