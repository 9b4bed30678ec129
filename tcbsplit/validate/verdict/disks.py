# SPDX-License-Identifier: MIT
"""Check the disks after a boot."""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from pathlib import Path

from tcbsplit.config.scenario import Disk
from tcbsplit.model.result import DiskResult
from tcbsplit.validate.machine.media import digest, disk


def look(folder: Path, disks: Sequence[tuple[Disk, Path]]) -> tuple[DiskResult, ...]:
    """Check the copies in ``folder`` against the scenario."""
    return tuple(
        _look(folder / disk(number), wanted, before)
        for number, (wanted, before) in enumerate(disks)
    )


def _look(path: Path, wanted: Disk, before: Path) -> DiskResult:
    found = digest(path)
    if wanted.unchanged and found != digest(before):
        problem = f"was to stay as it was; byte {_first_difference(path, before)} differs first"
    elif wanted.sha256 and found != wanted.sha256:
        problem = f"has SHA-256 {found}, wanted {wanted.sha256}"
    else:
        problem = _texts(path, wanted)
    return DiskResult(name=path.name, sha256=found, problem=problem)


def _texts(path: Path, wanted: Disk) -> str:
    if not path.stat().st_size:
        return "is empty" if wanted.present else ""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for text in wanted.absent:
            at = content.find(_bytes(text))
            if at >= 0:
                return f"holds {text!r} at byte {at}, which must not be there"
        for text in wanted.present:
            if content.find(_bytes(text)) < 0:
                return f"does not hold {text!r}"
    return ""


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[4:]) if text.startswith("hex:") else text.encode()


def _first_difference(one: Path, other: Path, piece: int = 1 << 20) -> int:
    at = 0
    with one.open("rb") as a, other.open("rb") as b:
        while (left := a.read(piece)) == (right := b.read(piece)) and left:
            at += len(left)
    same = next((i for i, (x, y) in enumerate(zip(left, right, strict=False)) if x != y), None)
    return at + (min(len(left), len(right)) if same is None else same)
