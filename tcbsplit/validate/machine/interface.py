# SPDX-License-Identifier: MIT
"""The interface of accelerators: what one can, how a machine is started there and talked to."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
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
    """What a machine has under an accelerator."""

    virtualizations: frozenset[Virtualization]
    exit_status: bool = True  # the guest ends the machine with a status (isa-debug-exit)
    resets: bool = True  # it is told how often the machine was reset
    trace: bool = False  # QEMU's plugins can look on
    memory: bool = True  # physical memory can be read from outside
    starts: frozenset[StartMethod] = frozenset(StartMethod)
    firmwares: frozenset[Firmware] = frozenset(Firmware)
    disks: frozenset[DiskInterface] = frozenset(DiskInterface)
    network: bool = True
    extra: bool = True  # takes further arguments of QEMU
    seed: bool = True  # random numbers can be fixed
    ports: int = 4  # serial ports, the first included
    pace: float = 1.0  # how much longer a scenario may take than it says


class Line(Protocol):
    """A serial line, seen from outside."""

    def fileno(self) -> int:
        """To wait for."""
        ...

    def read(self) -> bytes:
        """What came; b"" once the line is closed."""
        ...

    def write(self, content: bytes) -> object:
        """Type."""
        ...


@dataclass(frozen=True)
class Last:
    """How a machine ended by itself: its exit status if it has one, or why nothing can be said."""

    status: int | None
    error: str = ""


class Started(Protocol):
    """A machine that runs. It is ended when the block of ``Accelerator.start`` is left."""

    @property
    def lines(self) -> Sequence[Line]:
        """The serial lines, the console first. The console is closed when the machine has ended."""
        ...

    @property
    def story(self) -> Story:
        """What happened so far."""
        ...

    def ended(self) -> Last:
        """How it ended; to be called once the console is closed."""
        ...

    def standing(self) -> str:
        """Why it will never get on, as far as that can be told from outside; else empty."""
        ...

    def finish(self) -> Mapping[str, str]:
        """End it, bring what it wrote to its disks into the folder, and return the evidence.

        Evidence is what the record keeps of the machine: versions, parameters, counters. Raises
        ``EnvironmentProblem`` when the machine cannot have proved anything.
        """
        ...


@dataclass(frozen=True)
class Boot:
    """One boot to start. ``folder`` was filled by ``media.prepare``."""

    load: Payload
    folder: Path
    seed: int = 0  # of the machine's random numbers; 0: random
    more: Sequence[str] = ()  # further arguments of QEMU
    stop: threading.Event = field(default_factory=threading.Event)  # whoever waits gives up


class Accelerator(Protocol):
    """One way to run machines."""

    @property
    def name(self) -> Name:
        """Its name."""
        ...

    @property
    def abilities(self) -> Abilities:
        """What it can."""
        ...

    def absence(self) -> str:
        """Why it is not there on this host (what to install), or empty. Quick: starts nothing."""
        ...

    def obstacle(self, scenario: Scenario) -> str:
        """Why it cannot run what ``lacks`` lets pass, or empty. It may start programs."""
        ...

    def describe(self) -> str:
        """What the record calls the machine: "nested: kvm_amd 6.1.0 on TCG"."""
        ...

    def adapt(self, load: Payload) -> Payload:
        """The same boot in the form that the accelerator can start."""
        ...

    def command(self, boot: Boot) -> list[str]:
        """What a person types in the boot's folder to see the same."""
        ...

    def start(self, boot: Boot) -> AbstractContextManager[Started]:
        """Start the machine. Raises ``EnvironmentProblem`` in one or two lines if it cannot."""
        ...


def lacks(abilities: Abilities, scenario: Scenario) -> list[str]:
    """What a scenario needs that an accelerator has not: "a network card", "OVMF" …"""
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
