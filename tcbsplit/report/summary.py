# SPDX-License-Identifier: MIT
"""Render the results of an analysis as a few lines of text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from tcbsplit.model.analysis import Analysis, IndirectStatistics
from tcbsplit.model.collision import told
from tcbsplit.report.machine import few, machine_lines

_SHOWN = 5


def summary(analysis: Analysis) -> str:
    """Return counts by class, edges by confidence, uncertain facts, and contradictions."""
    return "\n".join(
        (
            *_counts(analysis),
            *_hardware(analysis),
            *_degraded(analysis),
            *_left_out(analysis),
            *(machine_lines(analysis.machine) if analysis.machine is not None else ()),
            *_flags(analysis),
            *_conflicts(analysis),
        )
    )


def _counts(analysis: Analysis) -> Iterator[str]:
    classes = Counter(f.kind for f in analysis.functions)
    edges = Counter(e.confidence for e in analysis.edges)
    for what, found in (("functions", classes), ("edges", edges)):
        parts = ", ".join(f"{n} {k}" for k, n in sorted(found.items()))
        yield f"{found.total()} {what}: {parts}"
    yield indirect_calls(analysis.indirect)
    yield from (f"  {s.file}:{s.line}: {s.text}: {s.reason}" for s in analysis.unresolved[:_SHOWN])


def _hardware(analysis: Analysis) -> Iterator[str]:
    """Yield the run-time roots that the configuration does not name, by their first evidence."""
    first = {h.function: h for h in reversed(analysis.hardware) if h.counted}
    places: dict[tuple[str, int, str], list[str]] = defaultdict(list)
    for function, h in sorted(first.items()):
        places[h.file, h.line, h.how].append(function)
    for (file, line, how), functions in sorted(places.items()):
        each = "each counted" if len(functions) > 1 else "counted"
        yield (
            f"hardware may call {few(functions)} ({file}:{line}: {how}); "
            f"{each} as a run-time root; name it in roots to say so"
        )


def _degraded(analysis: Analysis) -> Iterator[str]:
    degraded = sorted(analysis.degraded, key=lambda d: not d.abandoned)
    if degraded:
        lost = sum(d.abandoned for d in degraded)
        yield (
            f"{len(degraded)} units with parse errors (their facts may lack)"
            + (f", {lost} of them not read at all:" if lost else ":")
        )
    causes: dict[tuple[str, int, str], list[str]] = defaultdict(list)
    for unit in degraded:  # the first error of a unit is the cause of most others
        first = unit.diagnostics[0]
        causes[first.file, first.line, first.message].append(unit.unit)
    for (file, line, message), units in list(causes.items())[:_SHOWN]:
        told = "" if units == [file] else f" (in {few(units)})"
        yield f"  {file}:{line}: {message}{told}"
    if len(causes) > _SHOWN:
        yield f"  … and {len(causes) - _SHOWN} other causes: degraded in analysis.json"


def _left_out(analysis: Analysis) -> Iterator[str]:
    if analysis.left_out:
        count = len(analysis.left_out)
        yield f"{count} sources are not part of the linked image: {few(analysis.left_out)}"
    if analysis.collisions:
        count = len(analysis.collisions)
        yield f"{count} names have several definitions (what each of them says counts):"
        yield from (f"  {line}" for line in told(analysis.collisions))


def _flags(analysis: Analysis) -> Iterator[str]:
    if analysis.compared:
        yield f"{analysis.compared} units compared with what their compilers read"
    if analysis.missing_compilers:
        yield f"not here, not compared with: {', '.join(analysis.missing_compilers)}"
    if analysis.unknown_flags:
        yield (
            f"{len(analysis.unknown_flags)} compile flags that are not followed "
            "(the analysis is as if they were not there):"
        )
    for f in analysis.unknown_flags:
        yield f"  {f.flag}: {f.unit}{f' and {f.units - 1} more' if f.units > 1 else ''}"


def _conflicts(analysis: Analysis) -> Iterator[str]:
    if analysis.conflicts:
        yield f"{len(analysis.conflicts)} conflicts (what stays mentions what moves):"
    for e in analysis.conflicts[:_SHOWN]:
        yield f"  {e.file}:{e.line}: {e.caller} -> {e.callee}"


def indirect_calls(found: IndirectStatistics) -> str:
    """Return the number of calls through pointers by outcome."""
    return (
        f"{found.sites} indirect calls: {found.exact} exact, {found.resolved} resolved, "
        f"{found.registry} by registry, {found.assumed} assumed ({found.assumed_edges} edges), "
        f"{found.empty} empty, {f'{found.external} external, ' if found.external else ''}"
        f"{found.unresolved} unresolved; targets: average {found.average}, "
        f"median {found.median:g}, most {found.maximum}"
    )
