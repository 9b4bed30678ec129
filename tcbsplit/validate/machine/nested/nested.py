# SPDX-License-Identifier: MIT
"""Provide the accelerator ``nested``: KVM of a Linux in a machine emulated by QEMU's TCG."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tcbsplit import process
from tcbsplit.config.scenario import Scenario
from tcbsplit.errors import EnvironmentProblem
from tcbsplit.model.accelerator import Name
from tcbsplit.model.vocabulary import Firmware, Virtualization
from tcbsplit.validate.machine import interface, media, qemu
from tcbsplit.validate.machine.nested import initramfs, job, kernel, outer, snapshot
from tcbsplit.validate.machine.nested import inner as machine

_LINUX = 512  # MiB for the inner Linux, its QEMU and what is unpacked
_LEAST = 1024  # MiB; powers of two from here, so that boots share snapshots
# OVMF writes the task priority (CR8) at the end of each interrupt. With KVM's interrupt controller
# the outer QEMU 7.2 ended by a failed assertion (tcg_handle_interrupt, called without the lock).
# KVM without one intercepts such writes, and the firmware comes up.
_TASK_PRIORITY = "kernel-irqchip=off"


class Nested:
    """An ``interface.Accelerator``. ``store`` is a folder of the user's cache.

    ``nests=False`` makes an inner machine whose kvm_amd does not nest: a control that must fail.
    """

    name = Name.NESTED
    abilities = interface.Abilities(
        virtualizations=frozenset({Virtualization.SVM}),
        memory=False,  # it is in the inner QEMU
        pace=8.0,
    )

    def __init__(self, store: Path, program: str = qemu.PROGRAM, *, nests: bool = True) -> None:
        self._store, self._program, self._nests = store, program, nests

    def absence(self) -> str:
        """Return why it is not available on this host, or empty."""
        if platform.machine() != "x86_64":
            return f"the inner machine runs this host's QEMU, which is for {platform.machine()}"
        try:
            process.find(self._program)
            initramfs.busybox()
        except EnvironmentProblem as error:
            return str(error)
        return kernel.choose(self._store).missing

    def obstacle(self, scenario: Scenario) -> str:
        """Return why it cannot run a scenario, or empty."""
        if scenario.network and scenario.network.peers:
            return "the programs of the network's peers are on this host, not in the inner machine"
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
        if (need := _memory(scenario.machine.memory)) > pages:
            return f"the inner machine needs {need} MiB of memory, this host has {pages}"
        return ""

    def describe(self) -> str:
        """Return the name of the machine in the record."""
        found = kernel.choose(self._store).kernel
        return f"nested: kvm_amd {found.version if found else ''} on TCG".replace("  ", " ")

    def adapt(self, load: media.Payload) -> media.Payload:
        """Return the boot, with OVMF changed so that it does not crash the outer QEMU."""
        machine = load.scenario.machine
        if machine.firmware is not Firmware.OVMF or "kernel-irqchip=" in machine.type:
            return load
        machine = msgspec.structs.replace(machine, type=f"{machine.type},{_TASK_PRIORITY}")
        scenario = msgspec.structs.replace(load.scenario, machine=machine)
        return dataclasses.replace(load, scenario=scenario)

    def command(self, boot: interface.Boot) -> list[str]:
        """Return a command that boots the same inner machine afresh with the boot's files."""
        recipe = self._recipe(boot)
        archive = snapshot.place(recipe, self._store) / snapshot.ARCHIVE
        inside = process.quote(self._inside(boot, qemu.Wires()))
        names = process.quote(job.names(boot.load, boot.folder))
        return ["sh", "-c", outer.by_hand(
            str(recipe.program), recipe.memory, recipe.linux.image, archive, names, inside
        )]  # fmt: skip

    @contextlib.contextmanager
    def start(self, boot: interface.Boot) -> Iterator[machine.Machine]:
        """Start the machine; the first boot of its kind makes the snapshot."""
        recipe = self._recipe(boot)
        saved = snapshot.obtain(recipe, self._store, boot.stop)
        ports = tuple(f"/dev/com{number + 2}" for number in range(len(boot.load.scenario.ports)))
        wires = qemu.Wires(console="/dev/com1", ports=ports, monitor=f"/dev/{outer.MONITOR}")
        packed = job.pack(boot.load, boot.folder, self._inside(boot, wires))
        with machine.started(saved, str(recipe.program), packed, boot) as running:
            yield running

    def _inside(self, boot: interface.Boot, wires: qemu.Wires) -> list[str]:
        """Return the inner QEMU's command line."""
        program = str(process.find(self._program).absolute())
        return qemu.arguments(
            boot.load, Name.KVM, program, wires=wires, seed=boot.seed, more=boot.more
        )

    def _recipe(self, boot: interface.Boot) -> snapshot.Recipe:
        files = job.size(boot.load, boot.folder) >> 20
        # A disk that was written to is packed beside itself.
        need = _memory(boot.load.scenario.machine.memory + 2 * files)
        return snapshot.Recipe(
            process.find(self._program).absolute(), kernel.obtain(self._store), need, self._nests
        )


def offered(store: Path, program: str = qemu.PROGRAM) -> str:
    """Return one line: the parts of the inner machine, or what to install."""
    if absent := Nested(store, program).absence():
        return absent
    return f"{kernel.choose(store).line}, {initramfs.busybox()}, {shutil.which(program)}"


def _memory(needed: int) -> int:
    size = _LEAST
    while size < needed + _LINUX:
        size *= 2
    return size
