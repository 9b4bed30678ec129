"""Mod/ref: which functions read and write which globals and fields.

Places, which are variables and fields, are given in their spelled form (see
``tcbsplit.model.place``). A function that takes the address of a variable counts as reading and
writing it. One that uses a field through a pointer may mean any variable of that record type whose
address is taken (its elements', for an array): field-based, as the flow of function pointers is.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.place import Place
from tcbsplit.model.program import Program, stands_for
from tcbsplit.model.vocabulary import EdgeKind

_READS = frozenset({EdgeKind.READ, EdgeKind.ADDRESS})
_WRITES = frozenset({EdgeKind.WRITE, EdgeKind.ADDRESS})
_TAKES = frozenset({EdgeKind.ADDRESS, EdgeKind.INIT})


class Effects(NamedTuple):
    """What a function itself may read and write, not counting what it calls."""

    reads: frozenset[str]
    writes: frozenset[str]


def mod_ref(program: Program, graph: ReferenceGraph) -> dict[str, Effects]:
    """Return the effects of every function of ``program`` that has any."""
    reads: dict[str, set[str]] = defaultdict(set)
    writes: dict[str, set[str]] = defaultdict(set)
    behind = _behind_pointers(program, graph)
    # Whoever uses another name of a variable uses the variable.
    objects = stands_for(program.variables)
    for edge in graph.edges:
        if edge.caller in graph.functions and edge.callee in graph.variables:
            place = Place.variable(objects.get(edge.callee, edge.callee)).spelled
            if edge.kind in _READS:
                reads[edge.caller].add(place)
            if edge.kind in _WRITES:
                writes[edge.caller].add(place)
    for use in program.fields:
        if use.owner in graph.functions:
            _spread(reads[use.owner], use.reads, behind)
            _spread(writes[use.owner], use.writes, behind)
    return {
        identity: Effects(frozenset(reads[identity]), frozenset(writes[identity]))
        for identity in sorted({**reads, **writes})
    }


def _spread(places: set[str], nodes: tuple[str, ...], behind: dict[str, tuple[str, ...]]) -> None:
    for node in nodes:
        places.add(node)
        places.update(behind.get(Place.parse(node).owner, ()))


def _behind_pointers(program: Program, graph: ReferenceGraph) -> dict[str, tuple[str, ...]]:
    """Record type -> the variables of that type that a pointer may point to."""
    taken = {e.callee for e in graph.edges if e.kind in _TAKES}
    found: dict[str, list[str]] = defaultdict(list)
    for identity, variable in program.variables.items():
        if variable.alias:
            continue
        if variable.record and (identity in taken or "[" in variable.type):
            found[variable.record].append(Place.variable(identity).spelled)
    return {record: tuple(variables) for record, variables in found.items()}
