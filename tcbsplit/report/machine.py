# SPDX-License-Identifier: MIT
"""Render the comparison of machine code with the analysis as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tcbsplit.errors import some
from tcbsplit.model.machine import Contradiction, Findings
from tcbsplit.model.vocabulary import ContradictionKind

_SHOWN = 5
_KINDS = {
    ContradictionKind.EDGE: "the graph lacks it",
    ContradictionKind.PHASE: "run-time code leads to code that is not classified run time",
}


def machine_line(found: Findings) -> str:
    """Return the compared items and the number of contradictions."""
    if not found.branches:
        why = found.unread or "none is there; build the tree, and analyze"
        return (
            f"machine code ({found.build}): {why}: calls that compilers make by themselves "
            "were not seen"
        )
    read = [f"{found.objects} objects"] if found.objects else []
    read += [f"image {Path(found.image).name}"] if found.image else []
    read += [f"{found.joined} edges that no source shows"] if found.joined else []
    return (
        f"machine code ({found.build}): {found.branches} branches, {found.addresses} addresses, "
        f"{len(found.contradictions)} contradictions ({', '.join(read)})"
    )


def machine_lines(found: Findings) -> Iterator[str]:
    """Yield the line of ``machine_line``, items that were not compared, and contradictions."""
    yield machine_line(found)
    if found.branches:
        for what, units in (
            ("without an object", found.missing),
            ("newer than their object", found.stale),
        ):
            if units:
                yield f"  {len(units)} units {what}: {few(units)}"
    if found.affected:
        yield (
            f"  {len(found.affected)} functions that compilers call by themselves are not run time "
            f"as far as is known: {few(found.affected)}"
        )
    for c in found.contradictions:
        place = f"{c.file}:{c.line}: " if c.line else ""
        yield f"  CONTRADICTION {place}{contradiction(c)}"


def contradiction(found: Contradiction) -> str:
    """Return both functions, the place, facts of the analysis, and the likely cause."""
    return (
        f"{found.caller} -> {found.callee} at {found.address:#x} of {found.path}: "
        f"{_KINDS[found.kind]}; {found.known}; likely: {found.reason}"
    )


def few(names: Sequence[str]) -> str:
    """Return the first names and the number of the others."""
    return some(names, _SHOWN)
