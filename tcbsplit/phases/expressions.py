# SPDX-License-Identifier: MIT
"""Adds what the expressions of stubs mention to the graph: those who call a stub, call that."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from tcbsplit.lexer import identifiers
from tcbsplit.model.graph import BY_VALUE, Edge, ReferenceGraph
from tcbsplit.model.phase import Cut
from tcbsplit.model.program import Program
from tcbsplit.model.unit import FunctionFact
from tcbsplit.model.vocabulary import (
    Confidence,
    CutPolicy,
    EdgeKind,
    SymbolId,
    bare_name,
    symbol_id,
)
from tcbsplit.phases.directory import Directory
from tcbsplit.phases.request import Request, resolve

RULE = "the expression of a stub"


def with_expressions(
    program: Program, graph: ReferenceGraph, directory: Directory, request: Request
) -> ReferenceGraph:
    """Return ``graph`` with an edge to all that the stub of a cut edge mentions.

    The names are looked up as in the file of the function that is cut. Raises as ``resolve`` does.
    """
    spoken = {
        c: names
        for c in request.cuts
        if c.policy is CutPolicy.STUB and (names := identifiers(c.expression.encode()))
        if any(map(directory.symbols, names))
    }
    if not spoken:
        return graph
    added: dict[Edge, None] = {}
    for severed in resolve(graph, directory, request).cut_edges:
        callee = program.functions.get(severed.edge.callee)
        if callee is None or severed.cut not in spoken:
            continue
        for name in sorted(spoken[severed.cut]):
            mentioned = _meant(program, callee, name)
            if mentioned is not None:
                for caller in _callers(graph, severed.edge):
                    added[_edge(program, caller, mentioned, severed.cut)] = None
    return msgspec.structs.replace(graph, edges=graph.edges + tuple(added))


def _meant(program: Program, function: FunctionFact, name: str) -> SymbolId | None:
    """Return what a name means in the file of ``function``: not one of its parameters."""
    if any(p.name == name for p in function.parameters):
        return None
    ids = (symbol_id(name, function.extent.file), SymbolId(name))
    return next((i for i in ids if program.definition(i) is not None), None)


def _callers(graph: ReferenceGraph, edge: Edge) -> Iterator[SymbolId]:
    """Yield who calls the stub of a severed edge; a table's is called by those who call by it."""
    yield edge.caller
    if edge.caller in graph.variables:
        yield from (e.caller for e in graph.incoming[edge.callee] if e.kind in BY_VALUE)


def _edge(program: Program, caller: SymbolId, callee: SymbolId, cut: Cut) -> Edge:
    called = re.search(rf"\b{re.escape(bare_name(callee))}\s*\(", cut.expression)
    # The stub does for its caller what the expression does.
    kind = EdgeKind.CALL if called and callee in program.functions else EdgeKind.ADDRESS
    file, _, line = cut.where.rpartition(":")
    number = int(line) if line.isdecimal() else 0
    return Edge(caller, callee, kind, Confidence.EXACT, file, number, RULE)
