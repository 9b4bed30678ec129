# SPDX-License-Identifier: MIT
"""Extract units in processes of this machine, and end those that hang.

Neither libclang nor a walk over its tree can be interrupted from within, so a unit that takes too
long ends with its process. It is abandoned, like one that crashes its process twice: a degraded
unit. Another process takes over what is left, and what was done is not lost.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from multiprocessing.connection import wait
from pathlib import Path

import msgspec

from tcbsplit.errors import EnvironmentProblem
from tcbsplit.frontend.worker import (
    AHEAD,
    NONE,
    NOW,
    Batch,
    Items,
    Making,
    Worker,
    abandoned,
    serve,
)

BATCH = 8  # units, where they are parsed ahead
FEW = 2  # units: none is parsed ahead, and the work is shared evenly to the end
LIMIT = 120.0  # seconds for one unit; the largest of large programs take a few
_LONG = 5.0  # seconds after which a unit that is still read is named
_TICK = 0.2  # seconds between two looks at the workers
_MOST = 1.0  # seconds that one look may charge: more is time in which we were not there ourselves
_CRASHES = 2  # the first may have been a want of memory, or the unit's that was parsed beside it
_STILLBORN = 3  # deaths in a row without a unit in hand

_fork = multiprocessing.get_context("fork")  # units need not travel to the workers
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Batch).decode


class Waiting(msgspec.Struct, frozen=True):
    """The unit that is being read for longest, if that is long."""

    unit: str
    seconds: float


News = Batch | Waiting
# Yields the facts of all items as they come, and now and then what they are waited for.
Executor = Callable[[Items, Path], Generator[News, None, None]]


def processes(jobs: int, limit: float = LIMIT, make: Making = Worker) -> Executor:
    """Return an executor of ``jobs`` processes; one unit may take ``limit`` seconds."""

    def run(items: Items, root: Path) -> Generator[News, None, None]:
        crew = _Crew(items, root, jobs, limit, make)
        try:
            yield from crew.work()
        finally:
            crew.end()

    return run


def in_place(items: Items, root: Path) -> Generator[News, None, None]:
    """Read the units in this process, an executor: a worker of a cluster may have no children."""
    worker = Worker(root, ahead=False)
    for place, unit in enumerate(worker.units(range(len(items)), items)):
        yield _decode(worker.pack([place], [unit]))


class _Hand:
    """The parent's state of a worker process."""

    def __init__(self, items: Items, root: Path, ahead: bool, make: Making) -> None:
        self.pipe, theirs = _fork.Pipe()
        self.marks = _fork.RawArray("q", [NONE, NONE])
        self.owed: dict[int, None] = {}  # places of units that were asked for, in order
        self._place, self._spent = NONE, 0.0
        self._process = _fork.Process(
            target=serve, args=(theirs, self.marks, items, root, ahead, make, os.getpid()),
            daemon=True,
        )  # fmt: skip
        self._process.start()
        theirs.close()  # so that its end is the end of the pipe

    def ask(self, places: Sequence[int]) -> None:
        """Send positions of units to read; they are few bytes, so this never blocks."""
        self.owed.update(dict.fromkeys(places))
        self.pipe.send(places)

    def charge(self, seconds: float) -> tuple[int, float]:
        """Add time to the unit in progress; return the unit's position and its time so far."""
        place = self.marks[NOW]
        self._spent = self._spent + seconds if place == self._place else 0.0
        self._place = place
        return place, self._spent

    def end(self) -> int:
        """Kill it; return its exit status (negative: by a signal)."""
        self._process.kill()
        self._process.join(5)  # one that hangs in the kernel does not end
        return self._process.exitcode or 0


