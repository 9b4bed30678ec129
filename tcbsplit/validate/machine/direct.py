# SPDX-License-Identifier: MIT
"""Run machines by QEMU on this host, under KVM or TCG."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tcbsplit import process
from tcbsplit.config.scenario import Scenario
from tcbsplit.errors import EnvironmentProblem
from tcbsplit.model.accelerator import Name
from tcbsplit.model.vocabulary import Virtualization
from tcbsplit.validate.machine import host, processor, qemu
from tcbsplit.validate.machine.folders import STDERR
from tcbsplit.validate.machine.interface import Abilities, Boot, Last, Line
from tcbsplit.validate.machine.media import Payload
from tcbsplit.validate.machine.monitor import Monitor, Story
from tcbsplit.validate.machine.serial import PipeLine, SocketLine

_LAST_WORDS = 5.0  # seconds for QEMU to end once it closed its console
_ABILITIES = {
    Name.KVM: Abilities(virtualizations=frozenset({Virtualization.SVM, Virtualization.VMX})),
    Name.TCG: Abilities(
        virtualizations=frozenset({Virtualization.SVM, Virtualization.VMX}), trace=True
    ),
}


@dataclass(frozen=True)
class _Started:
    """QEMU as a child of this process."""

    lines: Sequence[Line]
    machine: process.Running
    monitor: Monitor
    boot: Boot
    memory: int  # descriptor of the machine's memory; -1: nobody looks at it

    @property
    def story(self) -> Story:
        """The events so far."""
        return self.monitor.story

    def ended(self) -> Last:
        """Return how it ended by itself."""
        status = self.machine.wait(_LAST_WORDS)
        said = (self.boot.folder / STDERR).read_text(encoding="utf-8", errors="replace")
        return Last(status, qemu.environment_problem(said, status))

    def standing(self) -> str:
        """Return "": a hang cannot be told from a machine that waits."""
        return ""

    def finish(self) -> Mapping[str, str]:
        """End it; its disks are already in the folder."""
        self.machine.end()
        self.monitor.wait()
        if self.boot.examine is None or self.memory < 0:
            return {}
        # Of a PC, memory below the hole begins at 0 of the file.
        return self.boot.examine(lambda address, size: os.pread(self.memory, size, address))


class Direct:
    """QEMU on this host."""

    def __init__(self, name: Name, program: str = qemu.PROGRAM) -> None:
        self.name = name
        self.abilities = _ABILITIES[name]
        self._program = program

    def absence(self) -> str:
        """Return why it is not available on this host, or empty."""
        try:
            process.find(self._program)
        except EnvironmentProblem as error:
            return str(error)
        return host.read_host().kvm if self.name is Name.KVM else ""

    def obstacle(self, scenario: Scenario) -> str:
        """Return why the guest cannot have the processor it needs, or empty."""
        need = scenario.machine.virtualization
        if self.name is Name.KVM and (flat := host.obstacle(need, host.read_host())):
            return flat
        problem = processor.obstacle(scenario.machine, self.name, self._program)
        return f"{problem}; set another machine.cpu or machine.virtualization" if problem else ""

    def describe(self) -> str:
        """Return the name of the machine in the record."""
        return self.name.upper()

    def adapt(self, load: Payload) -> Payload:
        """Return ``load``: QEMU starts everything unchanged."""
        return load

    def command(self, boot: Boot) -> list[str]:
        """Return the command that repeats the boot by hand in its folder."""
        return self._arguments(boot, qemu.Wires())

    @contextmanager
    def start(self, boot: Boot) -> Iterator[_Started]:
        """Start QEMU; it has ended when the block is left."""
        with Monitor() as monitor, ExitStack() as stack:
            pairs = [socket.socketpair() for _ in boot.load.scenario.ports]
            for pair in pairs:
                stack.enter_context(pair[0])
                stack.enter_context(pair[1])
            memory = _memory(boot, stack)
            wires = qemu.Wires(
                ports=tuple(theirs.fileno() for _, theirs in pairs),
                monitor=monitor.theirs.fileno(),
                memory=memory,
            )
            with process.running(
                self._arguments(boot, wires), cwd=boot.folder, stderr=boot.folder / STDERR,
                handles=wires.handles,
            ) as machine:  # fmt: skip
                monitor.start()
                for _, theirs in pairs:
                    theirs.close()
                lines: list[Line] = [PipeLine(machine)]
                lines += [SocketLine(ours) for ours, _ in pairs]
                yield _Started(lines, machine, monitor, boot, memory)

    def _arguments(self, boot: Boot, wires: qemu.Wires) -> list[str]:
        return qemu.arguments(
            boot.load, self.name, self._program, wires=wires, seed=boot.seed, more=boot.more
        )


def _memory(boot: Boot, stack: ExitStack) -> int:
    """Return a descriptor of memory for the machine that outlives it; -1 if nobody looks at it."""
    if boot.examine is None:
        return -1
    memory = os.memfd_create("machine")
    stack.callback(os.close, memory)
    os.ftruncate(memory, boot.load.scenario.machine.memory << 20)
    return memory
