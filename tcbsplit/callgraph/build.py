"""Program -> reference graph: direct, indirect, registry and assembly edges with evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tcbsplit.callgraph.explore import Exploration
from tcbsplit.callgraph.index import Index
from tcbsplit.callgraph.sites import Origins
from tcbsplit.config import Bridge, Registry
from tcbsplit.errors import UnknownNameError, near
from tcbsplit.model.graph import Edge, ReferenceGraph
from tcbsplit.model.program import Program


def build_graph(
    program: Program,
    registries: Sequence[Registry] = (),
    bridges: Sequence[Bridge] = (),
    roots: Iterable[str] | None = None,
) -> ReferenceGraph:
    """Return the reference graph of ``program``.

    Mentions in the source are edges wherever they stand. Indirect calls are resolved in what is
    reachable from ``roots`` (ids of functions; None: all code is), by the flow of function
    pointers (``resolved``), and where an unknown value may arrive also by type (``assumed``).
    Raises ``UnknownNameError`` for a registry or bridge that names what the program does not have.
    """
    _known(program, bridges)
    index = Index(program)
    exploration = Exploration(index, registries, bridges)
    exploration.run(roots)
    edges = dict.fromkeys(_mentions(program))
    edges.update(dict.fromkeys(_bridges(bridges)))
    edges.update(exploration.edges)
    for site in exploration.sites:
        edges.update(dict.fromkeys(site.edges(program.functions)))
    origins = Origins(index)
    sites = (site.summary(origins) for site in exploration.sites)
    return ReferenceGraph(
        functions=frozenset(program.functions),
        variables=frozenset(program.variables),
        edges=tuple(sorted(edges, key=_order)),
        sites=tuple(sorted(sites, key=lambda s: (s.file, s.line, s.caller, s.text, s.reason))),
        hardware=tuple(exploration.hardware()),
        unasked=exploration.unasked,
        gathered=exploration.gathered,
    )


def _order(edge: Edge) -> tuple[str, str, str, str, int, int, str]:
    return (edge.caller, edge.callee, edge.kind, edge.file, edge.line, edge.offset, edge.rule)


def _mentions(program: Program) -> Iterator[Edge]:
    functions, variables = program.functions, program.variables
    for r in program.references:
        if r.target in functions:
            kind = "asm" if r.rule == "relocation" and r.kind == "call" else r.kind
        elif r.target in variables:
            kind = "address" if r.kind in ("asm", "call") else r.kind
        else:
            continue
        if r.source != r.target or kind == "call":
            yield Edge(r.source, r.target, kind, "exact", r.file, r.line, r.rule or kind, r.offset)
    for identity, function in functions.items():
        if function.alias:
            place = (function.extent.file, function.extent.line)
            yield Edge(identity, function.alias, "call", "exact", *place, "alias")


def _known(program: Program, bridges: Sequence[Bridge]) -> None:
    complaints = [
        f"bridge {bridge.caller} -> {bridge.callee}: no function {name}"
        + near(name, program.functions)
        for bridge in bridges
        for name in (bridge.caller, bridge.callee)
        if name not in program.functions
    ]
    if complaints:
        raise UnknownNameError("\n".join(complaints))


def _bridges(bridges: Sequence[Bridge]) -> Iterator[Edge]:
    for bridge in bridges:
        yield Edge(bridge.caller, bridge.callee, "asm", "exact", "", 0, f"bridge: {bridge.reason}")
