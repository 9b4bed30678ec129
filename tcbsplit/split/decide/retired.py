# SPDX-License-Identifier: MIT
"""Decides what is retired: code that does not last beyond the boundary, and data that only it uses.

Data is erased with zeros, which nobody notices: it goes only if nothing that lasts can use it. All
that mentions it is retired, no function that lasts reads or writes it through a pointer, and its
address is never taken, so that no function without C source, processor or device has it. Page
tables, descriptors and permission maps stay: their address is taken.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Set

from tcbsplit.model.access import DataAccess
from tcbsplit.model.graph import CONTROL, ReferenceGraph
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.model.retire import Boundary, Placed, Retirement, SectionKind, Unplaced, Way
from tcbsplit.model.split import Sides, Stub
from tcbsplit.model.unit import ADDRESS_OF_CONST, VariableFact
from tcbsplit.model.vocabulary import EdgeKind, SymbolId
from tcbsplit.split.decide.placeable import Placeable

_ADDRESS = frozenset({EdgeKind.ADDRESS, EdgeKind.INIT})
_NO_USE = frozenset({EdgeKind.NAMED})  # in sizeof and the like


def retire(
    program: Program,
    graph: ReferenceGraph,
    classes: Classification,
    boundary: Boundary,
    data: DataAccess,
    sides: Sides,
    stubs: Collection[Stub] = (),
    written: Collection[SymbolId] | None = None,
) -> Retirement:
    """Return what of the thin hypervisor is retired, and what could be but cannot be placed.

    ``written``: see ``Placeable``.
    """
    idle = _idle(program, graph, boundary, sides, frozenset(s.callee for s in stubs))
    away = program.functions.keys() - sides.thin
    staying = sides.thin - idle - program.variables.keys()
    placeable = Placeable(program, idle | away, written, _labels(program, graph, staying))
    found = {i: placeable.function(program.functions[i]) for i in sorted(idle)}
    ways = {i: way for i, way in found.items() if isinstance(way, Way)}
    copied = _copied(program, graph, ways.keys(), away)
    placed = [
        Placed(
            id=identity, section=SectionKind.CODE, way=way, copied=identity in copied,
            why=f"{classes.of(identity)}: nothing that lasts reaches it",
        )
        for identity, way in ways.items()
    ]  # fmt: skip
    unplaced = [Unplaced(id=i, why=way) for i, way in found.items() if i not in ways]
    used = data.access(staying)
    touched = used.readers.keys() | used.writers.keys()
    for identity, section in _variables(program, graph, sides, idle, touched, boundary):
        variable = program.variables[identity]
        if obstacle := placeable.variable(variable):
            unplaced.append(Unplaced(id=identity, why=obstacle))
        else:
            why = "only retired code uses it"
            placed.append(Placed(id=identity, section=section, why=why))
    return Retirement(
        placed=tuple(placed),
        unplaced=tuple(unplaced),
        places=boundary.places,
        frames=boundary.frames,
    )


def _idle(
    program: Program,
    graph: ReferenceGraph,
    boundary: Boundary,
    sides: Sides,
    stubs: frozenset[SymbolId],
) -> frozenset[SymbolId]:
    """Return the functions of the thin hypervisor that do not run beyond the boundary.

    A stub runs where its callers do.
    """
    there = {i for i in program.functions if i in sides.thin or i in stubs}
    idle = there - boundary.lasts.keys()
    lasting_stubs = {
        s
        for s in stubs
        if any(e.caller in there - idle for e in graph.incoming.get(s, ()) if e.kind in CONTROL)
    }
    return frozenset(idle - lasting_stubs)


def _labels(program: Program, graph: ReferenceGraph, staying: Set[SymbolId]) -> dict[str, SymbolId]:
    """Return the files of assembly of which functions that last have a label, as data or code."""
    found: dict[str, SymbolId] = {}
    for edge in graph.edges:
        if edge.caller in staying and edge.kind not in CONTROL and edge.kind not in _NO_USE:
            definition = program.definition(edge.callee)
            if definition is not None and definition.assembly:
                found.setdefault(definition.extent.file, edge.caller)
    return found


def _copied(
    program: Program, graph: ReferenceGraph, erased: Set[SymbolId], away: Set[SymbolId]
) -> frozenset[SymbolId]:
    """Return the functions that compilers may inline: all that can hold a copy is erased with them.

    Compilers also turn addresses that they know into calls, wherever these are used. Functions that
    one text defines share its attribute.
    """
    gone = erased | away
    found = set()
    for function in erased:
        edges = [e for e in graph.incoming.get(function, ()) if e.kind not in _NO_USE]
        if edges and all(e.kind is EdgeKind.CALL and e.caller in gone for e in edges):
            found.add(function)
    places = {i: program.functions[i].extent for i in erased}
    alone = {(places[i].file, places[i].start) for i in erased - found}
    return frozenset(i for i in found if (places[i].file, places[i].start) not in alone)


def _variables(
    program: Program,
    graph: ReferenceGraph,
    sides: Sides,
    idle: Collection[SymbolId],
    touched: Collection[SymbolId],
    boundary: Boundary,
) -> Iterator[tuple[SymbolId, SectionKind]]:
    """Yield the variables that only retired code uses, each with its section."""
    found = {
        v
        for v in program.variables
        if v in sides.thin and v not in touched and v not in boundary.lasts and _unseen(graph, v)
    }
    while True:
        gone = set(idle) | found
        lost = {v for v in found if not _only(graph, v, gone)}
        if not lost:
            break
        found -= lost
    for identity in sorted(found):
        yield identity, _section(graph, program.variables[identity])


def _only(graph: ReferenceGraph, variable: SymbolId, gone: Collection[SymbolId]) -> bool:
    users = {e.caller for e in graph.incoming.get(variable, ()) if e.kind not in _NO_USE}
    users.discard(variable)
    return bool(users) and users <= set(gone)


def _unseen(graph: ReferenceGraph, identity: SymbolId) -> bool:
    """Whether nobody can have a variable's address: no code, the processor, or a device."""
    edges = graph.incoming.get(identity, ())
    return not any(e.kind in _ADDRESS or e.rule == ADDRESS_OF_CONST for e in edges)


def _section(graph: ReferenceGraph, variable: VariableFact) -> SectionKind:
    if not variable.const:
        return SectionKind.VARIABLES
    holds = any(e.kind is EdgeKind.INIT for e in graph.outgoing.get(variable.id, ()))
    return SectionKind.CONSTANTS if variable.layout.plain and not holds else SectionKind.ADDRESSES
