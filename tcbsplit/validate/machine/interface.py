# SPDX-License-Identifier: MIT
"""Define the interface of accelerators: abilities, starting a machine, its serial lines."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tcbsplit.config.scenario import Scenario
from tcbsplit.model.accelerator import Name
from tcbsplit.model.vocabulary import DiskInterface, Firmware, StartMethod, Virtualization
from tcbsplit.validate.machine.media import Payload
from tcbsplit.validate.machine.monitor import Story

# Evidence: how often a guest was launched by hardware virtualisation (VMRUN), where it is counted.
LAUNCHES = "vmrun"


@dataclass(frozen=True, kw_only=True)
class Abilities:
    """The features of a machine under an accelerator."""

    virtualizations: frozenset[Virtualization]
    exit_status: bool = True  # the guest ends the machine with a status (isa-debug-exit)
    resets: bool = True  # resets of the machine are counted
    trace: bool = False  # QEMU's plugins can observe it
    memory: bool = True  # physical memory can be read from outside
    starts: frozenset[StartMethod] = frozenset(StartMethod)
    firmwares: frozenset[Firmware] = frozenset(Firmware)
    disks: frozenset[DiskInterface] = frozenset(DiskInterface)
    network: bool = True
    extra: bool = True  # takes further arguments of QEMU
    seed: bool = True  # random numbers can be fixed
    ports: int = 4  # serial ports, the first included
    pace: float = 1.0  # factor on the time limits of a scenario


class Line(Protocol):
    """A serial line, seen from outside."""

    def fileno(self) -> int:
        """Return the descriptor to poll."""
        ...

    def read(self) -> bytes:
        """Return available bytes; b"" once the line is closed."""
        ...

    def write(self, content: bytes) -> object:
        """Send ``content``."""
        ...


@dataclass(frozen=True)
class Last:
    """The end of a machine: its exit status if it has one, or why there is no verdict."""

    status: int | None
    error: str = ""


class Started(Protocol):
    """A running machine. It is ended when the block of ``Accelerator.start`` is left."""

    @property
    def lines(self) -> Sequence[Line]:
        """The serial lines, the console first. The console is closed when the machine has ended."""
        ...

    @property
    def story(self) -> Story:
        """The events so far."""
        ...

    def ended(self) -> Last:
        """Return how it ended; call it once the console is closed."""
        ...

    def standing(self) -> str:
        """Return why it hangs, if that can be detected from outside; else empty."""
        ...

    def finish(self) -> Mapping[str, str]:
        """End it, write its disks back to the folder, and return the evidence.

        Evidence is what the record keeps of the machine: versions, parameters, counters. Raise
        ``EnvironmentProblem`` if the machine was unfit to prove anything.
        """
        ...


@dataclass(frozen=True)
class Boot:
    """One boot to start. ``folder`` was filled by ``media.prepare``."""

    load: Payload
    folder: Path
    seed: int = 0  # of the machine's random numbers; 0: random
    more: Sequence[str] = ()  # further arguments of QEMU
    stop: threading.Event = field(default_factory=threading.Event)  # set: stop waiting
    # Gets the machine's memory once it has ended, and returns evidence; where memory can be read.
    examine: Callable[[Callable[[int, int], bytes]], Mapping[str, str]] | None = None


class Accelerator(Protocol):
    """One way to run machines."""

    @property
    def name(self) -> Name:
        """The name."""
        ...

    @property
    def abilities(self) -> Abilities:
        """The abilities."""
        ...

    def absence(self) -> str:
        """Return why it is not available here (what to install), or empty. Start nothing."""
        ...

    def obstacle(self, scenario: Scenario) -> str:
        """Return why it cannot run a scenario that ``lacks`` accepts, or empty."""
        ...

    def describe(self) -> str:
        """Return the name of the machine in the record: "nested: kvm_amd 6.1.0 on TCG"."""
        ...

    def adapt(self, load: Payload) -> Payload:
        """Return the same boot in the form that the accelerator can start."""
        ...

    def command(self, boot: Boot) -> list[str]:
        """Return the command that repeats the boot by hand in its folder."""
        ...

    def start(self, boot: Boot) -> AbstractContextManager[Started]:
        """Start the machine; raise ``EnvironmentProblem`` (one or two lines) if it cannot."""
        ...


def lacks(abilities: Abilities, scenario: Scenario) -> list[str]:
    """Return what a scenario needs and the accelerator lacks: "a network card", …"""
    machine = scenario.machine
    needs: tuple[tuple[bool, str], ...] = (
        (
            machine.virtualization is Virtualization.NONE
            or machine.virtualization in abilities.virtualizations,
            f"virtualisation by {machine.virtualization.upper()}",
        ),
        (scenario.start in abilities.starts, f"a start by {scenario.start}"),
        (machine.firmware in abilities.firmwares, f"the firmware {machine.firmware}"),
        (scenario.network is None or abilities.network, "a network card"),
        (1 + len(scenario.ports) <= abilities.ports, f"{1 + len(scenario.ports)} serial ports"),
        (not scenario.resets or abilities.resets, "a count of resets"),
        (not machine.extra or abilities.extra, "further arguments of QEMU"),
    )
    wanted = [need for met, need in needs if not met]
    interfaces = dict.fromkeys(d.interface for d in scenario.disks)
    return wanted + [f"a disk by {i}" for i in interfaces if i not in abilities.disks]
