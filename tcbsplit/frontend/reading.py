# SPDX-License-Identifier: MIT
"""Read all units of a program: from the cache, or extracted in parallel; and link them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import msgspec

from tcbsplit.frontend import link, toolchain, trusted
from tcbsplit.frontend.cache import Cache
from tcbsplit.frontend.pool import Executor, Waiting, processes
from tcbsplit.frontend.worker import Batch, Item
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand, Facts, UnitFacts
from tcbsplit.model.vocabulary import Language
from tcbsplit.process import signals

_STORING = 2.0  # seconds between two transactions: what a kill at most loses


class Reading(NamedTuple):
    """The facts of a program's units, not yet linked."""

    items: Sequence[tuple[CompileCommand, UnitFacts]]
    shared: Mapping[str, Facts]  # facts of headers by digest


def read_program(
    commands: Sequence[CompileCommand],
    root: Path,
    image: str,
    *,
    jobs: int | None = None,
    cache: Cache | None = None,
    executor: Executor | None = None,
    progress: Callable[[int, int, str], None] = lambda done, total, note: None,
    trust: bool = False,
) -> Program:
    """Take the facts of ``commands`` from the cache or extract them, and link them.

    With ``trust``, programs that the commands name are run as they say (``frontend.trusted``).
    ``progress`` is called with (units done, units in all, unit that takes long). The
    result depends neither on ``jobs`` nor on the executor nor on the cache. What was extracted
    before an error or a signal ended it is in the cache.
    """
    read = read_units(
        commands, root, jobs=jobs, cache=cache, executor=executor, progress=progress, trust=trust
    )
    return link.link(image, root, read.items, read.shared)


def read_units(
    commands: Sequence[CompileCommand],
    root: Path,
    *,
    jobs: int | None = None,
    cache: Cache | None = None,
    executor: Executor | None = None,
    progress: Callable[[int, int, str], None] = lambda done, total, note: None,
    trust: bool = False,
) -> Reading:
    """Do as ``read_program``, without linking."""
    items = [
        (c if trust else trusted.asked(c, root), toolchain.compiler_of(c, root, trust))
        for c in commands
    ]
    found = _Collected(items, root, cache)
    missing = found.from_cache()
    progress(len(found.units), len(items), "")
    run = executor or processes(jobs or os.cpu_count() or 1)
    try:
        with signals.tended(), closing(run([items[i] for i in missing], root)) as all_news:
            for news in all_news:
                note = ""
                if isinstance(news, Waiting):
                    note = f"{news.unit}: {news.seconds:.0f} s"
                else:
                    found.add([missing[p] for p in news.places], news)
                progress(len(found.units), len(items), note)
                found.keep(_STORING)
    finally:
        found.keep()
    units = [found.units[i] for i in range(len(items))]
    return Reading(list(zip(commands, units, strict=True)), found.shared)


class _Collected:
    """The facts received so far, and those that the cache does not have yet."""

    def __init__(self, items: Sequence[Item], root: Path, cache: Cache | None) -> None:
        self.units: dict[int, UnitFacts] = {}
        self.shared: dict[str, Facts] = {}
        self._items = items
        self._root = root
        self._cache = cache
        self._decode_unit = msgspec.msgpack.Decoder(UnitFacts).decode
        self._decode_facts = msgspec.msgpack.Decoder(Facts).decode
        self._new: list[tuple[Item, bytes, tuple[str, ...]]] = []
        self._pieces: list[tuple[str, bytes]] = []
        self._kept = time.monotonic()

    def from_cache(self) -> list[int]:
        """Take what the cache has; return the positions of the rest."""
        if self._cache is not None:
            units, pieces = self._cache.find(self._items, self._root)
            self.units = {i: self._decode_unit(u) for i, u in units.items()}
            self.shared = {d: self._decode_facts(p) for d, p in pieces.items()}
        return [i for i in range(len(self._items)) if i not in self.units]

    def add(self, places: Sequence[int], batch: Batch) -> None:
        """Take in the facts of the units at ``places``."""
        for i, data in zip(places, batch.units, strict=True):
            unit = self.units[i] = self._decode_unit(data)
            # The cause of an assembler failure may be outside the hashed files.
            if not unit.abandoned and (unit.language is Language.C or not unit.diagnostics):
                self._new.append((self._items[i], bytes(data), unit.dependencies))
        for digest, facts in batch.shared.items():
            if digest not in self.shared:
                self.shared[digest] = self._decode_facts(facts)
                self._pieces.append((digest, bytes(facts)))

    def keep(self, age: float = 0.0) -> None:
        """Keep in the cache what is new, if the last time is ``age`` seconds ago."""
        if self._cache is not None and self._new and time.monotonic() - self._kept >= age:
            self._cache.store(self._new, self._pieces, self._root)
            self._new, self._pieces = [], []
            self._kept = time.monotonic()
