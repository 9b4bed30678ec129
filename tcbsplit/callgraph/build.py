"""Program -> reference graph: direct, indirect, registry and assembly edges with evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tcbsplit.callgraph import flow
from tcbsplit.callgraph.registry import dispatched_nodes, registry_edges
from tcbsplit.callgraph.types import address_taken_by_type
from tcbsplit.config import Bridge, Registry
from tcbsplit.errors import UnknownNameError, near
from tcbsplit.model.graph import Edge, ReferenceGraph, UnresolvedSite
from tcbsplit.model.program import Program


def build_graph(
    program: Program, registries: Sequence[Registry] = (), bridges: Sequence[Bridge] = ()
) -> ReferenceGraph:
    """Return the reference graph of ``program``.

    Indirect calls are resolved by the flow of function pointers through record fields, variables
    and parameters (``resolved``); where nothing arrives, by type among the functions whose address
    is taken (``assumed``); where no type fits they are listed as unresolved. Raises
    ``UnknownNameError`` for a registry or bridge that names what the program does not have.
    """
    edges: dict[Edge, None] = {}
    for edge in _mentions(program):
        edges[edge] = None
    for edge in registry_edges(program, registries):
        edges[edge] = None
    for edge in _bridges(program, bridges):
        edges[edge] = None
    unresolved: list[UnresolvedSite] = []
    for edge in _indirect(program, dispatched_nodes(registries), unresolved):
        edges[edge] = None
    return ReferenceGraph(
        functions=frozenset(program.functions),
        variables=frozenset(program.variables),
        edges=tuple(sorted(edges, key=_order)),
        unresolved=tuple(sorted(unresolved, key=lambda s: (s.file, s.line, s.caller))),
    )


def _order(edge: Edge) -> tuple[str, str, str, str, int, int]:
    return (edge.caller, edge.callee, edge.kind, edge.file, edge.line, edge.offset)


def _mentions(program: Program) -> Iterator[Edge]:
    for r in program.references:
        known = r.target in program.functions or r.target in program.variables
        if not known or (r.source == r.target and r.kind != "call"):
            continue
        kind = r.kind
        if r.rule == "relocation":
            kind = "asm" if r.target in program.functions else "address"
        yield Edge(r.source, r.target, kind, "exact", r.file, r.line, r.rule or kind, r.offset)


def _bridges(program: Program, bridges: Sequence[Bridge]) -> Iterator[Edge]:
    for bridge in bridges:
        for name in (bridge.caller, bridge.callee):
            if name not in program.functions:
                raise UnknownNameError(
                    f"bridge {bridge.caller} -> {bridge.callee}: no function {name}"
                    + near(name, program.functions)
                )
        yield Edge(bridge.caller, bridge.callee, "asm", "exact", "", 0, f"bridge: {bridge.reason}")


def _indirect(
    program: Program, dispatched: set[str], unresolved: list[UnresolvedSite]
) -> Iterator[Edge]:
    by_type = address_taken_by_type(program)
    for site, targets in flow.solve(program).items():
        if dispatched.intersection(site.nodes):
            continue
        known = sorted(t for t in targets if t in program.functions)
        confidence, rule = "resolved", f"flow into {', '.join(site.nodes)}"
        if not known:
            known = by_type.get(site.type, [])
            confidence, rule = "assumed", f"type {site.type}"
        if not known:
            unresolved.append(
                UnresolvedSite(
                    site.caller,
                    site.file,
                    site.line,
                    site.text,
                    site.type,
                    "no function flows here, and none of this type has its address taken",
                )
            )
        for target in known:
            yield Edge(site.caller, target, "indirect", confidence, site.file, site.line, rule)
