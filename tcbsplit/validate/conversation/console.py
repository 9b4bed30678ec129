# SPDX-License-Identifier: MIT
"""Describe what a scenario types on each console and expects there, live or recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tcbsplit.config.scenario import Marker, Scenario, Typed


@dataclass(frozen=True)
class Console:
    """One serial port of a scenario."""

    type: tuple[Typed, ...]  # in order
    expect: tuple[Marker, ...]  # in order
    forbid: tuple[str, ...]
    exit: int | None = None  # status with which the machine has to end; None: it need not end
    settle: int = 0  # seconds to go on reading after the last marker
    capture: str = ""  # regular expression of lines that both builds must print alike


def consoles(scenario: Scenario) -> tuple[Console, ...]:
    """Return the consoles of ``scenario``; only the first one waits for the end of the machine."""
    first = Console(
        scenario.type,
        scenario.expect,
        scenario.forbid,
        scenario.exit,
        scenario.settle,
        scenario.capture,
    )
    return (first, *(Console(p.type, p.expect, p.forbid) for p in scenario.ports))


class Listener(Protocol):
    """A receiver of a console's output that decides what to type and how long to wait."""

    def feed(self, chunk: bytes, seconds: float) -> list[str]:
        """Take a chunk that came ``seconds`` after the start; return the lines to type now."""
        ...

    @property
    def complete(self) -> bool:
        """Whether all that is expected has come."""
        ...

    @property
    def doomed(self) -> bool:
        """Whether the boot has failed for certain."""
        ...

    @property
    def deadline(self) -> float:
        """The time to stop waiting, in seconds since the start."""
        ...
