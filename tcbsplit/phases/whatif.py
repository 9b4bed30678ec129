"""What if: another designation or cut, tried on the saved graph; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tcbsplit.errors import UnknownNameError
from tcbsplit.model.base import Record
from tcbsplit.model.graph import Edge, ReferenceGraph
from tcbsplit.model.phase import Cut
from tcbsplit.model.size import Size
from tcbsplit.phases.classify import Request, conflicting, resolve, staying
from tcbsplit.phases.measure import Scale
from tcbsplit.phases.names import Directory


class Outcome(Record, frozen=True, kw_only=True):
    """What leaves the trusted computing base, what enters it, and which conflicts are new."""

    before: Size
    after: Size
    leaves: Size
    leaving: tuple[str, ...]
    entering: tuple[str, ...]
    conflicts: tuple[Edge, ...]


def parse_cut(text: str, stub: str) -> Cut:
    """``A->B`` or ``B`` as a cut; with ``stub`` an expression, else elided."""
    caller, arrow, callee = (part.strip() for part in text.rpartition("->"))
    if not callee or (arrow and not caller):
        raise UnknownNameError(f"--cut {text}: must be CALLER->CALLEE, or CALLEE for every caller")
    return Cut(
        caller=caller or "*",
        callee=callee,
        policy="stub" if stub else "elide",
        expression=stub,
        reason="what if",
        where="--cut",
    )


def what_if(
    graph: ReferenceGraph,
    directory: Directory,
    request: Request,
    scale: Scale,
    cuts: Sequence[Cut],
    preprocess: Sequence[str],
) -> Outcome:
    """Compare the request with one that has more cuts and designations."""
    other = msgspec.structs.replace(
        request,
        cuts=(*request.cuts, *cuts),
        preprocess=(*request.preprocess, *preprocess),
    )
    before, after = resolve(graph, directory, request), resolve(graph, directory, other)
    was, now = (frozenset().union(*staying(graph, r).values()) for r in (before, after))
    known = set(conflicting(graph, before)[0])
    return Outcome(
        before=scale.size(was),
        after=scale.size(now),
        leaves=scale.size(was - now),
        leaving=tuple(sorted(was - now)),
        entering=tuple(sorted(now - was)),
        conflicts=tuple(e for e in conflicting(graph, after)[0] if e not in known),
    )


def describe(found: Outcome) -> str:
    """Text: sizes before and after, what leaves, new conflicts."""

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
    lines.append(f"{len(found.conflicts)} new conflicts")
    lines += [f"  {e.file}:{e.line}: {e.caller} -> {e.callee}" for e in found.conflicts[:10]]
    return "\n".join(lines)
