# SPDX-License-Identifier: MIT
"""Name the packages of programs in Debian, Fedora and Arch Linux."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Packages(NamedTuple):
    """Names of what to install, by distribution; several have a blank between them."""

    debian: str
    fedora: str
    arch: str


# Programs whose package has another name; else it has the program's.
_PACKAGES = {
    "qemu-system-x86_64": Packages("qemu-system-x86", "qemu-system-x86", "qemu-system-x86"),
    "bochs": Packages("bochs bochs-term bochsbios vgabios", "bochs", "bochs"),
    "busybox": Packages("busybox-static", "busybox", "busybox"),
    "mformat": Packages("mtools", "mtools", "mtools"),
    "xorriso": Packages("xorriso", "xorriso", "libisoburn"),
    "grub-mkrescue": Packages(
        "grub-common grub-pc-bin", "grub2-tools-extra grub2-pc-modules", "grub"
    ),
    "objdump": Packages("binutils", "binutils", "binutils"),
    "ld": Packages("binutils", "binutils", "binutils"),
    "aarch64-linux-gnu-gcc": Packages(
        "gcc-aarch64-linux-gnu", "gcc-aarch64-linux-gnu", "aarch64-linux-gnu-gcc"
    ),
    "g++": Packages("g++", "gcc-c++", "gcc"),
}
_COMMANDS = Packages("apt-get install", "dnf install", "pacman -S")
_LIKE = {"debian": 0, "ubuntu": 0, "fedora": 1, "rhel": 1, "centos": 1, "arch": 2}


def packages(program: str) -> Packages:
    """Return the packages that hold ``program``."""
    return _PACKAGES.get(program, Packages(program, program, program))


@cache
def distribution(release: Path = Path("/etc/os-release")) -> int:
    """Return the position of this host's kind of distribution in ``Packages`` (os-release(5)).

    What is none of them, or says nothing, counts as Debian.
    """
    try:
        text = release.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    words = re.findall(r'^ID(?:_LIKE)?="?([^"\n]*)', text, re.MULTILINE)
    return next((_LIKE[w] for line in words for w in line.split() if w in _LIKE), 0)


def install(program: str, kind: int | None = None) -> str:
    """Return the command that installs ``program`` on this host, or on a kind of distribution."""
    which = distribution() if kind is None else kind
    return f"{_COMMANDS[which]} {packages(program)[which]}"
