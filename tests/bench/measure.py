# SPDX-License-Identifier: MIT
"""Measures whole processes: wall time, processor time of all their children, memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple


class Cost(NamedTuple):
    """Seconds, seconds of processor time, and the most memory of one process in MiB."""

    wall: float
    cpu: float
    memory: float


def cost(argv: Sequence[str], cwd: Path, environment: dict[str, str] | None = None) -> Cost:
    """Run a program to its end; raises when it fails."""
    began = time.perf_counter()
    child = subprocess.Popen(
        argv, cwd=cwd, env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert child.stderr is not None
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(f"{argv}: {child.returncode}: {said.decode()}")
    wall = time.perf_counter() - began
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def tcbsplit(*arguments: object, cwd: Path, cache: Path) -> Cost:
    """Run our command line with a cache of its own."""
    return cost(
        [sys.executable, "-m", "tcbsplit", *map(str, arguments)], cwd,
        {"TCBSPLIT_CACHE": str(cache)},
    )  # fmt: skip


def median(work: Callable[[], Cost], rounds: int) -> Cost:
    """The run with the median wall time of several."""
    runs = sorted((work() for _ in range(rounds)), key=lambda c: c.wall)
    middle = statistics.median_low([c.wall for c in runs])
    return next(c for c in runs if c.wall == middle)
