# SPDX-License-Identifier: MIT
"""Look for the programs and the room that the stages need on this host."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tcbsplit import process
from tcbsplit.errors import TcbsplitError
from tcbsplit.model.health import Found, Need
from tcbsplit.model.vocabulary import Stage
from tcbsplit.process.packages import Packages, install, packages
from tcbsplit.process.versions import version_of

_OLDEST = (3, 11)  # of Python
_TIMEOUT = 10.0  # seconds for a program that tells its version
_ROOM = 2 << 30  # bytes: trees, builds and boots of a hypervisor
_GIBIBYTE = 1 << 30


class _Program(NamedTuple):
    """A program, the stages that do not work without it, and what else does not."""

    name: str
    stages: tuple[Stage, ...]
    lost: str
    version: tuple[str, ...] = ("--version",)


_PROGRAMS = (
    _Program("bear", (Stage.CAPTURE,), "capture; a compile database of another generator serves"),
    _Program(
        "gcc", (Stage.BUILD,), "builds by gcc, and the header folders that analyze asks it for"
    ),
    _Program("clang", (), "builds by clang"),
    _Program("make", (Stage.BUILD,), "builds by make; the guest's always is"),
    _Program("ld", (Stage.BUILD,), "linking of every build"),
    _Program("git", (Stage.SPLIT,), "patches, and revisions in diff"),
    _Program("aarch64-linux-gnu-gcc", (), "hypervisors for AArch64"),
    _Program("qemu-system-x86_64", (Stage.BOOT,), "all machines but those of Bochs"),
    _Program("bochs", (), "boot --accel bochs", ("--help",)),
    _Program("busybox", (), "boot --accel nested, and Linux as a guest", ("--help",)),
    _Program("xorriso", (), "scenarios that boot from a medium", ("-version",)),
    _Program("grub-mkrescue", (), "scenarios that boot with GRUB"),
    _Program("mformat", (), "scenarios with a FAT medium"),
)


def needs(cache: Path, work: Path) -> Iterator[Need]:
    """Yield the state of everything; ``work`` is a folder in which artifacts may lie."""
    yield _python()
    for program in _PROGRAMS:
        yield _program(program)
    yield _emulation()
    for name, folder in (("room for artifacts", work), ("room for the cache", cache)):
        yield _room(name, folder)


def _python() -> Need:
    version = ".".join(map(str, sys.version_info[:3]))
    old = sys.version_info[:2] < _OLDEST
    return Need(
        name="python",
        found=Found.MISSING if old else Found.THERE,
        text=version,
        stages=tuple(Stage),
        lost="everything" if old else "",
    )


def _program(program: _Program) -> Need:
    path = shutil.which(program.name)
    if path is None:
        return Need(
            name=program.name, found=Found.MISSING, text="not found", stages=program.stages,
            lost=program.lost, install=_installs(program.name),
        )  # fmt: skip
    try:
        text = version_of(path, program.version)
    except TcbsplitError as error:
        return Need(
            name=program.name, found=Found.PART, text=str(error).splitlines()[0],
            stages=program.stages, lost=program.lost,
        )  # fmt: skip
    return Need(name=program.name, found=Found.THERE, text=text, stages=program.stages)


def _installs(program: str) -> dict[str, str]:
    return {
        name: install(program, kind)
        for kind, name in enumerate(Packages._fields)
        if packages(program)[kind]
    }


def _emulation() -> Need:
    """Look whether QEMU emulates processors with AMD SVM, which needs no host support."""
    name, lost = "QEMU with SVM", "hypervisors for AMD under emulation"
    path = shutil.which("qemu-system-x86_64")
    if path is None:
        return Need(name=name, found=Found.MISSING, text="no QEMU", lost=lost)
    try:
        models = process.run([path, "-cpu", "help"], cwd=Path("/"), timeout=_TIMEOUT, check=False)
        kinds = process.run([path, "-accel", "help"], cwd=Path("/"), timeout=_TIMEOUT, check=False)
    except TcbsplitError as error:
        return Need(name=name, found=Found.PART, text=str(error).splitlines()[0], lost=lost)
    lacking = [
        what
        for what, there in (
            ("no emulation (TCG)", "tcg" in kinds.output.split()),
            ("no flag svm", "svm" in models.output.split()),
        )
        if not there
    ]
    if lacking:
        return Need(name=name, found=Found.MISSING, text=", ".join(lacking), lost=lost)
    return Need(name=name, found=Found.THERE, text="emulates it")


def _room(name: str, folder: Path) -> Need:
    place = next(p for p in (folder, *folder.parents) if p.exists())
    free = shutil.disk_usage(place).free
    text = f"{free / _GIBIBYTE:.1f} GiB free at {place}"
    if not os.access(place, os.W_OK):
        return Need(name=name, found=Found.MISSING, text=f"{place} cannot be written",
                    stages=tuple(Stage))  # fmt: skip
    if free < _ROOM:
        return Need(name=name, found=Found.PART, text=text, lost="large hypervisors")
    return Need(name=name, found=Found.THERE, text=text)
