# SPDX-License-Identifier: MIT
"""Render changes of the TCB over time and configurations, as text and as findings."""

from __future__ import annotations

from collections.abc import Iterable

from tcbsplit.errors import some
from tcbsplit.model.finding import Finding
from tcbsplit.model.graph import Edge
from tcbsplit.model.machine import Contradiction
from tcbsplit.model.size import Interval
from tcbsplit.model.tcb import ABSENT, Difference, Growth, LockVerdict, Variants
from tcbsplit.model.vocabulary import CodeClass
from tcbsplit.report.machine import contradiction
from tcbsplit.report.tables import COUNTED_LINES, change

RULES = {
    "tcb-growth": "no function enters the run-time TCB without being agreed",
    "tcb-slack": "what has left the run-time TCB has left the lock",
    "tcb-size": "components have the size that was agreed",
    "tcb-declared": "entry points and cuts are those that were agreed",
    "machine-code": "machine code has nothing that the graph or a class denies",
}


def findings(verdict: LockVerdict, contradictions: Iterable[Contradiction]) -> tuple[Finding, ...]:
    """Return the verdict as findings, growth grouped by its causing edge, and contradictions."""
    grown: dict[object, list[Growth]] = {}
    for growth in verdict.grown:
        grown.setdefault(growth.edge, []).append(growth)
    found = []
    for group in grown.values():
        edge, way = group[0].edge, group[0].chain
        names = some([g.function for g in group], 5)
        lines = sum(g.lines for g in group)
        by = f"{edge.caller} -> {edge.callee}" if edge else "a new root"
        found.append(
            Finding(
                rule="tcb-growth",
                message=f"{by} brings in {names} ({lines} lines); {' -> '.join(way.ids)}",
                file=edge.file if edge else "",
                line=edge.line if edge else 0,
                steps=tuple((e.file, e.line, f"{e.caller} -> {e.callee}") for e in way.edges),
            )
        )
    found += [Finding(rule="tcb-slack", message=f"{i} is not there any more") for i in verdict.gone]
    found += [Finding(rule="tcb-size", message=c) for c in verdict.components]
    found += [Finding(rule="tcb-declared", message=c) for c in verdict.changed]
    found += [
        Finding(rule="machine-code", message=contradiction(c), file=c.file, line=c.line)
        for c in contradictions
    ]
    return tuple(found)


def difference_text(found: Difference) -> str:
    """Return added and removed functions, grouped by the edge that makes the difference."""
    lines = []
    for title, moved in (("entered", found.entered), ("left", found.left)):
        lines.append(f"{len(moved)} functions {title} the run-time TCB")
        groups: dict[Edge | None, list[str]] = {}
        for m in moved:
            groups.setdefault(m.edge, []).append(m.function)
        for edge, functions in groups.items():
            where = f"{edge.file}:{edge.line}: {edge.caller} -> {edge.callee}" if edge else "a root"
            lines.append(f"  by {where}: {some(functions, 5)}")
    return "\n".join(lines)


def variants_text(found: Variants) -> str:
    """Return a table of classes by variant, and the functions at run time in any variant."""
    width = max(map(len, (*found.variants, "class")))
    lines = [" ".join([f"{'class':12}", *(f"{v:>{width}}" for v in found.variants)])]
    for kind in (*CodeClass, ABSENT):
        counts = [sum(1 for r in found.rows if r.classes[v] == kind) for v in found.variants]
        lines.append(" ".join([f"{kind:12}", *(f"{n:>{width}}" for n in counts)]))
    runtime = sum(r.runtime for r in found.rows)
    same = sum(len(set(r.classes.values())) == 1 for r in found.rows)
    lines.append(f"{runtime} functions are run time in some variant; {same} have one class in all")
    return "\n".join(lines)


def bounds_text(found: Interval) -> str:
    """Return the TCB before and after for each choice of edges, and the interval."""
    lines = [
        f"{b.edges} edges: {b.original.lines} -> {b.thin.lines} lines, "
        f"{b.original.functions} -> {b.thin.functions} functions, {change(b.saved)} lines"
        for b in found
    ]
    low, high = sorted((b.saved for b in found), reverse=True)
    glue = "glue counted" if found.whole.glue else "no split is there: glue is not counted"
    lines.append(f"reduction: between {change(low)} and {change(high)} of the source lines")
    lines.append(f"counted: {COUNTED_LINES}; {glue}")
    return "\n".join(lines)
