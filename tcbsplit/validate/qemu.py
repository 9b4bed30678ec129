"""The machine: puts its files under simple names into one folder, and builds QEMU's arguments.

QEMU runs in that folder, so that spaces and commas of other paths cannot reach its options.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tcbsplit.config import Machine
from tcbsplit.errors import SourceError
from tcbsplit.validate.accel import Accelerator

PROGRAM = "qemu-system-x86_64"
KERNEL = "image.elf"
DISK = "disk.img"
_EXIT_DEVICE = "isa-debug-exit,iobase=0xf4,iosize=0x4"  # writing N ends QEMU with 2 * N + 1


@dataclass(frozen=True)
class Payload:
    """What a machine boots: absolute paths."""

    kernel: Path
    modules: tuple[tuple[str, Path], ...]  # (name, file)
    disk: Path | None


def prepare(folder: Path, payload: Payload) -> None:
    """Make ``folder`` anew and put the machine's files there.

    Image and disk are copied: one is sealed, the other written to. Raises ``SourceError`` when a
    file is missing.
    """
    wanted = [payload.kernel, *(p for _, p in payload.modules)]
    wanted += [payload.disk] if payload.disk else []
    for path in wanted:
        if not path.is_file():
            raise SourceError(f"{path}: is needed for the boot and not there; run the build first")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(payload.kernel, folder / KERNEL)
    for number, (_, path) in enumerate(payload.modules):
        (folder / _module(number)).symlink_to(path)
    if payload.disk:
        shutil.copyfile(payload.disk, folder / DISK)


def arguments(
    machine: Machine, payload: Payload, accelerator: Accelerator, program: str = PROGRAM
) -> list[str]:
    """Return the command line, to be run in the folder that ``prepare`` made."""
    argv = [
        program,
        "-M", machine.type,
        "-m", str(machine.memory),
        "-accel", accelerator.name,
        "-cpu", _cpu(machine, accelerator),
        "-kernel", KERNEL,
    ]  # fmt: skip
    if payload.modules:
        modules = [f"{_module(n)} {name}" for n, (name, _) in enumerate(payload.modules)]
        argv += ["-initrd", ",".join(modules)]
    if payload.disk:
        argv += ["-drive", f"file={DISK},format=raw,if=ide"]
    return [
        *argv,
        "-serial", "stdio",
        "-monitor", "none",
        "-display", "none",
        "-nic", "none",
        "-no-reboot",
        "-device", _EXIT_DEVICE,
        *machine.extra,
    ]  # fmt: skip


def environment_problem(stderr: str, status: int | None) -> str:
    """Return why QEMU itself failed, as it said so; empty when the guest ended it."""
    if status is not None and status < 0:
        return f"QEMU was ended by signal {-status}"
    said = [line for line in stderr.splitlines() if "warning:" not in line and line.strip()]
    if status == 1 and said:
        return f"QEMU could not run the machine: {said[-1]}"
    return ""


def _module(number: int) -> str:
    return f"module{number}"


def _cpu(machine: Machine, accelerator: Accelerator) -> str:
    # Under KVM QEMU hides nested virtualisation unless the CPU asks for it by name.
    needed = machine.virtualization
    words: Sequence[str] = machine.cpu.replace("+", "").split(",")
    if accelerator.name == "kvm" and needed != "none" and needed not in words:
        return f"{machine.cpu},+{needed}"
    return machine.cpu
