# SPDX-License-Identifier: MIT
"""Find conflicts: code that stays mentions code designated to move, without a cut."""

from __future__ import annotations

from collections import defaultdict

from tcbsplit.model.advice import Conflict, Mention
from tcbsplit.model.graph import Chain, ReferenceGraph, chain
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import Phase, SymbolId
from tcbsplit.phases.classify import conflicting
from tcbsplit.phases.request import Resolved

_POLICY = {"void": ("elide", ""), "pointer": ("stub", "NULL")}


def conflicts(program: Program, graph: ReferenceGraph, request: Resolved) -> tuple[Conflict, ...]:
    """Return the conflicts of a resolved request, grouped by callee."""
    edges, staying = conflicting(graph, request)
    grouped: dict[SymbolId, list[Mention]] = defaultdict(list)
    for edge in edges:
        phases = tuple(p for p in (Phase.RUNTIME, Phase.BOOT) if edge.caller in staying[p])
        # A variable exists at all times and has no callers.
        way = chain(staying[phases[0]], edge.caller) if phases else Chain(edge.caller, ())
        grouped[edge.callee].append(
            Mention(edge=edge, phases=phases or (Phase.RUNTIME, Phase.BOOT), chain=way)
        )
    return tuple(
        Conflict(callee=callee, mentions=tuple(found), fragment=_fragment(program, callee, found))
        for callee, found in sorted(grouped.items())
    )


def _fragment(program: Program, callee: SymbolId, mentions: list[Mention]) -> str:
    """Return YAML with a cut for each caller; the callee's result type selects the policy."""
    kind = program.functions[callee].result_kind
    policy, expression = _POLICY.get(kind, ("stub", "0"))
    pieces = []
    for caller in dict.fromkeys(m.edge.caller for m in mentions):
        written = f', expression: "{expression}"' if expression else ""
        name = '"*"' if caller in program.variables else caller
        pieces.append(
            f"  - {{caller: {name}, callee: {callee}, policy: {policy}{written}, reason: TODO}}"
        )
    return "\n".join(dict.fromkeys(pieces))
