# SPDX-License-Identifier: MIT
"""Find the loop in which a hypervisor runs its guests: boot ends at what calls it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from tcbsplit.model.graph import CONTROL
from tcbsplit.model.program import Program
from tcbsplit.model.unit import ReferenceFact
from tcbsplit.model.vocabulary import EdgeKind, SymbolId

_MOST = 3  # loops above one launch: more are no loops of guests
_Calls = Mapping[SymbolId, list[ReferenceFact]]


class Looped(NamedTuple):
    """Launch points, and functions that run guests in a loop without end, with the reasons."""

    launch: dict[SymbolId, str]
    loops: dict[SymbolId, str]


def looped(
    found: Mapping[SymbolId, str], program: Program, starts: Collection[str], ends: Collection[str]
) -> Looped:
    """Return the callers of the loops that lead to ``found`` instead of these launches.

    A launch stays where the loop is among ``ends`` (boot is known to end in it), or is called by
    none but ``starts`` or through pointers.
    """
    calls: dict[SymbolId, list[ReferenceFact]] = defaultdict(list)
    for reference in program.references:
        if reference.kind in CONTROL and reference.source in program.functions:
            calls[reference.target].append(reference)
    launch: dict[SymbolId, str] = {}
    loops: dict[SymbolId, str] = {}
    for identity, why in found.items():
        above = [i for i in _above(identity, calls, program) if i not in ends]
        callers = {
            r.source: i for i in above for r in calls[i] if r.source not in (*starts, *above)
        }
        for i in above:
            loops.setdefault(i, f"runs guests in a loop without end: leads to {identity}")
        for caller, loop in callers.items():
            launch.setdefault(caller, f"calls {loop}, which runs guests in a loop without end")
        if not callers:
            launch[identity] = why
    return Looped(launch, loops)


def _above(identity: SymbolId, calls: _Calls, program: Program) -> list[SymbolId]:
    """Return the nearest functions without end that lead to ``identity`` again and again."""
    found: set[SymbolId] = set()
    seen, work = {identity}, [identity]
    while work:
        for reference in calls[work.pop()]:
            if reference.source in seen:
                continue
            seen.add(reference.source)
            if _again(reference, program):
                found.add(reference.source)
            else:
                work.append(reference.source)
    return sorted(found) if len(found) <= _MOST else []


def _again(reference: ReferenceFact, program: Program) -> bool:
    """Return whether a call is in a loop of a function that never ends.

    A jump of inline assembly is none: it does not come back.
    """
    body = program.functions[reference.source].body
    return (
        reference.kind is EdgeKind.CALL
        and body is not None
        and body.endless
        and any(step in body.after((step,)) for step in reference.steps)
    )
