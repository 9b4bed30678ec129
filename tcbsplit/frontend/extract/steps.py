# SPDX-License-Identifier: MIT
"""Build the order of a function's body (``model.body``) while its tree is walked.

Code between two steps has no relevant effect and belongs to the earlier step. So "after step n" is
a position in the program, and a jump leads from such a position to a step.
"""

from __future__ import annotations

import msgspec

from tcbsplit.model.body import Body, Way
from tcbsplit.model.condition import UNKNOWN, Condition, ConditionKind, combined

_END = -1
# Stands for the values of a ``switch`` that no other label has.
DEFAULT = Condition(ConditionKind.UNKNOWN, name="default")


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
        self._labelled: list[dict[int, list[Condition]]] = []  # of switches: by step
        self._ways: list[Way] = []

    def step(self) -> int:
        """Begin a new step that follows the previous one; return its number."""
        self.last += 1
        return self.last

    def jump(self, origin: int, target: int) -> None:
        """Record that control may go from after ``origin`` to ``target``."""
        self._jumps.append((origin, target))

    def stop(self) -> int:
        """Begin a step from which control does not continue to the next."""
        self.stops.add(self.step())
        return self.last

    def way(self, origin: int, yes: int, no: int, condition: Condition | None) -> None:
        """Record that control goes on to ``yes`` if a condition holds, and else to ``no``."""
        if condition is not None:
            self._ways += [Way(origin, yes, condition), Way(origin, no, condition.negated)]

    def undo(self, step: int) -> None:
        """Remove the newest step, which must be unreferenced."""
        self.stops.discard(step)
        self.last = step - 1

    def join(self, origin: int) -> None:
        """Record that the steps since ``origin`` may be skipped."""
        if self.last > origin:
            self.jump(origin, self.step())

    def branch(self, origin: int, condition: Condition | None) -> None:
        """Record that the steps since ``origin`` are skipped unless a condition holds.

        With a condition, ``origin`` is a step of its own; it goes if nothing follows.
        """
        if self.last == origin and condition is not None:
            self.undo(origin)
            return
        self.join(origin)
        if self.last > origin:
            self.way(origin, origin + 1, self.last, condition)

    def unordered(self, start: int) -> None:
        """Record that the steps since ``start`` are executed in any order (ISO C11 6.5, 3)."""
        if self.last > start + 1:
            self.jump(self.last, start + 1)

    def leave(self) -> None:
        """Record a ``return``."""
        self.jump(self.stop(), _END)

    def label(self, name: str) -> None:
        """Record a label; equal names in several blocks (GNU ``__label__``) count as one."""
        self._labels.setdefault(name, []).append(self.step())

    def goto(self, name: str | None) -> None:
        """Record a jump to a label, or to any label (None)."""
        self._gotos.append((self.stop(), name))

    def may_go(self, step: int) -> None:
        """Record that a step may continue, or jump to any label (``asm goto``)."""
        self._gotos.append((step, None))

    def may_leave(self, step: int) -> None:
        """Record that a step may continue, or return."""
        self.jump(step, _END)

    def enter(self, switch: bool = False) -> None:
        """Begin a loop or ``switch``."""
        self._breaks.append([])
        if switch:
            self._cases.append([])
            self._defaults.append(False)
            self._labelled.append({})
        else:
            self._continues.append([])

    def break_(self) -> None:
        """Record a ``break``; outside loops and switches (an error), as a ``return``."""
        if self._breaks:
            self._breaks[-1].append(self.stop())
        else:
            self.leave()

    def continue_(self) -> None:
        """Record a ``continue``."""
        if self._continues:
            self._continues[-1].append(self.stop())
        else:
            self.leave()

    def continues_here(self) -> None:
        """Set the target of ``continue`` of the innermost loop."""
        steps = self._continues.pop()
        if steps:
            here = self.step()
            self._jumps += [(s, here) for s in steps]

    def repeat(self, head: int, *, always: bool, never: bool = False) -> int:
        """End a loop: back to ``head``, or continue. Return the step that goes back."""
        back = self.stop() if always else self.step()
        if not never:
            self.jump(back, head)
        return back

    def breaks_here(self) -> None:
        """Set the target of ``break`` of the innermost loop or ``switch``."""
        steps = self._breaks.pop()
        here = self.step()
        self._jumps += [(s, here) for s in steps]

    def case(self, default: bool, condition: Condition | None = None) -> None:
        """Record a ``case`` or ``default``; ``condition`` holds for its values."""
        if not self._cases:
            return
        known = self._cases[-1]
        if not known or known[-1] != self.last:
            known.append(self.step())
        self._defaults[-1] |= default
        told = UNKNOWN if condition is None else condition
        self._labelled[-1].setdefault(known[-1], []).append(DEFAULT if default else told)

    def switched(self, head: int) -> None:
        """End a ``switch`` whose value was evaluated at ``head``."""
        self._jumps += [(head, s) for s in self._cases.pop()]
        labelled = self._labelled.pop()
        self.breaks_here()
        if not self._defaults.pop():
            self.jump(head, self.last)
            labelled.setdefault(self.last, []).append(DEFAULT)
        told = [c for found in labelled.values() for c in found if c is not DEFAULT]
        if any(any(c.tests) for c in told):
            other = combined(ConditionKind.ANY, told).negated
            for step, found in labelled.items():
                parts = [other if c is DEFAULT else c for c in found]
                self._ways.append(Way(head, step, combined(ConditionKind.ANY, parts)))

    def body(self, never_returns: bool) -> Body:
        """Return the complete body; ``never_returns``: the function is declared noreturn."""
        end = self.step()
        for origin, name in self._gotos:
            places = self._labels.values() if name is None else [self._labels.get(name, [])]
            self._jumps += [(origin, target) for steps in places for target in steps]
        jumps = {(a, end if b == _END else b) for a, b in self._jumps}
        # Continuing to the next step needs no jump.
        self.stops -= {a for a, b in jumps if b == a + 1}
        kept = sorted(j for j in jumps if j[1] != j[0] + 1)
        found = Body(
            last=end,
            jumps=tuple(n for jump in kept for n in jump),
            stops=tuple(sorted(self.stops)),
            again=tuple(self.again),
            ways=tuple(self._ways),
        )
        if not never_returns and (not self.stops or end in found.after((0,))):
            return found
        return msgspec.structs.replace(found, endless=True)
