# SPDX-License-Identifier: MIT
"""What a kind of fault is, and complaints about a run of the tool that was harmed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.soak.bed import Bed, Outcome, Tool

Kind = Callable[[Bed, random.Random], list[str]]


KINDS: dict[str, Kind] = {}


SHORT_CAUSE = 400  # characters of a cause that a person reads


class Impossible(Exception):
    """The kind cannot be made here; the message says why."""


def kind(make: Kind) -> Kind:
    KINDS[make.__name__.replace("_", "-")] = make
    return make


def verdict(
    outcome: Outcome, *causes: str, verdict: str = "error", status: int = 1
) -> Iterator[str]:
    """Complaints unless the run came to ``verdict`` with a short cause that has one of these."""
    if outcome.status != status or len(outcome.results) != 1:
        yield f"exit status {outcome.status}, wanted {status}: {outcome.said[-SHORT_CAUSE:]}"
        return
    result = outcome.results[0]
    cause = result["cause"]
    if result["verdict"] != verdict:
        yield f"verdict {result['verdict']}, wanted {verdict}: {cause}"
    if causes and not any(c in cause for c in causes):
        yield f"the cause names none of {causes}: {cause}"
    if len(cause.splitlines()) > 2 or len(cause) > SHORT_CAUSE:
        yield f"the cause is too long: {cause}"


def passed(outcome: Outcome) -> Iterator[str]:
    yield from verdict(outcome, verdict="pass", status=0)


def booted(bed: Bed, image: str | Path, *causes: str) -> list[str]:
    with bed.boot(image) as tool:
        return [*verdict(tool.finish(), *causes), *leftovers(tool)]


def leftovers(tool: Tool) -> Iterator[str]:
    for pid, words in tool.left().items():
        yield f"process {pid} is left: {words}"


def until(tool: Tool, condition: Callable[[], object], seconds: float = 60) -> bool:
    """Wait for it while the tool runs."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and tool.runs():
        if condition():
            return True
        time.sleep(0.01)
    return False
