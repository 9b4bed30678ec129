# SPDX-License-Identifier: MIT
"""Find the order in which the instructions of a piece of assembly are executed."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import NamedTuple

from tcbsplit.frontend.machine.disassembly import Instruction
from tcbsplit.frontend.machine.elf import Location
from tcbsplit.frontend.machine.objects import Lead, Object, Piece
from tcbsplit.model.body import Body
from tcbsplit.model.vocabulary import BranchKind


class Ordered(NamedTuple):
    """The order of a piece. Its instructions are the steps from 1 on; then it may fall through."""

    body: Body
    starts: tuple[int, ...]  # where the instructions begin

    def steps(self, lead: Lead) -> tuple[int, ...]:
        """Return the step at which a lead is taken; none for an address: it is used later."""
        if lead.kind is BranchKind.ADDRESS:
            return ()
        if lead.kind is BranchKind.FALL:
            return (len(self.starts) + 1,)
        return (bisect_right(self.starts, lead.at[1]),)


def orders(found: Object) -> dict[Location, Ordered]:
    """Return the order of each piece of code of an assembly source, where it is known."""
    leads: dict[Location, list[Lead]] = defaultdict(list)
    entered: set[Location] = set()  # pieces that are entered elsewhere than where they begin
    for lead in found.leads:
        owner, target = found.owner(lead.at), None if lead.name else found.owner(lead.place)
        if owner is not None:
            leads[owner.place].append(lead)
        if target is not None and target is not owner and target.place != lead.place:
            entered.add(target.place)
    result = {}
    for place, piece in found.pieces.items():
        if piece.code and place not in entered:
            ordered = _ordered(found, piece, leads[place])
            if ordered is not None:
                result[place] = ordered
    return result


def _ordered(found: Object, piece: Piece, leads: list[Lead]) -> Ordered | None:
    """Return the order of a piece; None if it has an indirect jump or undecodable bytes."""
    instructions = found.instructions(piece)
    starts = tuple(i.at for i in instructions)
    last = len(starts) + 2
    branches = {bisect_right(starts, x.at[1]): x for x in leads if x.kind is BranchKind.BRANCH}
    jumps: list[tuple[int, int]] = []
    stops: list[int] = []
    called: list[int] = []  # calls of parts of the piece: whatever leaves it may return to them
    for step, instruction in enumerate(instructions, 1):
        if instruction.ends:
            stops.append(step)
        target = _target(found, piece, instruction, branches.get(step), starts, last)
        if target is None:
            return None
        if target:
            jumps.append((step, target))
        if instruction.call and target:
            called.append(step)
    leaving = [step for step, target in jumps if target == last]
    jumps += [(step, call + 1) for step in leaving for call in called]
    body = Body(last=last, jumps=tuple(n for j in jumps for n in j), stops=tuple(stops))
    endless = last not in body.after((0,))
    return Ordered(Body(body.last, body.jumps, body.stops, (), endless), starts)


def _target(
    found: Object,
    piece: Piece,
    instruction: Instruction,
    branch: Lead | None,
    starts: tuple[int, ...],
    last: int,
) -> int | None:
    """Return the step that an instruction leads to: ``last`` out of the piece, 0 for the next.

    None if it is not known.
    """
    if instruction.bad:
        return None
    if not instruction.branch:
        return last if instruction.ends else 0
    if branch is None:  # through a register or memory
        return 0 if instruction.call else None
    here = branch.place
    if branch.name:
        if branch.name not in {label.name for label in piece.labels}:
            return 0 if instruction.call else last
        here = piece.place
    if found.owner(here) is not piece:
        return 0 if instruction.call else last
    step = bisect_right(starts, here[1])
    return step if step and starts[step - 1] == here[1] else None
