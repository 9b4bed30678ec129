"""Graph and classes -> the analysis artifact, the contract for other tools."""

from __future__ import annotations

from tcbsplit.model.analysis import (
    ANALYSIS_VERSION,
    AnalysedEdge,
    AnalysedFunction,
    Analysis,
    HardwareCall,
    statistics,
)
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.machine import Findings
from tcbsplit.model.phase import Classification, WrittenCut
from tcbsplit.model.program import Program


def contract_of(
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
        AnalysedEdge(
            caller=e.caller,
            callee=e.callee,
            kind=e.kind,
            confidence=e.confidence,
            file=e.file,
            line=e.line,
            rule=e.rule,
        )
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
        machine=machine,
        left_out=program.left_out,
    )
