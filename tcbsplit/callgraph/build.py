"""Program -> reference graph: direct, indirect, registry and assembly edges with evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tcbsplit.callgraph.explore import Exploration
from tcbsplit.callgraph.index import Index
from tcbsplit.callgraph.machine import Joiner
from tcbsplit.callgraph.places import Placed, bodies
from tcbsplit.callgraph.sites import Origins
from tcbsplit.config import Bridge, Registry
from tcbsplit.model.body import Gate, Place
from tcbsplit.model.graph import Edge, ReferenceGraph
from tcbsplit.model.machine import MachineCode
from tcbsplit.model.program import Program
from tcbsplit.model.unit import GUESSED


def build_graph(
    program: Program,
    registries: Sequence[Registry] = (),
    bridges: Sequence[Bridge] = (),
    roots: Iterable[str] | None = None,
    machine: Sequence[MachineCode] = (),
) -> ReferenceGraph:
    """Return the reference graph of ``program``.

    Mentions in the source are edges wherever they stand. Indirect calls are resolved in what is
    reachable from ``roots`` (ids of functions; None: all code is), by the flow of function
    pointers (``resolved``), and where an unknown value may arrive also by type (``assumed``). What
    ``machine`` code has and the source does not show joins the graph. A registry or bridge that
    names what the program does not have adds nothing (``misnamed`` reports it).
    """
    bridges = [b for b in bridges if {b.caller, b.callee} <= program.functions.keys()]
    index = Index(program)
    exploration = Exploration(index, registries, bridges)
    exploration.run(roots)
    spelled = Placed()
    for edge, steps in _mentions(program):
        spelled.add(edge, Place(steps))
    for edge in _bridges(bridges):
        spelled.add(edge, Place(()))
    joiner = Joiner(program, machine)
    edges = _edges(program, spelled, exploration, joiner)
    while joiner.join(exploration, edges.edges):
        exploration.settle()
        edges = _edges(program, spelled, exploration, joiner)
    origins = Origins(index)
    sites = (site.summary(origins) for site in exploration.sites)
    return ReferenceGraph(
        functions=frozenset(program.functions),
        variables=frozenset(program.variables),
        edges=tuple(sorted(edges.edges, key=_order)),
        sites=tuple(sorted(sites, key=lambda s: (s.file, s.line, s.caller, s.text, s.reason))),
        bodies=bodies(program),
        placed=edges.known(),
        gates=tuple(
            Gate(name, site.fact.caller, step)
            for site in exploration.sites
            for name in sorted(site.gates)
            for step in site.fact.steps or (0,)
        ),
        dispatchers={r.name: r.dispatch for r in registries if r.dispatch},
        hardware=tuple(exploration.hardware()),
        unasked=(*exploration.unasked, *joiner.entrances(exploration.reached)),
        gathered=exploration.gathered,
    )


def _edges(program: Program, spelled: Placed, exploration: Exploration, joiner: Joiner) -> Placed:
    """All edges so far. Nobody knows where in its function a branch of machine code stands."""
    edges = Placed()
    edges.update(spelled)
    edges.update(exploration.edges)
    for site in exploration.sites:
        for edge in site.edges(program.functions):
            edges.add(edge, Place(site.fact.steps))
    for edge in joiner.edges:
        edges.add(edge, Place(()))
    return edges


def _order(edge: Edge) -> tuple[str, str, str, str, int, int, str]:
    return (edge.caller, edge.callee, edge.kind, edge.file, edge.line, edge.offset, edge.rule)


def _mentions(program: Program) -> Iterator[tuple[Edge, tuple[int, ...]]]:
    functions, variables = program.functions, program.variables
    for r in program.references:
        if r.target in functions:
            source = functions.get(r.source)
            assembly = source is not None and source.assembly
            kind = "asm" if assembly and r.kind == "call" else r.kind
        elif r.target in variables:
            kind = "address" if r.kind in ("asm", "call") else r.kind
        else:
            continue
        if r.source != r.target or kind == "call":
            sure = "assumed" if r.rule == GUESSED else "exact"
            rule = r.rule or kind
            edge = Edge(r.source, r.target, kind, sure, r.file, r.line, rule, r.offset)
            yield edge, r.steps
    for identity, function in functions.items():
        if function.alias:
            place = (function.extent.file, function.extent.line)
            yield Edge(identity, function.alias, "call", "exact", *place, "alias"), ()


def _bridges(bridges: Sequence[Bridge]) -> Iterator[Edge]:
    for bridge in bridges:
        yield Edge(bridge.caller, bridge.callee, "asm", "exact", "", 0, f"bridge: {bridge.reason}")
