# SPDX-License-Identifier: MIT
"""Build the reference graph: direct, indirect, registry and assembly edges with evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tcbsplit.callgraph.explore import Exploration
from tcbsplit.callgraph.index import Index
from tcbsplit.callgraph.machine_edges import Joiner
from tcbsplit.callgraph.positions import Placed, bodies
from tcbsplit.callgraph.sites import Origins
from tcbsplit.config.settings import Bridge, Registry
from tcbsplit.model.body import Gate, Position
from tcbsplit.model.graph import Edge, ReferenceGraph
from tcbsplit.model.linking import Linking
from tcbsplit.model.machine import MachineCode
from tcbsplit.model.program import Program
from tcbsplit.model.unit import GUESSED
from tcbsplit.model.vocabulary import Confidence, EdgeKind, SymbolId

# Looking up a member of an enum costs more than a comparison: once for all.
_CALL, _ASM, _ADDRESS = EdgeKind.CALL, EdgeKind.ASM, EdgeKind.ADDRESS
_EXACT, _ASSUMED = Confidence.EXACT, Confidence.ASSUMED


def build_graph(
    program: Program,
    registries: Sequence[Registry] = (),
    bridges: Sequence[Bridge] = (),
    roots: Iterable[SymbolId] | None = None,
    machine: Sequence[MachineCode] = (),
    linkings: Sequence[Linking] = (),
) -> ReferenceGraph:
    """Return the reference graph of ``program``.

    Mentions in the source are edges wherever they stand. Indirect calls are resolved in what is
    reachable from ``roots`` (ids of functions; None: all code is), by the flow of function
    pointers (``resolved``), and where an unknown value may arrive also by type (``assumed``). What
    ``machine`` code has and the source does not show joins the graph. ``linkings`` say which
    variables stand between the symbols of the linker. A registry or bridge that
    names what the program does not have adds nothing (``misnamed`` reports it).
    """
    bridges = [b for b in bridges if {b.caller, b.callee} <= program.functions.keys()]
    index = Index(program, linkings)
    exploration = Exploration(index, registries, bridges)
    exploration.run(roots)
    spelled = Placed()
    for edge, steps in _mentions(program):
        spelled.add(edge, Position(steps))
    for edge in _bridges(bridges):
        spelled.add(edge, Position(()))
    joiner = Joiner(program, machine)
    edges = _edges(program, spelled, exploration, joiner)
    while joiner.join(exploration, edges.edges):
        exploration.settle()
        edges = _edges(program, spelled, exploration, joiner)
    ordered = tuple(sorted(edges.edges, key=_order))
    origins = Origins(index, exploration.roots, exploration.sites)
    sites = (site.summary(origins) for site in exploration.sites)
    return ReferenceGraph(
        functions=frozenset(program.functions),
        variables=frozenset(program.variables),
        edges=ordered,
        sites=tuple(sorted(sites, key=lambda s: (s.file, s.line, s.caller, s.text, s.reason))),
        bodies=bodies(program),
        placed=tuple(edges.known(ordered)),
        gates=tuple(
            Gate(name, site.fact.caller, step)
            for site in exploration.sites
            for name in sorted(site.gates)
            for step in site.fact.steps or (0,)
        ),
        dispatchers={r.name: SymbolId(r.dispatch) for r in registries if r.dispatch},
        hardware=tuple(exploration.hardware.entrances()),
        unasked=(*exploration.unasked, *joiner.entrances(exploration.reached)),
        gathered=exploration.gathered,
    )


def _edges(program: Program, spelled: Placed, exploration: Exploration, joiner: Joiner) -> Placed:
    """All edges so far. The position of a machine-code branch in its function is unknown."""
    edges = Placed()
    edges.update(spelled)
    edges.update(exploration.edges)
    for site in exploration.sites:
        for edge in site.edges(program.functions):
            edges.add(edge, Position(site.fact.steps))
    for edge in joiner.edges:
        edges.add(edge, Position(()))
    return edges


def _order(edge: Edge) -> tuple[str, str, str, str, int, int, str]:
    return (edge.caller, edge.callee, edge.kind, edge.file, edge.line, edge.offset, edge.rule)


def _mentions(program: Program) -> Iterator[tuple[Edge, tuple[int, ...]]]:
    functions, variables = program.functions, program.variables
    for r in program.references:
        if r.target in functions:
            source = functions.get(r.source)
            assembly = source is not None and source.assembly
            kind = _ASM if assembly and r.kind is _CALL else r.kind
        elif r.target in variables:
            kind = _ADDRESS if r.kind is _ASM or r.kind is _CALL else r.kind
        else:
            continue
        if r.source != r.target or kind is _CALL:
            sure = _ASSUMED if r.rule == GUESSED else _EXACT
            rule = r.rule or kind
            edge = Edge(r.source, r.target, kind, sure, r.file, r.line, rule, r.offset)
            yield edge, r.steps
    for identity, function in functions.items():
        if function.alias:
            place = (function.extent.file, function.extent.line)
            yield Edge(identity, function.alias, _CALL, _EXACT, *place, "alias"), ()


def _bridges(bridges: Sequence[Bridge]) -> Iterator[Edge]:
    for bridge in bridges:
        ends = SymbolId(bridge.caller), SymbolId(bridge.callee)
        yield Edge(*ends, _ASM, _EXACT, "", 0, f"bridge: {bridge.reason}")
