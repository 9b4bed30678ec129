# SPDX-License-Identifier: MIT
"""Render answers to questions about an analysis as text."""

from __future__ import annotations

from collections.abc import Sequence

from tcbsplit.errors import some
from tcbsplit.model.advice import Between, Conflict, Explanation, Outcome, Proposal
from tcbsplit.model.graph import Edge
from tcbsplit.model.retire import LastsBecause
from tcbsplit.model.size import Size
from tcbsplit.model.vocabulary import SymbolId

_NAMES = 4
_LISTED = 10  # functions or edges of an answer


def explanation_text(found: Explanation) -> str:
    """Return the class, a chain per phase with file:line of every step, and further facts."""
    phases = ", ".join(found.phases) or "none"
    lines = [f"{found.id}: {found.kind} (phases: {phases})"]
    if not found.chains:
        lines.append("  not reached from any root")
    for phase, way in found.chains.items():
        lines.append(f"  {phase}: {way.root} ({_root(found, way.root)})")
        lines += [f"    -> {e.callee}  [{_evidence(e)}]" for e in way.edges]
    lines += _beside_target(found)
    if found.dominators:
        lines.append(f"  leaves the TCB with any of: {', '.join(found.dominators)}")
    for cut in found.held_off:
        lines.append(
            f"  held off by the cut {cut.edge.caller} -> {cut.edge.callee}: {cut.cut.reason}"
        )
    for out in found.left_out[:_LISTED]:
        edge = f"{out.edge.caller} -> {out.edge.callee}  [{_evidence(out.edge)}]"
        lines.append(f"  not followed at {out.phase}: {edge}: never {' or '.join(out.conditions)}")
    for use in found.uses:
        lines.append(
            f"  {use.variable}: read by {_some(use.readers)}; written by {_some(use.writers)}"
        )
    return "\n".join(lines)


def _beside_target(found: Explanation) -> list[str]:
    """Return what becomes of a function when code is erased before the target starts."""
    last = found.lasts
    if last is None:
        return [
            f"  erased before the target starts: {e.file}:{e.line}: {e.caller} calls {e.callee}"
            for e in found.erased
        ]
    if last.because is LastsBecause.LAUNCH and last.chain:
        way = " -> ".join(last.chain.ids)
        return [f"  lasts: on the way from the erasure to the target: {way}"]
    why = {
        LastsBecause.RUNTIME: "run-time code reaches it",
        LastsBecause.LAUNCH: "it is on the way from the erasure to the target",
        LastsBecause.COPY: "it may hold a copy of an inline function that control comes back to",
        LastsBecause.COMPILER: "compilers call it by themselves",
        LastsBecause.KEPT: f"the configuration keeps it: {last.reason}",
        LastsBecause.ADAPTER: "the adapter uses it in a function that is not erased",
    }
    return [f"  lasts beside the target: {why[last.because]}"]


def _root(found: Explanation, root: SymbolId) -> str:
    """Return the origin of a root: the configuration, or evidence in the program."""
    shown = found.assumed.get(root)
    if shown is None:
        return "root"
    return f"root, assumed: {shown.file}:{shown.line}: {shown.how}"


def between_text(found: Between) -> str:
    """Return the shortest chain, then heads, middle and tails of all chains."""
    lines = [f"{found.start} -> {found.end}, shortest of all chains:"]
    lines += [f"    -> {e.callee}  [{_evidence(e)}]" for e in found.shortest.edges]
    lines.append(f"  all chains begin with: {_some(found.heads, 8)}")
    lines.append(f"  pass through {len(found.middle)} functions")
    lines.append(f"  end with: {_some(found.tails, 8)}")
    return "\n".join(lines)


def _evidence(edge: Edge) -> str:
    place = f"{edge.file}:{edge.line}" if edge.file else "configuration"
    return f"{place}: {edge.kind}, {edge.confidence}: {edge.rule}"


def _some(names: Sequence[str], count: int = 4) -> str:
    return some(names, count) or "nobody"


def conflicts_text(found: tuple[Conflict, ...]) -> str:
    """Return each callee with its mentions, the shortest chain to each, and YAML to paste."""
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


def outcome_text(found: Outcome) -> str:
    """Return sizes before and after, functions that leave, new conflicts."""

    def size(s: Size) -> str:
        text = f", {s.text_bytes} bytes of .text" if s.text_bytes >= 0 else ""
        return f"{s.functions} functions, {s.lines} lines{text}, {s.indirect} indirect calls"

    lines = [
        f"TCB now:    {size(found.before)}",
        f"TCB then:   {size(found.after)}",
        f"leaves:     {size(found.leaves)}",
    ]
    if found.entering:
        lines.append(f"enters:     {', '.join(found.entering[:10])}")
    shown = [f"  {i}" for i in found.leaving[:10]]
    rest = len(found.leaving) - len(shown)
    lines += [*shown, *([f"  … and {rest} more (--json lists all)"] if rest > 0 else [])]
    lines.append(f"{len(found.conflicts)} new conflicts to cut")
    lines += [f"  {e.file}:{e.line}: {e.caller} -> {e.callee}" for e in found.conflicts[:10]]
    return "\n".join(lines)


def proposals_text(found: Sequence[Proposal], count: int) -> str:
    """Return the best proposals, the Pareto front, and YAML to accept the first."""
    lines = []
    if not found:
        return (
            "nothing of a suitable size leaves without losing more at run time than it is worth; "
            "--lossy also proposes services"
        )
    if all(p.lost_at_runtime for p in found):
        lines.append("nothing leaves without losing calls at run time; each of these loses some:")
    for rank, p in enumerate(found[:count], 1):
        text = f", {p.frees.text_bytes} bytes of .text" if p.frees.text_bytes >= 0 else ""
        lines.append(
            f"{rank}. {p.name}: frees {p.frees.lines} lines, {p.frees.functions} functions{text}"
        )
        lines.append(
            f"   needs {len(p.cuts)} cuts, {p.handoff_bytes} handoff bytes in {len(p.handoff)} "
            f"variables ({len(p.annotate)} with pointers), {len(p.replaced)} replacements; "
            f"{len(p.lost_at_runtime)} calls at run time are lost"
        )
        if p.serves:
            lines.append(f"   a service: at run time {some(p.serves, _NAMES)} would not be called")
        lines.append(f"   cut at: {', '.join(p.entries[:6])}{' …' if len(p.entries) > 6 else ''}")
    front = pareto(found)
    lines += ["", "Pareto front (cuts: lines freed)"]
    lines += [f"  {len(p.cuts):4}: {p.frees.lines:6}  {p.name}" for p in front]
    lines += ["", f"# to accept 1 ({found[0].name}):", found[0].fragment]
    return "\n".join(lines)


def pareto(proposals: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """Return the proposals for which no other frees as much with fewer cuts, by number of cuts."""
    best: list[Proposal] = []
    for p in sorted(proposals, key=lambda p: (len(p.cuts), -p.frees.lines)):
        if not best or p.frees.lines > best[-1].frees.lines:
            best.append(p)
    return tuple(best)
