# SPDX-License-Identifier: MIT
"""The order of control in a function's body, and the positions of its edges in it.

A body is a row of steps, numbered in the order of the source. Calls are steps (after the calls in
their arguments), and so are the places where control branches or joins.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from tcbsplit.model.base import Row
from tcbsplit.model.condition import Condition
from tcbsplit.model.vocabulary import SymbolId


class Way(Row, frozen=True):
    """A way from one step to another that control takes only if a condition holds."""

    origin: int
    target: int
    condition: Condition


class Body(Row, frozen=True):
    """The steps of a function: 0 is its entry, ``last`` its end.

    Control goes from each step to the next number, unless the step is among ``stops``, and along
    ``jumps``. A jump may be taken that the program never takes; one that it takes is there.
    """

    last: int = 0
    jumps: tuple[int, ...] = ()  # from, to, from, to, …
    stops: tuple[int, ...] = ()
    again: tuple[int, ...] = ()  # calls that may return a second time (setjmp)
    endless: bool = False  # control cannot reach the end
    ways: tuple[Way, ...] = ()  # those that depend on global variables

    def after(
        self,
        starts: Iterable[int],
        barred: Collection[int] = (),
        closed: Collection[tuple[int, int]] = (),
    ) -> frozenset[int]:
        """The steps that control may reach from ``starts``.

        It does not leave those ``barred``, nor take the ways (from, to) that are ``closed``.
        """
        ways: dict[int, list[int]] = {}
        for origin, target in zip(self.jumps[::2], self.jumps[1::2], strict=True):
            ways.setdefault(origin, []).append(target)
        stops = {*self.stops, self.last, *barred}
        found: set[int] = set()
        work = list(starts)
        while work:
            step = work.pop()
            following = [] if step in barred else ways.get(step, [])
            for target in following if step in stops else (step + 1, *following):
                if target not in found and (step, target) not in closed:
                    found.add(target)
                    work.append(target)
        return frozenset(found)


class Position(Row, frozen=True):
    """The position of an edge in its caller's body."""

    steps: tuple[int, ...]
    later: bool = False  # handed to other code: it may be called at any time from then on
    registry: str = ""  # control passes through the dispatcher of this registry


class Gate(Row, frozen=True):
    """A call through a pointer that a registry accounts for: its edges start elsewhere."""

    registry: str
    caller: SymbolId
    step: int
