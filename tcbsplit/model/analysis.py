# SPDX-License-Identifier: MIT
"""The analysis artifact (analysis.json): the contract that other tools rely on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import fmean, median

import msgspec

from tcbsplit.model.base import Record
from tcbsplit.model.collision import Collision
from tcbsplit.model.graph import Edge, IndirectSite, ReferenceGraph
from tcbsplit.model.machine import Findings
from tcbsplit.model.phase import Classification, LeftOut, WrittenCut
from tcbsplit.model.program import Degraded, Program, UnknownFlag
from tcbsplit.model.vocabulary import CodeClass, Confidence, EdgeKind, IndirectStatus, Phase

ANALYSIS_VERSION = 2


class AnalysedFunction(msgspec.Struct, frozen=True, kw_only=True):
    """One function of the image. ``why`` holds ids from a root to here."""

    id: str
    name: str
    file: str
    line: int
    end_line: int
    kind: CodeClass = msgspec.field(name="class")
    phases: tuple[Phase, ...]
    loc: int
    complexity: int
    why: tuple[str, ...]


class AnalysedEdge(msgspec.Struct, frozen=True, kw_only=True):
    """One edge between functions, with its evidence."""

    caller: str
    callee: str
    kind: EdgeKind
    confidence: Confidence
    file: str
    line: int
    rule: str

    @classmethod
    def of(cls, edge: Edge) -> AnalysedEdge:
        """Return what the artifact says of an edge of the graph."""
        return cls(
            caller=edge.caller,
            callee=edge.callee,
            kind=edge.kind,
            confidence=edge.confidence,
            file=edge.file,
            line=edge.line,
            rule=edge.rule,
        )


class HardwareCall(Record, frozen=True, kw_only=True):
    """A function whose address is cut up or handed to the processor, and where."""

    function: str
    file: str
    line: int
    how: str
    counted: bool  # as a run-time root, because the configuration does not say when it runs


class IndirectStatistics(Record, frozen=True, kw_only=True):
    """Indirect calls of reachable code, counted by status, and their targets.

    The average and median are over the calls that are resolved by flow (exact, resolved, empty):
    the precise tier. ``assumed_edges`` counts the edges of the sound tier.
    """

    sites: int
    exact: int
    resolved: int
    registry: int
    assumed: int
    empty: int
    external: int = 0
    unresolved: int
    average: float
    median: float
    maximum: int
    assumed_edges: int


_BY_FLOW = (IndirectStatus.EXACT, IndirectStatus.RESOLVED, IndirectStatus.EMPTY)


def statistics(sites: Sequence[IndirectSite]) -> IndirectStatistics:
    """Count the indirect calls of a graph."""
    counts = Counter(s.status for s in sites)
    precise = [s.targets for s in sites if s.status in _BY_FLOW]
    return IndirectStatistics(
        sites=len(sites),
        exact=counts[IndirectStatus.EXACT],
        resolved=counts[IndirectStatus.RESOLVED],
        registry=counts[IndirectStatus.REGISTRY],
        assumed=counts[IndirectStatus.ASSUMED],
        empty=counts[IndirectStatus.EMPTY],
        external=counts[IndirectStatus.EXTERNAL],
        unresolved=counts[IndirectStatus.UNRESOLVED],
        average=round(fmean(precise), 2) if precise else 0.0,
        median=float(median(precise)) if precise else 0.0,
        maximum=max((s.targets for s in sites), default=0),
        assumed_edges=sum(s.targets for s in sites if s.status is IndirectStatus.ASSUMED),
    )


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """The classes of all functions of one image and the edges that led to them."""

    version: int
    image: str
    functions: tuple[AnalysedFunction, ...]
    edges: tuple[AnalysedEdge, ...]
    indirect: IndirectStatistics
    unresolved: tuple[IndirectSite, ...]
    empty: tuple[IndirectSite, ...]
    degraded: tuple[Degraded, ...]
    collisions: tuple[Collision, ...] = ()  # of units that the linked image has all the same
    unknown_flags: tuple[UnknownFlag, ...] = ()
    compared: int = 0  # units held against what their recorded compiler reads; 0: not asked
    missing_compilers: tuple[str, ...] = ()  # their units were not
    cuts: tuple[WrittenCut, ...] = ()
    conflicts: tuple[Edge, ...] = ()
    hardware: tuple[HardwareCall, ...] = ()
    guarded: tuple[LeftOut, ...] = ()  # edges that phase variables exclude, by phase
    machine: Findings | None = None
    left_out: tuple[str, ...] = ()  # sources of the database that ``linked`` says are not there


def analysis_of(
    program: Program,
    graph: ReferenceGraph,
    classes: Classification,
    machine: Findings,
    compared: int = 0,
    missing_compilers: tuple[str, ...] = (),
) -> Analysis:
    """Return all functions with their classes, all edges between them, what contradicts."""
    functions = tuple(
        AnalysedFunction(
            id=f.id,
            name=f.name,
            file=f.extent.file,
            line=f.extent.line,
            end_line=f.extent.end_line,
            kind=classes.functions[f.id].kind,
            phases=classes.functions[f.id].phases,
            loc=program.lines_of(f),
            complexity=f.complexity,
            why=classes.functions[f.id].why,
        )
        for f in program.functions.values()
    )
    edges = tuple(
        AnalysedEdge.of(e)
        for e in graph.edges
        if e.caller in graph.functions and e.callee in graph.functions
    )
    return Analysis(
        version=ANALYSIS_VERSION,
        image=program.image,
        functions=functions,
        edges=edges,
        indirect=statistics(graph.sites),
        unresolved=graph.unresolved,
        empty=graph.empty,
        degraded=program.degraded,
        collisions=program.collisions,
        unknown_flags=program.unknown_flags,
        compared=compared,
        missing_compilers=missing_compilers,
        cuts=tuple(WrittenCut.of(c.cut, edge=c.edge) for c in classes.cut_edges),
        conflicts=classes.conflicts,
        hardware=tuple(
            HardwareCall(
                function=e.function,
                file=e.file,
                line=e.line,
                how=e.how,
                counted=e.function in classes.assumed,
            )
            for e in graph.hardware
        ),
        guarded=classes.left_out,
        machine=machine,
        left_out=program.left_out,
    )