class _Crew:
    """The workers, and the units that are still to be read."""

    def __init__(self, items: Items, root: Path, jobs: int, limit: float, make: Making) -> None:
        self._items, self._root, self._limit, self._make = items, root, limit, make
        places = range(len(items))
        # Parsing ahead pays while there is a processor for it.
        most = min(max(jobs, 1), -(-len(places) // BATCH))
        self._ahead = most < (os.cpu_count() or 1)
        size = BATCH if self._ahead else FEW
        self._todo = deque(list(places[i : i + size]) for i in places[::size])
        self._count = min(max(jobs, 1), len(self._todo))
        self._hands: list[_Hand] = []
        self._crashes: Counter[int] = Counter()
        self._stillborn = 0
        self._looked = self._told = time.monotonic()

    def work(self) -> Iterator[News]:
        """Yield facts and waiting units until all units are read."""
        while self._todo or self._hands:
            while self._todo and len(self._hands) < self._count:
                hand = _Hand(self._items, self._root, self._ahead, self._make)
                self._hands.append(hand)
                hand.ask(self._todo.popleft())
            by_pipe = {hand.pipe: hand for hand in self._hands}
            for pipe in wait(list(by_pipe), _TICK):
                yield from self._receive(by_pipe[pipe])  # type: ignore[index]
            yield from self._watch()

    def end(self) -> None:
        """End all workers."""
        while self._hands:
            self._hands[-1].end()
            self._hands.pop()

    def _receive(self, hand: _Hand) -> Iterator[News]:
        try:
            batch = _taken(hand)
        except (EOFError, OSError):
            yield from self._crashed(hand)
            return
        if len(hand.owed) <= 1 and self._todo:  # it never waits for us
            hand.ask(self._todo.popleft())
        if not hand.owed:
            hand.end()
            self._hands.remove(hand)
        self._stillborn = 0
        yield batch

    def _watch(self) -> Iterator[News]:
        """End workers that exceed the limit at one unit; yield the unit that takes long."""
        now = time.monotonic()
        passed, self._looked = min(now - self._looked, _MOST), now
        long = Waiting("", _LONG)
        for hand in list(self._hands):
            place, spent = hand.charge(passed)
            if spent > self._limit and not hand.pipe.poll():
                yield from self._hung(hand, place)
            elif place != NONE and spent > long.seconds:
                long = Waiting(self._items[place][0].file, spent)
        if long.unit and now - self._told >= 1:
            self._told = now
            yield long

    def _hung(self, hand: _Hand, place: int) -> Iterator[News]:
        yield from self._lost(hand)
        if place in hand.owed:
            why = f"not read within {self._limit:g} s, abandoned; --unit-timeout gives it longer"
            yield self._abandon(hand, place, why)
        self._again(list(hand.owed))

    def _crashed(self, hand: _Hand) -> Iterator[News]:
        status = yield from self._lost(hand)
        suspects = [p for p in {hand.marks[NOW], hand.marks[AHEAD]} if p in hand.owed]
        if not suspects:
            self._stillborn += 1
            if self._stillborn >= _STILLBORN:
                raise EnvironmentProblem(f"processes that read sources end at once: {_end(status)}")
        for place in suspects:
            self._crashes[place] += 1
            if self._crashes[place] >= _CRASHES:
                why = f"the process that reads it crashes ({_end(status)}), abandoned"
                yield self._abandon(hand, place, why)
        self._again([p for p in hand.owed if p not in suspects])
        for place in suspects:
            if place in hand.owed:
                self._again([place])  # alone, which shows whose fault it is

    def _lost(self, hand: _Hand) -> Generator[News, None, int]:
        """End a worker and take what it has sent; return its exit status."""
        status = hand.end()
        self._hands.remove(hand)
        try:
            while True:
                yield _taken(hand)
        except (EOFError, OSError):
            return status

    def _again(self, places: list[int]) -> None:
        if places:
            self._todo.appendleft(places)

    def _abandon(self, hand: _Hand, place: int, why: str) -> Batch:
        del hand.owed[place]
        unit = abandoned(self._items[place][0], why)
        return Batch([place], [msgspec.Raw(_encode(unit))], {})


def _taken(hand: _Hand) -> Batch:
    """Return the next batch of a worker; raises the error that the worker sent instead."""
    data = hand.pipe.recv_bytes()
    if not data:
        raise hand.pipe.recv()
    batch = _decode(data)
    for place in batch.places:
        del hand.owed[place]
    return batch


def _end(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"exit status {status}"
