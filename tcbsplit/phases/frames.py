# SPDX-License-Identifier: MIT
"""Find which functions must not be copied into callers that are erased.

Control may come back to a function that is on the stack during the erasure. If a compiler inlined
it, the copy lies in a caller, and is gone with it. So it is not inlined; a function whose
definition cannot say so (an inline one, or one that a macro writes) keeps its callers instead.
"""

from __future__ import annotations

from collections.abc import Set
from typing import NamedTuple

from tcbsplit.model.graph import Chain, Edge, ReferenceGraph
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import Confidence, EdgeKind, SymbolId


class Frames(NamedTuple):
    """Functions that are not inlined, and callers that last since they may hold a copy."""

    alone: tuple[SymbolId, ...]
    holders: dict[SymbolId, Chain]  # to the function whose copy they may hold


def frames(
    program: Program,
    graph: ReferenceGraph,
    above: Set[SymbolId],
    going_on: Set[SymbolId],
    lasting: Set[SymbolId],
) -> Frames:
    """Return what follows for functions ``above`` the erasure.

    Control comes back to those ``going_on``.
    """
    alone: set[SymbolId] = set()
    holders: dict[SymbolId, Chain] = {}
    # What is erased is not inlined as a rule.
    staying = {f for f in above if f in lasting or _fixed(program, f)}
    for function in sorted(above - lasting):
        copied, chain = _copied(program, graph, function, staying, going_on)
        alone |= copied
        if chain is not None:
            holders[function] = chain
            if not _fixed(program, function):
                alone.add(function)
    return Frames(tuple(sorted(alone)), holders)


def _copied(
    program: Program,
    graph: ReferenceGraph,
    into: SymbolId,
    staying: Set[SymbolId],
    going_on: Set[SymbolId],
) -> tuple[set[SymbolId], Chain | None]:
    """Return the functions that must not be inlined on the way into one that is erased.

    Also the way to one that cannot be kept from it, or None. What control does not come back to may
    be copied, with what it calls.
    """
    alone: set[SymbolId] = set()
    ways: dict[SymbolId, tuple[Edge, ...]] = {into: ()}
    work = [into]
    while work:
        holder = work.pop()
        for edge in graph.outgoing.get(holder, ()):
            callee = edge.callee
            if callee not in staying or callee in ways or not _inlined(program, edge):
                continue
            if callee not in going_on:
                ways[callee] = (*ways[holder], edge)
                work.append(callee)
            elif _fixed(program, callee):
                return alone, Chain(into, (*ways[holder], edge))
            else:
                alone.add(callee)
    return alone, None


def _fixed(program: Program, function: SymbolId) -> bool:
    """Whether a definition cannot say that it is not to be inlined."""
    fact = program.functions[function]
    return fact.inline or fact.macro


def _inlined(program: Program, edge: Edge) -> bool:
    """Whether a compiler may put a copy of the callee in the place of a call."""
    direct = edge.kind is EdgeKind.CALL or (
        edge.kind is EdgeKind.INDIRECT and edge.confidence is not Confidence.ASSUMED
    )
    return direct and not program.functions[edge.callee].assembly
