# SPDX-License-Identifier: MIT
"""Decides what is retired: code that does not last beyond the boundary, and data that only it uses.

Data is erased with zeros, which nobody notices: it goes only if nothing that lasts can use it. All
that mentions it is retired, no function that lasts reads or writes it through a pointer, and nobody
hands its address to the processor or to a device: constants, or variables whose address is never
taken. Page tables and permission maps are variables whose address is taken: they stay.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tcbsplit.model.access import DataAccess
from tcbsplit.model.graph import CONTROL, ReferenceGraph
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.model.retire import Boundary, Placed, Retirement, SectionKind, Unplaced
from tcbsplit.model.split import Sides, Stub
from tcbsplit.model.unit import FunctionFact, VariableFact
from tcbsplit.model.vocabulary import EdgeKind, SymbolId

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
) -> Retirement:
    """Return what of the thin hypervisor is retired, and what could be but cannot be placed."""
    idle = _idle(program, graph, boundary, sides, frozenset(s.callee for s in stubs))
    placed: list[Placed] = []
    unplaced: list[Unplaced] = []
    for identity in sorted(idle):
        function = program.functions[identity]
        why = f"{classes.of(identity)}: nothing that lasts reaches it"
        if obstacle := _obstacle(program, function, idle):
            unplaced.append(Unplaced(id=identity, why=obstacle))
        else:
            placed.append(Placed(id=identity, section=SectionKind.CODE, why=why))
    staying = {i for i in program.functions if i in sides.thin} - idle
    used = data.access(staying)
    touched = used.readers.keys() | used.writers.keys()
    for identity, section in _variables(program, graph, sides, idle, touched, boundary):
        variable = program.variables[identity]
        if obstacle := _hindrance(program, variable):
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


def _obstacle(program: Program, function: FunctionFact, idle: Collection[SymbolId]) -> str:
    """Return why a function cannot be placed, or empty."""
    fact = program.files.get(function.extent.file)
    if function.alias:
        return f"another name of {function.alias}"
    if function.assembly:
        return _of_assembly(program, function, idle)
    if function.section:
        return f"has the section {function.section} already"
    if function.macro or function.name_start < 0:
        return "a macro writes its definition"
    if function.inline:
        return "inline: compilers copy it into its callers"
    if fact is None or (fact.header and not function.extent.file.endswith(".c")):
        return "a header defines it: other images read it, too"
    return ""


def _of_assembly(program: Program, function: FunctionFact, idle: Collection[SymbolId]) -> str:
    file = function.extent.file
    lasting = [
        f.id for f in program.functions.values() if f.extent.file == file and f.id not in idle
    ]
    if lasting:
        return f"assembly beside {lasting[0]}, which lasts"
    return "" if file.endswith((".S", ".s")) else "assembly in a C file"


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
        if v in sides.thin
        and v not in touched
        and v not in boundary.lasts
        and _unseen(graph, program, v)
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


def _unseen(graph: ReferenceGraph, program: Program, identity: SymbolId) -> bool:
    """Whether neither the processor nor a device can have a variable's address."""
    edges = [e for e in graph.incoming.get(identity, ()) if e.kind not in _NO_USE]
    if any("assembly" in e.rule for e in edges if e.kind in _ADDRESS):
        return False
    return program.variables[identity].const or not any(e.kind in _ADDRESS for e in edges)


def _section(graph: ReferenceGraph, variable: VariableFact) -> SectionKind:
    if not variable.const:
        return SectionKind.VARIABLES
    holds = any(e.kind is EdgeKind.INIT for e in graph.outgoing.get(variable.id, ()))
    return SectionKind.CONSTANTS if variable.layout.plain and not holds else SectionKind.ADDRESSES


def _hindrance(program: Program, variable: VariableFact) -> str:
    """Return why a variable cannot be placed, or empty."""
    fact = program.files.get(variable.extent.file)
    if variable.alias:
        return f"another name of {variable.alias}"
    if variable.section:
        return f"has the section {variable.section} already"
    if variable.assembly:
        return "data of assembly"
    if variable.thread:
        return "each thread has its own"
    if variable.macro:
        return "a macro writes its definition"
    if variable.weak or variable.retained or variable.fixed:
        return "is found without a mention"
    if variable.declarators > 1:
        return "its statement declares several variables"
    if fact is None or (fact.header and not variable.extent.file.endswith(".c")):
        return "a header defines it: other images read it, too"
    return ""
