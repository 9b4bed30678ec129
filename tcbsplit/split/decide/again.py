# SPDX-License-Identifier: MIT
"""Finds what moved and counts its calls: the guest makes one, whatever the hypervisor made."""

from __future__ import annotations

from collections.abc import Iterable

from tcbsplit.model.access import Access
from tcbsplit.model.graph import CONTROL, ReferenceGraph
from tcbsplit.model.handoff import CalledAgain
from tcbsplit.model.split import Sides
from tcbsplit.split.decide.crossing import Crossing
from tcbsplit.split.decide.running import Before


def called_again(
    graph: ReferenceGraph, sides: Sides, before: Before, handed: Iterable[Crossing], access: Access
) -> tuple[CalledAgain, ...]:
    """Return the calls that the guest does not repeat, with what a second call could change.

    These are variables ``handed`` over that what moved both reads and writes: a counter has another
    value after two calls than after one. One that is always set before it is read does no harm;
    that is not told apart.
    """
    crossing = list(handed)
    found = []
    for moved, call in before.repeated().items():
        run = graph.reach(
            {moved: None}, lambda e: e.kind in CONTROL and e.callee in sides.guest
        ).keys()
        variables = tuple(
            c.variable
            for c in crossing
            if not run.isdisjoint(c.writers)
            and not run.isdisjoint(access.readers.get(c.variable, ()))
        )
        if variables:
            found.append(
                CalledAgain(function=moved, file=call.file, line=call.line, variables=variables)
            )
    return tuple(found)
