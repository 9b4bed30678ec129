# SPDX-License-Identifier: MIT
"""Make QEMU's command line for a machine, and recognise QEMU's own failures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tcbsplit import process
from tcbsplit.config.scenario import Machine
from tcbsplit.model.accelerator import Name
from tcbsplit.model.vocabulary import DiskInterface, Firmware, StartMethod, Virtualization
from tcbsplit.validate.machine.folders import console
from tcbsplit.validate.machine.media import (
    FIRMWARE,
    ISO,
    KERNEL,
    UEFI,
    VARIABLES,
    Payload,
    disk,
    module,
)

PROGRAM = "qemu-system-x86_64"
_EXIT_DEVICE = "isa-debug-exit,iobase=0xf4,iosize=0x4"  # writing N ends QEMU with 2 * N + 1


@dataclass(frozen=True)
class Wires:
    """The ends of QEMU's serial lines and monitor: inherited descriptors (int) or device paths."""

    console: str = ""  # the first serial port; stdio if empty
    ports: tuple[int | str, ...] = ()  # further ones
    monitor: int | str = -1
    memory: int = -1  # a file that is the machine's memory

    @property
    def handles(self) -> tuple[int, ...]:
        """The descriptors."""
        wires = (*self.ports, self.monitor, self.memory)
        return tuple(wire for wire in wires if isinstance(wire, int) and wire >= 0)


def arguments(
    load: Payload, accelerator: Name, program: str = PROGRAM, *,
    wires: Wires = Wires(), seed: int = 0, more: Sequence[str] = (),
) -> list[str]:  # fmt: skip
    """Return the command line, to be run in the folder that ``media.prepare`` filled."""
    scenario = load.scenario
    machine = scenario.machine
    argv = [
        program,
        "-nodefaults",  # no device that the scenario does not name
        "-M", machine.type if wires.memory < 0 else f"{machine.type},memory-backend=ram",
        "-m", str(machine.memory),
        "-accel", accelerator,
        "-cpu", cpu(machine, accelerator),
    ]  # fmt: skip
    if wires.memory >= 0:
        shared = f"size={machine.memory}M,share=on,mem-path=/dev/fd/{wires.memory}"
        argv += ["-object", f"memory-backend-file,id=ram,{shared}"]
    if machine.processors > 1:
        argv += ["-smp", str(machine.processors)]
    argv += [*_firmware(machine), *_start(load)]
    for number, (wanted, _) in enumerate(load.disks):
        argv += _drive(number, wanted.interface)
    argv += _serial("port1", wires.console) if wires.console else ["-serial", "stdio"]
    for number in range(len(scenario.ports)):
        argv += _port(number, wires)
    argv += ["-monitor", "none"]
    if wires.monitor != -1:
        argv += ["-chardev", _wire("qmp", wires.monitor)]
        # Start stopped: events before the monitor is connected would be lost.
        argv += ["-mon", "chardev=qmp,mode=control", "-S"]
    argv += ["-display", "none", *_network(load)]
    if not scenario.resets:
        argv += ["-no-reboot"]
    if seed:
        argv += ["-seed", str(seed)]
    return [*argv, "-device", _EXIT_DEVICE, *more, *machine.extra]


def environment_problem(stderr: str, status: int | None) -> str:
    """Return QEMU's error message if QEMU itself failed; empty if the guest ended it."""
    if status is not None and status < 0:
        return f"QEMU was ended by signal {-status}"
    if status == 1 and (said := last_line(stderr)):
        return f"QEMU could not run the machine: {said}"
    return ""


def last_line(text: str) -> str:
    """Return the last line of a log that is not a warning; empty if there is none."""
    lines = (line.strip() for line in reversed(text.splitlines()) if "warning:" not in line)
    return next(filter(None, lines), "")


def _port(number: int, wires: Wires) -> list[str]:
    """Return the arguments of a further serial port; a file if there are no ``ports``."""
    if not wires.ports:
        return ["-serial", f"file:{console(number + 2)}"]
    return _serial(f"port{number + 2}", wires.ports[number])


def _serial(name: str, wire: int | str) -> list[str]:
    return ["-chardev", _wire(name, wire), "-serial", f"chardev:{name}"]


def _wire(name: str, wire: int | str) -> str:
    return f"pipe,id={name},path={wire}" if isinstance(wire, str) else f"socket,id={name},fd={wire}"


def _firmware(machine: Machine) -> list[str]:
    if machine.firmware is Firmware.SEABIOS:
        return []
    return [
        "-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={FIRMWARE}",
        "-drive", f"if=pflash,unit=1,format=raw,file={VARIABLES}",
    ]  # fmt: skip


def _start(load: Payload) -> list[str]:
    start = load.scenario.start
    if start is StartMethod.GRUB:
        return ["-cdrom", ISO, "-boot", "d"]
    if start is StartMethod.UEFI:
        return ["-drive", f"file=fat:rw:{UEFI},format=raw,if=virtio"]
    if start is StartMethod.DISK:
        return []
    argv = ["-kernel", KERNEL]
    if load.command_line:
        argv += ["-append", load.command_line]
    if load.modules:
        # A comma separates modules; two are one of the text.
        words = (f"{module(n)} {w}".replace(",", ",,") for n, (w, _) in enumerate(load.modules))
        argv += ["-initrd", ",".join(words)]
    return argv


def _drive(number: int, interface: DiskInterface) -> list[str]:
    if interface is DiskInterface.NVME:
        return [
            "-drive", f"file={disk(number)},format=raw,if=none,id=disk{number}",
            "-device", f"nvme,drive=disk{number},serial=disk{number}",
        ]  # fmt: skip
    return ["-drive", f"file={disk(number)},format=raw,if={interface}"]


def _network(load: Payload) -> list[str]:
    """Return a restricted user network: the guest reaches only its peers' programs."""
    network = load.scenario.network
    if network is None:
        return ["-nic", "none"]
    words = ["user", "id=net", "restrict=on"]
    for address, command in load.peers:
        # QEMU splits options at commas (",," is a literal comma) and runs the command by a shell.
        run = process.quote(command).replace(",", ",,")
        words.append(f"guestfwd=tcp:{address}-cmd:{run}")
    return ["-netdev", ",".join(words), "-device", f"{network.card},netdev=net"]


def cpu(machine: Machine, accelerator: Name) -> str:
    """Return the value of -cpu."""
    # Under KVM QEMU hides nested virtualisation unless the CPU asks for it by name.
    needed = machine.virtualization
    words: Sequence[str] = machine.cpu.replace("+", "").split(",")
    if accelerator is Name.KVM and needed is not Virtualization.NONE and needed not in words:
        return f"{machine.cpu},+{needed}"
    return machine.cpu
