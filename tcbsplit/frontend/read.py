"""A compile database -> a linked program: what the cache has, the rest extracted in parallel."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec

from tcbsplit.frontend import link, toolchain
from tcbsplit.frontend.cache import Cache
from tcbsplit.frontend.pool import Batch, Executor, Item, processes
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand, Facts, UnitFacts


class Reading(NamedTuple):
    """What was read of a program: its units, not yet linked."""

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
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Program:
    """Take the facts of ``commands`` from the cache or extract them, and link them.

    ``progress`` is told (units done, units in all). The result depends neither on ``jobs`` nor on
    the executor nor on the cache.
    """
    read = read_units(commands, root, jobs=jobs, cache=cache, executor=executor, progress=progress)
    return link.link(image, root, read.items, read.shared)


def read_units(
    commands: Sequence[CompileCommand],
    root: Path,
    *,
    jobs: int | None = None,
    cache: Cache | None = None,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Reading:
    """As ``read_program``, without linking."""
    items = [(c, toolchain.builtin_include(c)) for c in commands]
    found = _Collected(items, root, cache)
    missing = found.from_cache()
    progress(len(found.units), len(items))
    run = executor or processes(jobs or os.cpu_count() or 1)
    places = iter(missing)
    for batch in run([items[i] for i in missing], root):
        found.add(list(islice(places, len(batch.units))), batch)
        progress(len(found.units), len(items))
    found.finish()
    units = [found.units[i] for i in range(len(items))]
    return Reading(list(zip(commands, units, strict=True)), found.shared)


class _Collected:
    """Facts as they come in, and what of them is new to the cache."""

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
            # Why an assembler fails may lie outside of the files that are hashed.
            if unit.language == "c" or not unit.diagnostics:
                self._new.append((self._items[i], bytes(data), unit.dependencies))
        for digest, facts in batch.shared.items():
            if digest not in self.shared:
                self.shared[digest] = self._decode_facts(facts)
                self._pieces.append((digest, bytes(facts)))

    def finish(self) -> None:
        """Keep in the cache what is new."""
        if self._cache is not None and self._new:
            self._cache.store(self._new, self._pieces, self._root)
