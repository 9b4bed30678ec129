# SPDX-License-Identifier: MIT
"""Render marks of boot code against the graph, as text and as findings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tcbsplit.model.finding import Finding
from tcbsplit.model.retire import Marked, Marks, Retirement, SectionKind
from tcbsplit.report.findings import finding_line

RULES = {
    "mark-contradicted": "nothing that is marked as boot code runs once boot is over",
    "mark-missing": "what only boot runs and uses is marked",
}


def mark_findings(found: Marks) -> tuple[Finding, ...]:
    """Return the findings: contradictions first."""
    return (
        *(_finding("mark-contradicted", m, f"{m.id} has {m.mark}, and {m.why}{_way(m)}")
          for m in found.contradicted),
        *(_finding("mark-missing", m, f"{m.id} lacks {m.mark}: {m.why}") for m in found.missing),
    )  # fmt: skip


def _way(one: Marked) -> str:
    return f": {' -> '.join(one.chain.ids)}" if one.chain else ""


def _finding(rule: str, one: Marked, message: str) -> Finding:
    edges = one.chain.edges if one.chain else ()
    return Finding(
        rule=rule,
        message=message,
        file=one.file,
        line=one.line,
        steps=tuple((e.file, e.line, f"{e.caller} -> {e.callee}") for e in edges),
    )


def marks_text(found: Marks, folder: Path) -> Iterator[str]:
    """Yield the findings, what cannot be marked, the counts, and where the patches are."""
    for finding in mark_findings(found):
        yield finding_line(finding)
    for one in found.unplaced:
        yield f"not marked: {one.id}: {one.why}"
    yield (
        f"{len(found.missing)} marks are missing, {len(found.contradicted)} are contradicted, "
        f"{found.present} agree; patches: {folder}"
    )


def retired_text(found: Retirement) -> Iterator[str]:
    """Yield what could be erased, by section, where, and what cannot be placed."""
    for place in found.places:
        yield f"erased at {place.file}:{place.line}: before {place.caller} calls {place.callee}"
    for kind in SectionKind:
        ids = [p.id for p in found.placed if p.section is kind]
        yield f"{kind.section}: {len(ids)}"
        yield from (f"  {i}" for i in ids)
    for one in found.unplaced:
        yield f"stays: {one.id}: {one.why}"
