"""Conflicts: what stays mentions what was designated to move, and no cut says what instead."""

from __future__ import annotations

from collections import defaultdict

from tcbsplit.model.base import Record
from tcbsplit.model.graph import Chain, Edge, ReferenceGraph, chain
from tcbsplit.model.program import Program
from tcbsplit.phases.classify import conflicting
from tcbsplit.phases.request import Resolved

_POLICY = {"void": ("elide", ""), "pointer": ("stub", "NULL")}


class Mention(Record, frozen=True, kw_only=True):
    """One conflicting edge: when its caller runs, and how it is reached."""

    edge: Edge
    phases: tuple[str, ...]
    chain: Chain  # from a root to the caller, run time first


class Conflict(Record, frozen=True, kw_only=True):
    """All conflicting mentions of one designated function, and cuts that would resolve them."""

    callee: str
    mentions: tuple[Mention, ...]
    fragment: str  # YAML for the configuration's ``cuts``


def conflicts(program: Program, graph: ReferenceGraph, request: Resolved) -> tuple[Conflict, ...]:
    """Return the conflicts of a resolved request, grouped by callee."""
    edges, staying = conflicting(graph, request)
    grouped: dict[str, list[Mention]] = defaultdict(list)
    for edge in edges:
        phases = tuple(p for p in ("runtime", "boot") if edge.caller in staying[p])
        # A variable is there at all times, and nobody calls it.
        way = chain(staying[phases[0]], edge.caller) if phases else Chain(edge.caller, ())
        grouped[edge.callee].append(
            Mention(edge=edge, phases=phases or ("runtime", "boot"), chain=way)
        )
    return tuple(
        Conflict(callee=callee, mentions=tuple(found), fragment=_fragment(program, callee, found))
        for callee, found in sorted(grouped.items())
    )


def describe(found: tuple[Conflict, ...]) -> str:
    """Text: each callee with its mentions, the shortest chain to each, and YAML to paste."""
    lines = []
    for conflict in found:
        lines.append(f"{conflict.callee}")
        for mention in conflict.mentions:
            edge = mention.edge
            lines.append(
                f"  {edge.file}:{edge.line}: {edge.caller} ({edge.kind}, {edge.confidence}) "
                f"at {' and '.join(mention.phases)}"
            )
            lines.append(f"    {' -> '.join(mention.chain.ids)}")
    if found:
        lines += ["", "# for the configuration; choose each policy and give the reason", "cuts:"]
        lines += [conflict.fragment for conflict in found]
    return "\n".join(lines)


def _fragment(program: Program, callee: str, mentions: list[Mention]) -> str:
    """One cut for each caller, with the policy that its result type suggests."""
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
