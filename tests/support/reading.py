# SPDX-License-Identifier: MIT
"""Reads units in the process of the test: no process per program, where nothing can hang."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import msgspec

from tcbsplit.frontend.cache import Cache
from tcbsplit.frontend.extract.libclang import tune_process
from tcbsplit.frontend.pool import Executor, News, processes
from tcbsplit.frontend.reading import read_program
from tcbsplit.frontend.worker import Batch, Items, Worker
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.pipeline.extraction import Extraction

_decode = msgspec.msgpack.Decoder(Batch).decode


def in_process(items: Items, root: Path) -> Generator[News, None, None]:
    """Yield the facts of all items; an ``Executor``."""
    tune_process()
    worker = Worker(root, ahead=False)
    positions = range(len(items))
    for position, unit in zip(positions, worker.units(positions, items), strict=True):
        yield _decode(worker.pack([position], [unit]))


IN_PROCESS = Extraction(executor=in_process)


def remembering() -> Extraction:
    """Return options of reading that read no unit of a tree twice: nothing may change there."""
    known: dict[tuple[object, ...], list[News]] = {}

    def read(items: Items, root: Path) -> Generator[News, None, None]:
        key = (root, *(command for command, _ in items))
        if key not in known:
            known[key] = list(in_process(items, root))
        yield from known[key]

    return Extraction(executor=read)


SETTLED = 0.05  # seconds until a file just written counts as older than the run


class Counting:
    """An executor of this process that notes which sources it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, items: Items, root: Path) -> Generator[News, None, None]:
        self.asked += [command.file for command, _ in items]
        executor: Executor = processes(1)
        yield from executor(items, root)


def analysed(folder: Path, commands: list[CompileCommand], cache: Path) -> tuple[Program, set[str]]:
    """Read with a cache; return the program and the sources that were extracted."""
    counting = Counting()
    with Cache(cache) as opened:
        program = read_program(commands, folder, "x", cache=opened, executor=counting)
    return program, set(counting.asked)
