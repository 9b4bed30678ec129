# SPDX-License-Identifier: MIT
"""Builds the order of a function's body (``model.body``) while its tree is walked.

Between two steps nothing happens that anybody asks about: what stands there belongs to the step
before. So "after step n" is a place in the program, and a jump leads from such a place to a step.
"""

from __future__ import annotations

import msgspec

from tcbsplit.model.body import Body

_END = -1


class Control:
    """The steps of one body so far; ``last`` is the number of the newest."""

    def __init__(self) -> None:
        self.last = 0
        self.again: list[int] = []
        self.stops: set[int] = set()
        self._jumps: list[tuple[int, int]] = []
        self._labels: dict[str, list[int]] = {}
        self._gotos: list[tuple[int, str | None]] = []  # None: to any label
        self._breaks: list[list[int]] = []
        self._continues: list[list[int]] = []
        self._cases: list[list[int]] = []
        self._defaults: list[bool] = []

    def step(self) -> int:
        """Begin a new step; control comes to it from the one before."""
        self.last += 1
        return self.last

    def jump(self, origin: int, target: int) -> None:
        """Control may go from after ``origin`` to ``target``."""
        self._jumps.append((origin, target))

    def stop(self) -> int:
        """Begin a step from which control does not go on to the next."""
        self.stops.add(self.step())
        return self.last

    def undo(self, step: int) -> None:
        """Take back the newest step, which nothing refers to."""
        self.stops.discard(step)
        self.last = step - 1

    def join(self, origin: int) -> None:
        """What happened since ``origin`` may have been passed over."""
        if self.last > origin:
            self.jump(origin, self.step())

    def unordered(self, start: int) -> None:
        """What happened since ``start`` happens in any order (ISO C11 6.5, 3)."""
        if self.last > start + 1:
            self.jump(self.last, start + 1)

    def leave(self) -> None:
        """``return``"""
        self.jump(self.stop(), _END)

    def label(self, name: str) -> None:
        """A label; labels of that name in several blocks (GNU ``__label__``) are one."""
        self._labels.setdefault(name, []).append(self.step())

    def goto(self, name: str | None) -> None:
        """A jump to a label, or to any one (None)."""
        self._gotos.append((self.stop(), name))

    def may_go(self, step: int) -> None:
        """A step that may go on, or jump to any label (``asm goto``)."""
        self._gotos.append((step, None))

    def may_leave(self, step: int) -> None:
        """A step that may go on, or return."""
        self.jump(step, _END)

    def enter(self, switch: bool = False) -> None:
        """A loop or ``switch`` begins."""
        self._breaks.append([])
        if switch:
            self._cases.append([])
            self._defaults.append(False)
        else:
            self._continues.append([])

    def break_(self) -> None:
        """``break``; outside of everything (an error) it is taken for a ``return``."""
        if self._breaks:
            self._breaks[-1].append(self.stop())
        else:
            self.leave()

    def continue_(self) -> None:
        """``continue``"""
        if self._continues:
            self._continues[-1].append(self.stop())
        else:
            self.leave()

    def continues_here(self) -> None:
        """Where ``continue`` of the innermost loop leads to."""
        steps = self._continues.pop()
        if steps:
            here = self.step()
            self._jumps += [(s, here) for s in steps]

    def repeat(self, head: int, *, always: bool, never: bool = False) -> int:
        """The end of a loop: back to ``head``, or on. Return the step that goes back."""
        back = self.stop() if always else self.step()
        if not never:
            self.jump(back, head)
        return back

    def breaks_here(self) -> None:
        """Where ``break`` of the innermost loop or ``switch`` leads to."""
        steps = self._breaks.pop()
        here = self.step()
        self._jumps += [(s, here) for s in steps]

    def case(self, default: bool) -> None:
        """``case`` or ``default``"""
        if not self._cases:
            return
        known = self._cases[-1]
        if not known or known[-1] != self.last:
            known.append(self.step())
        self._defaults[-1] |= default

    def switched(self, head: int) -> None:
        """The end of a ``switch`` whose value was found at ``head``."""
        self._jumps += [(head, s) for s in self._cases.pop()]
        self.breaks_here()
        if not self._defaults.pop():
            self.jump(head, self.last)

    def body(self, never_returns: bool) -> Body:
        """All of it, at the end of the function, which may be declared to have none."""
        end = self.step()
        for origin, name in self._gotos:
            places = self._labels.values() if name is None else [self._labels.get(name, [])]
            self._jumps += [(origin, target) for steps in places for target in steps]
        jumps = {(a, end if b == _END else b) for a, b in self._jumps}
        # To go to the next step needs no jump.
        self.stops -= {a for a, b in jumps if b == a + 1}
        kept = sorted(j for j in jumps if j[1] != j[0] + 1)
        found = Body(
            last=end,
            jumps=tuple(n for jump in kept for n in jump),
            stops=tuple(sorted(self.stops)),
            again=tuple(self.again),
        )
        if not never_returns and (not self.stops or end in found.after((0,))):
            return found
        return msgspec.structs.replace(found, endless=True)
