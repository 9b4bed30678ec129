# SPDX-License-Identifier: MIT
"""Counts the instructions that a machine executes before its target's first one."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from tcbsplit import elffile
from tcbsplit.config.settings import Settings
from tcbsplit.model.accelerator import Mode
from tcbsplit.model.vocabulary import Verdict
from tcbsplit.pipeline.boot import ONCE, bench
from tcbsplit.pipeline.workspace import Workspace
from tcbsplit.validate.boot import boot
from tcbsplit.validate.evidence.plugin import SOURCES, interface
from tcbsplit.validate.machine.media import Payload

_COUNT = "count"
_BOOTS = 3


class Counting:
    """The plugin, built; a watcher of boots (``validate.boot``)."""

    def __init__(self, folder: Path, until: int) -> None:
        """Count before the first instruction at address ``until``."""
        said = subprocess.run(
            ["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=True
        ).stdout
        self._plugin, self._until = folder / "count.so", until
        subprocess.run(
            ["gcc", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", f"-I{SOURCES}",
             f"-DTCBSPLIT_PLUGIN_API={interface(said)}", "-o", self._plugin,
             Path(__file__).with_name("count.c")],
            check=True,
        )  # fmt: skip

    def words(self, load: Payload, folder: Path, program: str) -> Sequence[str]:
        return ["-plugin", f"{self._plugin},until={self._until:x},to={_COUNT}"]

    def heard(self, chunk: bytes, folder: Path) -> None:
        pass


def before_the_target(settings: Settings, space: Workspace, folder: Path) -> int:
    """Return the instructions of a split of minivisor until its target's first one.

    The least of some boots: the guest asks the serial port again until the PIN is there.
    """
    with elffile.opened(space.original / "guest/target/target.elf") as elf:
        counting = Counting(folder, elf.header["e_entry"])
    how = replace(ONCE, mode=Mode.TCG, jobs=1)
    place = bench(settings, space, space.split, how, folder / "boots")
    scenario = msgspec.structs.replace(
        settings.scenarios["read"], builds=("split",), compare=None, boundaries=()
    )
    counts = []
    for _ in range(_BOOTS):
        (result,) = boot({"counted": scenario}, replace(place, watcher=counting, explain=None))
        assert result.verdict is Verdict.PASS, result.cause
        counts.append(int((Path(result.log).parent / _COUNT).read_text()))
    return min(counts)
