"""Extraction over processes: batches of units, each worker parsing one ahead of what it walks."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import msgspec

from tcbsplit.frontend.assembly import extract_assembly
from tcbsplit.frontend.extract import Parsed, Shared, parse, read, tune_process
from tcbsplit.model.unit import CompileCommand, UnitFacts

BATCH = 8  # units: enough to hide the cost of passing them, few enough to share the end evenly

Item = tuple[CompileCommand, str]  # with the folder of the compiler's own headers
Items = Sequence[Item]

_encode = msgspec.msgpack.Encoder().encode


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """Encoded facts of some units, and facts of headers that are new to who gets them."""

    units: list[msgspec.Raw]
    shared: dict[str, msgspec.Raw]


Executor = Callable[[Items, Path], Iterator[Batch]]  # yields the facts of all items in order


def processes(jobs: int) -> Executor:
    """An executor over processes of this machine."""

    def run(items: Items, root: Path) -> Iterator[Batch]:
        batches = [items[i : i + BATCH] for i in range(0, len(items), BATCH)]
        count = min(jobs, len(batches))
        # Parsing ahead pays while there is a processor for it.
        ahead = count < (os.cpu_count() or 1)
        decode = msgspec.msgpack.Decoder(Batch).decode
        if count <= 1:
            worker = Worker(root, ahead)
            yield from (decode(worker.extract(b)) for b in batches)
            return
        with ProcessPoolExecutor(count, initializer=_start, initargs=(root, ahead)) as pool:
            yield from map(decode, pool.map(_extract, batches))

    return run


_worker: Worker


def _start(root: Path, ahead: bool) -> None:
    global _worker
    tune_process()
    _worker = Worker(root, ahead)


def _extract(items: Items) -> bytes:
    return _worker.extract(items)


class Worker:
    """Extracts batches; remembers the headers that it has walked and the facts it has sent."""

    def __init__(self, root: Path, ahead: bool) -> None:
        self._root = root
        self._ahead = ahead
        self._shared = Shared()
        self._sent: set[str] = set()

    def extract(self, items: Items) -> bytes:
        """Return the encoded ``Batch`` of some commands."""
        # Trees of millions of short-lived objects without cycles: collecting is half the time.
        enabled = gc.isenabled()
        gc.disable()
        try:
            units = list(self._walk(items) if self._ahead else map(self._unit, items))
        finally:
            if enabled:
                gc.enable()
        new = {d for u in units for d in u.shared} - self._sent
        self._sent.update(new)
        pieces = {d: msgspec.Raw(self._shared.pieces[d]) for d in sorted(new)}
        return _encode(Batch([msgspec.Raw(_encode(u)) for u in units], pieces))

    def _parse(self, item: Item) -> Parsed | None:
        command, include = item
        return parse(command, self._root, include) if command.language == "c" else None

    def _unit(self, item: Item) -> UnitFacts:
        return self._read(item[0], self._parse(item))

    def _walk(self, items: Items) -> Iterator[UnitFacts]:
        """Walk each unit while a thread parses the next (parsing lets go of Python's lock)."""
        with ThreadPoolExecutor(1) as thread:
            coming = thread.submit(self._parse, items[0])
            for i, (command, _) in enumerate(items):
                parsed = coming.result()
                if i + 1 < len(items):
                    coming = thread.submit(self._parse, items[i + 1])
                yield self._read(command, parsed)

    def _read(self, command: CompileCommand, parsed: Parsed | None) -> UnitFacts:
        if parsed is None:
            return extract_assembly(command, self._root)
        try:
            return read(command, self._root, parsed, self._shared)
        finally:
            parsed.close()
