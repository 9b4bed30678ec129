# SPDX-License-Identifier: MIT
"""Build the inner machine's initramfs: busybox, this host's QEMU with its files, modules, agent."""

from __future__ import annotations

import os
import re
import shutil
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from tcbsplit import process
from tcbsplit.errors import EnvironmentProblem
from tcbsplit.validate.machine.nested import cpio

_APPLETS = (
    "cat", "grep", "gzip", "head", "insmod", "ln", "mkdir", "mkfifo", "mount", "sh", "sha256sum",
    "sleep", "stat", "tar", "uname", "wc",
)  # fmt: skip
# What QEMU loads for the machines of scenarios; the rest of its data is for other processors.
_DATA = (
    "bios.bin", "bios-256k.bin", "vgabios*.bin", "kvmvapic.bin", "linuxboot*.bin", "pvh.bin",
    "multiboot*.bin", "efi-*.rom",
)  # fmt: skip
_X86_64 = 0x3E  # System V ABI, AMD64 supplement: EM_X86_64


def busybox() -> Path:
    """Return the path of busybox; raise ``EnvironmentProblem`` if it is not installed."""
    found = shutil.which("busybox")
    if found is None:
        raise EnvironmentProblem("busybox: not found; install it: apt-get install busybox-static")
    return Path(found)


def build(modules: dict[str, bytes], parameters: dict[str, str], program: Path) -> bytes:
    """Return the archive. ``parameters`` are those of modules; ``program`` is this host's QEMU."""
    agent = files("tcbsplit.runtime").joinpath("nested/init.sh").read_bytes()
    order = "".join(f"{name} {parameters.get(name, '')}".strip() + "\n" for name in modules)
    shell = busybox()
    _check(shell)
    contents = {
        "init": cpio.program(agent),
        "bin/busybox": cpio.program(shell.read_bytes()),
        "modules/order": cpio.File(order.encode()),
        **{f"modules/{name}.ko": cpio.File(content) for name, content in modules.items()},
    }
    for path in (program, *libraries(program), *libraries(shell), *data(program)):
        contents[str(path).lstrip("/")] = cpio.program(_read(path))
    return cpio.archive(contents)


def libraries(program: Path) -> list[Path]:
    """Return the shared libraries that a program of this host loads, with its interpreter."""
    head = _read(program)[:20]
    if head[:4] != b"\x7fELF" or head[18] != _X86_64:
        raise EnvironmentProblem(f"{program}: is no program for x86-64, so no inner machine has it")
    said = process.run(["ldd", str(program)], cwd=Path("/"), timeout=60, check=False)
    if lost := re.search(r"^\s*(\S+) => not found", said.output, re.MULTILINE):
        raise EnvironmentProblem(f"{program}: its library {lost[1]} is missing")
    return [Path(p) for p in re.findall(r"^\s*(?:\S+ => )?(/\S+) \(0x", said.output, re.MULTILINE)]


def data(program: Path) -> list[Path]:
    """Return the firmware and option ROMs that QEMU may load, from its own search path."""
    folders = process.run([str(program), "-L", "help"], cwd=Path("/"), timeout=60).output.split()
    found = [
        Path(os.path.normpath(path))
        for folder in folders
        for pattern in _DATA
        for path in sorted(Path(folder).glob(pattern))
    ]
    if not any(p.name.startswith("bios") for p in found):
        raise EnvironmentProblem("SeaBIOS: not found; install it: apt-get install seabios")
    return found


@lru_cache
def _check(shell: Path) -> None:
    listed = process.run([str(shell), "--list"], cwd=Path("/"), timeout=60).output.split()
    if lacking := sorted(set(_APPLETS).difference(listed)):
        raise EnvironmentProblem(
            f"{shell}: has no {lacking[0]}; install the whole one: apt-get install busybox-static"
        )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EnvironmentProblem(f"{path}: cannot be read: {error.strerror}") from None
