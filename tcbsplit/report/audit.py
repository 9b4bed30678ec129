# SPDX-License-Identifier: MIT
"""Render traces and audits as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tcbsplit.model.trace import Audit, Trace, Violation
from tcbsplit.model.vocabulary import ViolationKind

_KINDS = {
    ViolationKind.NOT_RUNTIME: "ran after the boundary and is not classified run time",
    ViolationKind.MOVED: "moved to the preprocessing guest and ran in the thin hypervisor",
    ViolationKind.UNREACHED: "ran and is classified unreached",
    ViolationKind.UNKNOWN: "ran after the boundary and is unknown to the analysis",
    ViolationKind.OUTSIDE: "is where code ran that belongs to no function",
    ViolationKind.ERASED: "ran after the boundary, where it is erased",
}


def traces_text(traces: Sequence[Trace]) -> Iterator[str]:
    """Yield a line per trace: the number of functions that ran in each phase."""
    for t in traces:
        counts = ", ".join(
            f"{sum(phase in f.phases for f in t.functions)} in {phase}" for phase in t.phases
        )
        missing = [p for p in t.phases if p not in t.reached]
        note = f"; never reached: {', '.join(missing)}" if missing else ""
        yield (f"traced {t.scenario} ({t.build}): {len(t.functions)} functions ran, {counts}{note}")


def audit_text(found: Audit, never: bool) -> Iterator[str]:
    """Yield violations, coverage (``never``: with the functions that never ran) and excuses."""
    for v in found.violations:
        yield (f"VIOLATION {v.scenario} ({v.build}): {v.function} {_KINDS[v.kind]}")
        for line in _details(v):
            yield (f"  {line}")
    for build, c in found.coverage.items():
        yield (
            f"{build}: {c.executed} of {c.runtime} run-time functions were exercised; "
            "a lower bound of what can run"
        )
        if never:
            for function in c.never:
                yield (f"  never exercised: {function}")
    if found.unknown:
        yield (f"ran after the boundary, unknown to the analysis: {', '.join(found.unknown)}")
    for name, reason in found.excused.items():
        yield (f"  excused: {name}: {reason}")
    yield (f"{len(found.violations)} violations")


def _details(v: Violation) -> list[str]:
    lines = [f"in phase {v.phase}, classified {v.classified}", v.reason]
    if v.caller:
        how = "by the last indirect branch before it, in" if v.indirect else "from"
        lines.append(f"entered {how} {v.caller}" + (f": {v.edge}" if v.edge else ""))
    return lines
