# SPDX-License-Identifier: MIT
"""Find what of a saved analysis lasts beyond the launch of the target; explain what was trapped."""

from __future__ import annotations

from collections.abc import Callable

from tcbsplit.config.settings import Settings, SplitSettings
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.phase import Classification
from tcbsplit.model.retire import Boundary, Trapped
from tcbsplit.model.vocabulary import Phase, SymbolId
from tcbsplit.phases.lasting import boundary
from tcbsplit.pipeline.saved import Analysed, load_analysis
from tcbsplit.pipeline.workspace import Workspace
from tcbsplit.split.decide.adapted import named_later
from tcbsplit.split.write.templates import adapter_text, runtime_text
from tcbsplit.validate.evidence.audit import Names


def retires(settings: Settings) -> bool:
    """Return whether the split erases what has done its work."""
    return settings.split is not None and settings.split.retire is not None


def boundary_of(analysed: Analysed, classes: Classification) -> Boundary:
    """Return where retired code is erased, and what lasts beyond."""
    split = analysed.settings.split
    settings = split.retire if split else None
    return boundary(
        analysed.program,
        analysed.graph,
        classes,
        analysed.request(),
        analysed.directory,
        settings,
        _adapter(split) if split and settings else (),
    )


def _adapter(split: SplitSettings) -> frozenset[str]:
    interface = runtime_text("handoff", "adapter.h")
    return named_later(adapter_text(split.glue.adapter_path), interface)


def trap_teller(settings: Settings, space: Workspace) -> Callable[[Trapped], str]:
    """Return a function that explains a trap in erased code by the saved analysis.

    Without an analysis (images that are given) it names the function alone.
    """
    if not space.classes.is_file():
        return lambda trap: _called(trap, trap.function or "code without a symbol")
    program, graph, classes = load_analysis(space)
    names = Names(program)

    def explain(trap: Trapped) -> str:
        ids = names.ids(trap.function, trap.file) if trap.function else ()
        if not ids:
            what = trap.function or "code without a symbol"
            return f"{_called(trap, what)}: glue, which is there for the handoff alone"
        callee = ids[0]
        found = classes.functions[callee]
        why = f"reached only so: {' ; '.join(found.why)}" if found.why else "reached by nothing"
        lines = [_called(trap, callee), f"class {found.kind}: {why}"]
        callers = names.ids(trap.caller, trap.caller_file) if trap.caller else ()
        lines.append(_missing(graph, classes, callers[0] if callers else None, callee))
        return "; ".join(lines)

    return explain


def _called(trap: Trapped, what: str) -> str:
    caller = f" from {trap.caller}" if trap.caller else ""
    return f"erased code was run{caller}: {what} (trap at {trap.address:#x})"


def _missing(
    graph: ReferenceGraph, classes: Classification, caller: SymbolId | None, callee: SymbolId
) -> str:
    """Return the statement of the analysis or of the configuration that the trap refutes."""
    for cut in classes.cut_edges:
        if cut.edge.callee == callee and caller in (None, cut.edge.caller):
            return f"the cut {cut.cut.where} severs {cut.edge.caller} -> {callee}"
    if caller is None:
        return "a root of run time, or an edge to it, is missing"
    if not any(e.callee == callee for e in graph.outgoing.get(caller, ())):
        return f"the edge {caller} -> {callee} is missing in the call graph"
    known = classes.functions.get(caller)
    if known is None or Phase.RUNTIME not in known.phases:
        return f"a root of run time that leads to {caller} is missing"
    return f"{caller} was taken to go there before the boundary only (roots.boot_only, launch)"
