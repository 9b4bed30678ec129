# SPDX-License-Identifier: MIT
"""Make the command line and the socket pairs of the emulated machine around the inner Linux."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tcbsplit import process

SERIAL_PORTS = 4  # of the machine inside, as in a PC
CONTROL, DATA, MONITOR = "control", "data", "monitor"
PORTS = (CONTROL, DATA, MONITOR, *(f"com{n + 1}" for n in range(SERIAL_PORTS)))
CONSOLE = "inner.log"  # output of the inner kernel, in the folder where QEMU runs
STDERR = "outer.log"  # standard error of the outer QEMU
_PROCESSOR = "EPYC"
_PARAMETERS = (
    # Few messages, as output is slow; a panic ends the machine.
    "console=ttyS0 loglevel=4 panic=-1 oops=panic "
    # Emulation is slow: no watchdog may mistake it for a hang, no late timer for a broken one, and
    # no mitigation may add to it.
    "nowatchdog no_timer_check mitigations=off random.trust_cpu=on"
)


@dataclass(frozen=True)
class Memory:
    """RAM in a file: written when a snapshot is made, else mapped privately."""

    size: int  # MiB
    file: Path
    kept: bool


class Wires(ExitStack):
    """A pair of sockets for each port; QEMU inherits ``theirs``. Use as a context manager."""

    def __init__(self) -> None:
        super().__init__()
        self.ours: dict[str, socket.socket] = {}
        self.theirs: dict[str, socket.socket] = {}

    def add(self, name: str) -> None:
        """Make a pair."""
        ours, theirs = socket.socketpair()
        self.ours[name] = self.enter_context(ours)
        self.theirs[name] = self.enter_context(theirs)

    def given(self) -> None:
        """Close QEMU's ends here once it has them, or its exit would not be noticed."""
        for end in self.theirs.values():
            end.close()


def arguments(
    program: str, memory: Memory, ports: dict[str, int], more: Sequence[str]
) -> list[str]:
    """Return the command line; ``ports`` are the descriptors of all ``PORTS``."""
    path = str(memory.file).replace(",", ",,")  # QEMU splits options at commas
    share = "on" if memory.kept else "off"
    argv = [
        program, "-M", "q35,memory-backend=ram", "-accel", "tcg", "-cpu", _PROCESSOR,
        "-m", str(memory.size), "-nodefaults", "-no-user-config", "-display", "none",
        "-no-reboot", "-serial", f"file:{CONSOLE}",
        "-object",
        f"memory-backend-file,id=ram,size={memory.size}M,share={share},mem-path={path}",
        "-device", f"virtio-serial-pci,max_ports={len(PORTS) + 1}",
    ]  # fmt: skip
    for number, name in enumerate(PORTS, 1):
        argv += ["-chardev", f"socket,id={name},fd={ports[name]}"]
        argv += ["-device", f"virtserialport,chardev={name},name={name},nr={number}"]
    return [*argv, *more]


def by_hand(
    program: str, memory: int, kernel: Path, archive: Path, names: str, inside: str
) -> str:  # fmt: skip
    """Return a shell script that boots the inner machine with files of the current folder.

    ``names`` and ``inside`` (QEMU's command line in the inner machine) are quoted words.
    """
    run = [
        program, "-M", "q35", "-accel", "tcg", "-cpu", _PROCESSOR, "-m", str(memory), "-no-reboot",
        "-nodefaults", "-display", "none", "-serial", "mon:stdio", "-kernel", str(kernel),
        "-append", f"{_PARAMETERS} tcbsplit_run=inner.sh",
    ]  # fmt: skip
    write = process.quote(["printf", "%s\\n", inside])
    return (
        f'd=$(mktemp -d) && trap \'rm -r "$d"\' 0 && {write} >"$d/inner.sh" && '
        f"{{ cat {process.quote([str(archive)])} && find {names} | busybox cpio -o -H newc -L && "
        f'(cd "$d" && echo inner.sh | busybox cpio -o -H newc); }} >"$d/initramfs" && '
        f'{process.quote(run)} -initrd "$d/initramfs"'
    )


def parameters(program: Path) -> str:
    """Return the inner kernel's command line."""
    return f"{_PARAMETERS} tcbsplit_ports={','.join(PORTS)} tcbsplit_qemu={program}"
