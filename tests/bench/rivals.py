# SPDX-License-Identifier: MIT
"""What a user could take instead: indirect calls by type alone, and by type and record field.

``python -m tests.bench.rivals ARTIFACTS [-- BINARY ARGUMENTS…]`` compares them with an analysis:
targets of the calls that are reached, and, with a binary, the indirect calls of one run under
callgrind that each misses. The second is multi-layer type analysis (Lu and Hu, "Where Does It Go?",
CCS 2019) with two layers, the type of the function and the field of the record.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Set
from pathlib import Path

from tcbsplit.callgraph.fitting import shape
from tcbsplit.model.graph import BY_VALUE, ReferenceGraph
from tcbsplit.model.place import Place, PlaceKind
from tcbsplit.model.program import Program
from tcbsplit.model.unit import IndirectFact
from tcbsplit.model.vocabulary import EdgeKind, SymbolId, bare_name
from tcbsplit.pipeline.workspace import Workspace, load
from tests.oracles import callgrind

Site = tuple[SymbolId, str, int]
Targets = Mapping[Site, Set[SymbolId]]


def taken(program: Program) -> dict[str, set[SymbolId]]:
    """Functions whose address is taken, by the common form of their types."""
    found: dict[str, set[SymbolId]] = defaultdict(set)
    for r in program.references:
        if r.kind in (EdgeKind.ADDRESS, EdgeKind.INIT) and r.target in program.functions:
            found[shape(program.functions[r.target].type)].add(r.target)
    return found


def by_type(program: Program) -> Targets:
    """All functions of the call's type whose address is taken."""
    known = taken(program)
    return _sites(program.indirect, lambda site: known.get(shape(site.type), set()))


def by_layers(program: Program) -> Targets:
    """Those of them that were stored in the field that is called, where all stores are known.

    What is stored from a variable, parameter or result may be anything: then the type decides.
    """
    known, stored = taken(program), _stored(program)

    def targets(site: IndirectFact) -> Set[SymbolId]:
        typed = known.get(shape(site.type), set())
        places = [Place.parse(p) for p in site.places]
        if not places or any(p.kind is not PlaceKind.FIELD or stored[p] is None for p in places):
            return typed
        return typed & {f for p in places for f in stored[p] or ()}

    return _sites(program.indirect, targets)


def of_analysis(graph: ReferenceGraph) -> Targets:
    """The targets of the saved analysis."""
    found: dict[Site, set[SymbolId]] = {(s.caller, s.file, s.line): set() for s in graph.sites}
    for e in graph.edges:
        if e.kind in BY_VALUE and (e.caller, e.file, e.line) in found:
            found[e.caller, e.file, e.line].add(e.callee)
    return found


def _sites(
    facts: Iterable[IndirectFact], targets: Callable[[IndirectFact], Set[SymbolId]]
) -> Targets:
    found: dict[Site, set[SymbolId]] = defaultdict(set)
    for fact in facts:
        found[fact.caller, fact.file, fact.line] |= targets(fact)
    return found


def _stored(program: Program) -> dict[Place, set[SymbolId] | None]:
    """By field: the functions that are stored there; None: not all stores are known."""
    found: dict[Place, set[SymbolId] | None] = defaultdict(set)
    copies: list[tuple[Place, Place]] = []
    for flow in program.flows:
        target, source = Place.parse(flow.target), Place.parse(flow.source)
        if target.kind is not PlaceKind.FIELD or source.kind is PlaceKind.ADDRESS:
            continue
        if source.kind is PlaceKind.FIELD:
            copies.append((target, source))
        elif source.kind is not PlaceKind.FUNCTION:
            found[target] = None
        elif (functions := found[target]) is not None:
            functions.add(source.owner)
    changed = True
    while changed:
        changed = False
        for target, source in copies:
            held, more = found[target], found[source]
            if held is None or (more is not None and more <= held):
                continue
            found[target] = None if more is None else held | more
            changed = True
    return found


def told(name: str, targets: Targets, sites: Iterable[Site], calls: callgrind.Calls) -> str:
    """One row: calls with targets, average, most, without any, and what a run shows missing."""
    counts = [len(targets.get(s, ())) for s in sites]
    some = [c for c in counts if c]
    edges = {(bare_name(s[0]), bare_name(t)) for s, found in targets.items() for t in found}
    missed = len(calls - edges) if calls else "-"
    average = statistics.mean(some) if some else 0
    most = max(some, default=0)
    return f"| {name} | {len(some)} | {average:.2f} | {most} | {counts.count(0)} | {missed} |"


def main(artifacts: Path, run: list[str]) -> None:
    """Print the table."""
    space = Workspace(artifacts)
    program, graph = load(space.program, Program), load(space.graph, ReferenceGraph)
    sites = [*of_analysis(graph)]
    callers = {bare_name(s[0]) for s in sites}
    calls: callgrind.Calls = set()
    if run:
        names = {bare_name(i) for i in program.functions}
        direct = {
            (bare_name(e.caller), bare_name(e.callee))
            for e in graph.edges
            if e.kind is EdgeKind.CALL
        }
        ran = callgrind.dynamic_calls(Path(run[0]).resolve(), run[1:], timeout=600)
        calls = {(a, b) for a, b in ran if a in callers and b in names} - direct
    print(f"{len(sites)} indirect calls, {len(calls)} edges of them ran")
    print("| resolver | with targets | average | most | without | of the edges that ran, missed |")
    resolvers: dict[str, Callable[[], Targets]] = {
        "type": lambda: by_type(program),
        "type and field": lambda: by_layers(program),
        "this analysis": lambda: of_analysis(graph),
    }
    for name, resolve in resolvers.items():
        began = time.process_time()
        targets = resolve()
        print(told(name, targets, sites, calls), f"{time.process_time() - began:.2f} s")


if __name__ == "__main__":
    artifacts, *rest = sys.argv[1:]
    main(Path(artifacts), rest[1:])
