# SPDX-License-Identifier: MIT
"""Run machines under Bochs."""

from __future__ import annotations

import functools
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec

from tcbsplit import process
from tcbsplit.config.scenario import Scenario
from tcbsplit.errors import EnvironmentProblem, TcbsplitError
from tcbsplit.model.accelerator import Name
from tcbsplit.model.vocabulary import DiskInterface, Firmware, StartMethod, Virtualization
from tcbsplit.validate.machine import folders
from tcbsplit.validate.machine.bochs import bochsrc, log
from tcbsplit.validate.machine.bochs.emulator import BochsMachine
from tcbsplit.validate.machine.bochs.ptys import Wire
from tcbsplit.validate.machine.interface import Abilities, Boot
from tcbsplit.validate.machine.media import Payload, disk

PROGRAM = "bochs"
_PACKAGES = "apt-get install bochs bochs-term bochsbios vgabios"
_PLUGINS = "lib/*/bochs/plugins"  # of a Bochs built with plugins
_TERMINAL = "libbx_term_gui.so"
_PATIENCE = 20.0  # seconds for ``bochs --help cpu``


class Bochs:
    """An ``interface.Accelerator``."""

    name = Name.BOCHS
    abilities = Abilities(
        virtualizations=frozenset({Virtualization.SVM, Virtualization.VMX}),
        exit_status=False,
        memory=False,
        starts=frozenset({StartMethod.KERNEL, StartMethod.GRUB, StartMethod.DISK}),
        firmwares=frozenset({Firmware.SEABIOS}),  # any BIOS; Bochs has its own
        disks=frozenset({DiskInterface.IDE}),
        network=False,
        extra=False,
        seed=False,
        # minivisor's boots take 2 to 16 s, under 1 s with TCG; twice that on a host with two
        # processors and eight jobs.
        pace=4.0,
    )

    def absence(self) -> str:
        """Return why it is not available on this host, or empty."""
        found = shutil.which(PROGRAM)
        if found is None:
            return f"{PROGRAM}: not found; install it: {_PACKAGES}"
        plugins = list(Path(found).parent.parent.glob(_PLUGINS))
        if plugins and not any((folder / _TERMINAL).exists() for folder in plugins):
            return f"Bochs shows its screen on no terminal; install it: {_PACKAGES}"
        try:
            bochsrc.firmware()
        except EnvironmentProblem as problem:
            return str(problem)
        return ""

    def obstacle(self, scenario: Scenario) -> str:
        """Return why it cannot run a scenario that ``interface.lacks`` accepts, or empty."""
        if problem := self.absence() or bochsrc.obstacle(scenario):
            return problem
        model = bochsrc.MODELS[scenario.machine.virtualization]
        if model not in re.findall(r"^\w+$", _help(), re.MULTILINE):
            return f"this Bochs knows no processor {model}; Bochs 2.7 does"
        return ""

    def describe(self) -> str:
        """Return the name of the machine in the record."""
        version = log.version(_help())
        return f"{self.name}: Bochs {version}" if version else f"{self.name}: Bochs"

    def adapt(self, load: Payload) -> Payload:
        """Start kernels by GRUB, as Bochs has no loader."""
        given = load.scenario.start
        start = StartMethod.GRUB if given is StartMethod.KERNEL else given
        return replace(load, scenario=msgspec.structs.replace(load.scenario, start=start))

    def command(self, boot: Boot) -> list[str]:
        """Return the command that repeats the boot by hand in its folder."""
        return [PROGRAM, "-q", "-unlock", "-f", bochsrc.CONFIGURATION]

    @contextmanager
    def start(self, boot: Boot) -> Iterator[BochsMachine]:
        """Start the machine; raise ``EnvironmentProblem`` (one or two lines) if it cannot."""
        scenario = boot.load.scenario
        if problem := self.absence() or bochsrc.obstacle(scenario):
            raise EnvironmentProblem(problem)
        _configure(boot)
        with ExitStack() as stack:
            wires = [stack.enter_context(Wire()) for _ in (None, *scenario.ports)]
            running = stack.enter_context(
                process.running(
                    # Its screen needs a terminal type that it knows, independent of ours.
                    ["env", "TERM=vt100", *self.command(boot),
                     *(bochsrc.serial(n, w.device) for n, w in enumerate(wires, 1))],
                    cwd=boot.folder, stderr=boot.folder / folders.STDERR,
                )
            )  # fmt: skip
            machine = BochsMachine(running, scenario, boot.folder, wires)
            stack.callback(machine.stop)
            stack.callback(running.kill)
            machine.tend()
            yield machine


def _configure(boot: Boot) -> None:
    """Put the configuration and the firmware into the boot's folder."""
    for name, path in zip((bochsrc.BIOS, bochsrc.VGA_BIOS), bochsrc.firmware(), strict=True):
        place = boot.folder / name
        place.unlink(missing_ok=True)
        place.symlink_to(path)
    sizes = [(boot.folder / disk(n)).stat().st_size for n in range(len(boot.load.disks))]
    (boot.folder / bochsrc.CONFIGURATION).write_text(
        bochsrc.text(boot.load, sizes), encoding="ascii"
    )


@functools.cache
def _help() -> str:
    """Return Bochs's version and processor models as it prints them; empty if it fails."""
    try:
        return process.run(
            [PROGRAM, "--help", "cpu"], cwd=Path("/"), timeout=_PATIENCE, check=False
        ).output
    except TcbsplitError:
        return ""
