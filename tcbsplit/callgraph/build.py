"""Program -> reference graph: direct, indirect, registry and assembly edges with evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tcbsplit.callgraph.explore import Exploration
from tcbsplit.callgraph.index import Index
from tcbsplit.callgraph.machine import Joiner
from tcbsplit.callgraph.misnamed import misnamed
from tcbsplit.callgraph.sites import Origins
from tcbsplit.config import Bridge, Registry
from tcbsplit.errors import UnknownNameError
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
    ``machine`` code has and the source does not show joins the graph.
    Raises ``UnknownNameError`` for a registry or bridge that names what the program does not have.
    """
    if complaints := misnamed(program, registries, bridges):
        raise UnknownNameError("\n".join(complaints))
    bridges = [b for b in bridges if {b.caller, b.callee} <= program.functions.keys()]
    index = Index(program)
    exploration = Exploration(index, registries, bridges)
    exploration.run(roots)
    spelled = dict.fromkeys((*_mentions(program), *_bridges(bridges)))
    joiner = Joiner(program, machine)
    edges = _edges(program, spelled, exploration)
    while joiner.join(exploration, edges):
        exploration.settle()
        edges = _edges(program, spelled, exploration) | joiner.edges
    origins = Origins(index)
    sites = (site.summary(origins) for site in exploration.sites)
    return ReferenceGraph(
        functions=frozenset(program.functions),
        variables=frozenset(program.variables),
        edges=tuple(sorted(edges, key=_order)),
        sites=tuple(sorted(sites, key=lambda s: (s.file, s.line, s.caller, s.text, s.reason))),
    )


def _edges(
    program: Program, spelled: Mapping[Edge, None], exploration: Exploration
) -> dict[Edge, None]:
    """All edges so far."""
    edges = dict(spelled)
    edges.update(exploration.edges)
    for site in exploration.sites:
        edges.update(dict.fromkeys(site.edges(program.functions)))
    return edges


def _order(edge: Edge) -> tuple[str, str, str, str, int, int, str]:
    return (edge.caller, edge.callee, edge.kind, edge.file, edge.line, edge.offset, edge.rule)


def _mentions(program: Program) -> Iterator[Edge]:
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
            yield Edge(r.source, r.target, kind, sure, r.file, r.line, r.rule or kind, r.offset)
    for identity, function in functions.items():
        if function.alias:
            place = (function.extent.file, function.extent.line)
            yield Edge(identity, function.alias, "call", "exact", *place, "alias")


def _bridges(bridges: Sequence[Bridge]) -> Iterator[Edge]:
    for bridge in bridges:
        yield Edge(bridge.caller, bridge.callee, "asm", "exact", "", 0, f"bridge: {bridge.reason}")
