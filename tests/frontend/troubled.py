# SPDX-License-Identifier: MIT
"""A worker whose process comes to grief at one unit, and a program that reads with it."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import signal
import sys
from collections.abc import Callable, MutableSequence
from pathlib import Path

from tcbsplit.frontend import reading
from tcbsplit.frontend.cache import Cache
from tcbsplit.frontend.extract.parsed import NoTree, Parsed
from tcbsplit.frontend.pool import processes
from tcbsplit.frontend.reading import read_program
from tcbsplit.frontend.worker import Item, Worker, abandoned
from tcbsplit.model.unit import CompileCommand, UnitFacts

UNIT = "service.c"  # the last one of the synthetic programs


def _loop() -> None:
    while True:
        pass


def _hang() -> None:
    ctypes.PyDLL(None).pause()  # as in libclang: with Python's lock, deaf to its signals


def _killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _crash() -> None:
    faulthandler.disable()  # of pytest, which would tell of it at length
    os.kill(os.getpid(), signal.SIGSEGV)


def _left() -> None:
    os._exit(3)


def _no_tree() -> None:
    raise NoTree(UNIT, "libclang cannot parse it: failure")


def _deep() -> None:
    _deep()


def _defect() -> None:
    raise KeyError("a defect of the extractor")


FATES: dict[str, Callable[[], None]] = {
    f.__name__[1:]: f for f in (_loop, _hang, _killed, _crash, _left, _no_tree, _deep, _defect)
}


class Troubled(Worker):
    """Meets ``fate`` while it parses or reads ``UNIT``; only the first time with a ``marker``."""

    def __init__(
        self, root: Path, ahead: bool, marks: MutableSequence[int] | None = None, *,
        step: str, fate: str, marker: Path | None = None,
    ) -> None:  # fmt: skip
        super().__init__(root, ahead, marks)
        self._step, self._fate, self._marker = step, FATES[fate], marker

    def parse(self, item: Item) -> Parsed | None:
        self._meet("parse", item[0])
        return super().parse(item)

    def read(self, command: CompileCommand, parsed: Parsed | None) -> UnitFacts:
        self._meet("read", command)
        return super().read(command, parsed)

    def _meet(self, step: str, command: CompileCommand) -> None:
        if (step, command.file) != (self._step, UNIT):
            return
        if self._marker is not None:
            if self._marker.exists():
                return
            self._marker.touch()
        self._fate()


class Without(Worker):
    """Leaves ``UNIT`` out without any trouble."""

    why = ""

    def read(self, command: CompileCommand, parsed: Parsed | None) -> UnitFacts:
        return abandoned(command, self.why) if command.file == UNIT else super().read(
            command, parsed
        )  # fmt: skip


if __name__ == "__main__":
    folder, cache, jobs = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    found = [
        CompileCommand(file=p.name, directory=str(folder), arguments=("gcc", "-std=gnu11"))
        for p in sorted(folder.glob("*.c"))
    ]
    reading._STORING = 0.0  # each unit is kept at once: nobody waits for the next transaction
    with Cache(cache) as opened:
        run = processes(jobs, 600, lambda *args: Troubled(*args, step="read", fate="hang"))
        read_program(found, folder, "x", cache=opened, executor=run)
