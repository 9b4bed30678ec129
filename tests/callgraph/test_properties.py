# SPDX-License-Identifier: MIT
"""What must hold of every graph and every program, tried on random ones."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tcbsplit.callgraph import build_graph
from tcbsplit.model.graph import CONTROL, Edge, ReferenceGraph
from tcbsplit.model.phase import Classification, Cut
from tcbsplit.model.program import Program
from tcbsplit.model.unit import Extent, FlowFact, FunctionFact, IndirectFact, ReferenceFact
from tcbsplit.model.vocabulary import Confidence, CutPolicy, EdgeKind, SymbolId
from tcbsplit.phases import Directory, Request, classify

NAMES = [SymbolId(f"f{i}") for i in range(8)]
names = st.sampled_from(NAMES)
pairs = st.lists(st.tuples(names, names), max_size=16)
kinds = st.sampled_from(
    [EdgeKind.CALL, EdgeKind.INDIRECT, EdgeKind.REGISTRY, EdgeKind.ASM, EdgeKind.ADDRESS]
)
Triple = tuple[SymbolId, SymbolId, EdgeKind]
Pair = tuple[SymbolId, SymbolId]
triples = st.lists(st.tuples(names, names, kinds), max_size=20)


def graph_of(edges: list[Triple]) -> ReferenceGraph:
    return ReferenceGraph(
        frozenset(NAMES),
        frozenset(),
        tuple(
            Edge(a, b, kind, Confidence.EXACT, "x.c", 1, kind)
            for a, b, kind in dict.fromkeys(edges)
        ),
    )


def classes(
    graph: ReferenceGraph, boot: list[SymbolId], runtime: list[SymbolId], cuts: list[Pair]
) -> Classification:
    request = Request(
        boot=tuple(boot),
        runtime=tuple(runtime),
        cuts=tuple(
            Cut(caller=a, callee=b, policy=CutPolicy.ELIDE, reason="test")
            for a, b in dict.fromkeys(cuts)
            if any((e.caller, e.callee) == (a, b) for e in graph.edges)
        ),
    )
    return classify(graph, Directory(program_of([], [], [])), request)


def at_run_time(found: Classification) -> set[str]:
    return {i for i, f in found.functions.items() if "runtime" in f.phases}


@given(triples, triples, st.lists(names), st.lists(names))
def test_reach_grows_with_edges_and_roots(
    some: list[Triple], more: list[Triple], roots: list[SymbolId], other: list[SymbolId]
) -> None:
    less = graph_of(some).reach(roots).keys()
    assert less <= graph_of(some + more).reach(roots).keys()
    assert less <= graph_of(some).reach(roots + other).keys()


@given(triples, st.lists(names, min_size=1), st.lists(names), pairs, pairs)
def test_without_a_cut_nothing_leaves_run_time(
    edges: list[Triple],
    boot: list[SymbolId],
    runtime: list[SymbolId],
    cuts: list[Pair],
    others: list[Pair],
) -> None:
    graph = graph_of(edges)
    with_all = at_run_time(classes(graph, boot, runtime, cuts + others))
    assert with_all <= at_run_time(classes(graph, boot, runtime, cuts))


@given(triples, st.lists(names, min_size=1), st.lists(names), pairs)
def test_every_chain_is_a_path_from_a_root(
    edges: list[Triple], boot: list[SymbolId], runtime: list[SymbolId], cuts: list[Pair]
) -> None:
    graph = graph_of(edges)
    found = classes(graph, boot, runtime, cuts)
    severed = {c.edge for c in found.cut_edges}
    for identity, function in found.functions.items():
        for phase, chain in function.chains.items():
            assert chain.root in {"boot": boot, "runtime": runtime}[phase]
            assert chain.ids[-1] == identity
            before = chain.root
            for edge in chain.edges:
                assert edge in graph.edges
                assert edge not in severed
                assert edge.kind in CONTROL
                assert edge.caller == before
                before = edge.callee
        assert function.why == (() if not function.phases else function.why)


nodes = st.sampled_from([f"v:v{i}" for i in range(4)] + [f"m:struct s.f{i}" for i in range(3)])
sources = st.one_of(nodes, names.map(lambda n: f"f:{n}"), st.just("?integer"))
flows = st.lists(st.tuples(nodes, sources, names), max_size=14)
sites = st.lists(st.tuples(names, nodes), max_size=6)


def program_of(
    calls: list[Pair], stores: list[tuple[str, str, str]], indirect: list[Pair]
) -> Program:
    addresses = [(SymbolId(o), SymbolId(s[2:])) for _, s, o in stores if s.startswith("f:")]
    return Program(
        image="x",
        root="/",
        units=(),
        files={},
        functions={
            n: FunctionFact(
                id=n, name=n, static=False, extent=Extent("x.c", 0, 1, 1, 1), type="void (void)"
            )
            for n in NAMES
        },
        variables={},
        declarations=(),
        references=tuple(
            dict.fromkeys(
                [ReferenceFact(a, b, EdgeKind.CALL, "x.c", 1, 0, "direct") for a, b in calls]
                + [
                    ReferenceFact(a, b, EdgeKind.ADDRESS, "x.c", 1, 0, "address")
                    for a, b in addresses
                ]
            )
        ),
        indirect=tuple(
            IndirectFact(c, (n,), "void (void)", (), f"i:{i}", "x.c", i, n)
            for i, (c, n) in enumerate(indirect)
        ),
        flows=tuple(dict.fromkeys(FlowFact(*s) for s in stores)),
        calls=(),
        passed=(),
        records=(),
        fields=(),
    )


@given(pairs, flows, sites, st.lists(names, min_size=1, max_size=3), flows, st.lists(names))
def test_what_is_found_grows_with_the_program_and_its_roots(
    calls: list[Pair],
    stores: list[tuple[str, str, str]],
    indirect: list[Pair],
    roots: list[SymbolId],
    more: list[tuple[str, str, str]],
    other: list[SymbolId],
) -> None:
    def found(
        stores: list[tuple[str, str, str]], roots: list[SymbolId] | None
    ) -> set[tuple[str, str]]:
        graph = build_graph(program_of(calls, stores, indirect), roots=roots)
        return {(e.caller, e.callee) for e in graph.edges if e.kind in CONTROL}

    least = found(stores, roots)
    assert least <= found(stores, roots + other)
    assert least <= found(stores + more, roots)
    assert found(stores, roots + other) <= found(stores, None)


@given(pairs, flows, sites)
def test_a_call_has_a_status_that_fits_its_edges(
    calls: list[Pair], stores: list[tuple[str, str, str]], indirect: list[Pair]
) -> None:
    graph = build_graph(program_of(calls, stores, indirect))
    assert len(graph.sites) == len(indirect)
    for site in graph.sites:
        edges = {
            e.callee
            for e in graph.edges
            if e.kind == "indirect" and (e.caller, e.line) == (site.caller, site.line)
        }
        assert len(edges) == site.targets
        assert (site.status in ("empty", "unresolved")) == (not edges)
