# SPDX-License-Identifier: MIT
"""Measure the TCB of a revision, and group what moved since another by the edges that moved it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tcbsplit.model.graph import Edge
from tcbsplit.model.history import Group, Revision, Snapshot, Step
from tcbsplit.model.phase import Classification
from tcbsplit.model.tcb import Moved
from tcbsplit.model.vocabulary import Phase, SymbolId
from tcbsplit.phases.diff import difference, runtime_of
from tcbsplit.phases.measure import Scale


def snapshot(revision: Revision, request: bytes, classes: Classification, scale: Scale) -> Snapshot:
    """Measure one revision."""
    staying = {Phase.BOOT, Phase.RUNTIME}
    runtime = runtime_of(classes)
    return Snapshot(
        revision=revision,
        request=request,
        tcb=scale.size(i for i, c in classes.functions.items() if staying & set(c.phases)),
        runtime=scale.size(runtime),
        lines={i: scale.lines[i] for i in sorted(runtime)},
    )


def step(
    found: Snapshot, classes: Classification | None, before: tuple[Snapshot, Classification] | None
) -> Step:
    """Return a revision with what changed since ``before``; nothing if either is not known."""
    entered: tuple[Group, ...] = ()
    left: tuple[Group, ...] = ()
    if classes is not None and before is not None:
        earlier, its_classes = before
        moved = difference(its_classes, classes)
        entered = _groups(moved.entered, found.lines)
        left = _groups(moved.left, earlier.lines)
    return Step(
        revision=found.revision,
        error=found.error,
        tcb=found.tcb,
        runtime=found.runtime,
        entered=entered,
        left=left,
    )


def _groups(moved: Iterable[Moved], lines: Mapping[SymbolId, int]) -> tuple[Group, ...]:
    """Return the functions by the edge that moved them, the most lines first."""
    by_edge: dict[Edge | None, list[SymbolId]] = {}
    for m in moved:
        by_edge.setdefault(m.edge, []).append(m.function)
    groups = [
        Group(
            edge=f"{edge.caller} -> {edge.callee}" if edge else "a root",
            file=edge.file if edge else "",
            line=edge.line if edge else 0,
            functions=tuple(functions),
            lines=sum(lines.get(f, 0) for f in functions),
        )
        for edge, functions in by_edge.items()
    ]
    return tuple(sorted(groups, key=lambda g: (-g.lines, g.edge)))
