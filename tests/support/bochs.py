# SPDX-License-Identifier: MIT
"""Boots under Bochs for tests."""

from __future__ import annotations

import select
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tcbsplit.config.scenario import Disk, Marker, Port, Scenario
from tcbsplit.validate.machine.bochs.bochs import Bochs
from tcbsplit.validate.machine.interface import Accelerator, Boot, Line, Started
from tcbsplit.validate.machine.media import Payload, payload

BOCHS: Accelerator = Bochs()


def scenario(**more: Any) -> Scenario:
    return Scenario(**{"summary": "", "expect": (Marker(text="ready"),), "seal": "", **more})


def loaded(wanted: Scenario, image: Path = Path("/k")) -> Payload:
    return BOCHS.adapt(payload(wanted, "original", Path("/"), {"image": str(image)}))


@dataclass(frozen=True)
class Bench:
    """A folder with all files of a boot; each test has a copy."""

    folder: Path
    image: Path


def with_disk(image: Path, **more: Any) -> Payload:
    wanted = scenario(disks=(Disk(file=str(image.parent / "disk")),), ports=(Port(),), **more)
    return loaded(wanted, image)


@contextmanager
def started(bench: Bench, folder: Path, **more: Any) -> Iterator[Started]:
    """The program's machine, once it is ready."""
    place = folder / "boot"
    if not place.exists():
        shutil.copytree(bench.folder, place, symlinks=True)
    with BOCHS.start(Boot(load=with_disk(bench.image, **more), folder=place)) as started:
        assert hear(started.lines[0], b"ready\n").endswith(b"ready\n")
        yield started


def hear(line: Line, text: bytes = b"\0", seconds: float = 60.0) -> bytes:
    """What comes on a line until ``text`` is in it, the line is closed or time is up."""
    heard, end = b"", time.monotonic() + seconds
    while text not in heard and time.monotonic() < end:
        if select.select([line], [], [], 0.2)[0]:
            chunk = line.read()
            if not chunk:
                return heard
            heard += chunk
    return heard
