# SPDX-License-Identifier: MIT
"""Counts what many runs came to, and keeps the folders of those that went wrong."""

from __future__ import annotations

import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path


class Tally:
    """The count of ``number`` runs below the folder ``base``."""

    def __init__(self, number: int, base: Path) -> None:
        self._number, self._base = number, base
        self._began = time.monotonic()
        self._counts: Counter[str] = Counter()
        self.wrong = 0

    def add(self, kind: str, told: str, folder: Path, complaints: Sequence[str]) -> None:
        """Count a run; its folder stays only if there are complaints, and is named with them."""
        self._counts[kind] += 1
        self.wrong += bool(complaints)
        for complaint in complaints:
            print(f"\n{told} (see {folder}): {complaint}", flush=True)
        if not complaints:
            shutil.rmtree(folder)

    def progress(self, done: int) -> None:
        """Say how many runs are done."""
        print(f"\r{done} of {self._number}", end="", file=sys.stderr, flush=True)

    def end(self, what: str, seed: int, notes: Iterable[str] = ()) -> int:
        """Print the counts, the notes and the sum; return how many runs went wrong."""
        print(file=sys.stderr)
        if not self.wrong:
            shutil.rmtree(self._base)
        for kind in sorted(self._counts):
            print(f"  {self._counts[kind]:4} {kind}")
        for note in notes:
            print(f"  {note}")
        print(
            f"{what}: {sum(self._counts.values())} runs, {self.wrong} went wrong, seed {seed}, "
            f"{time.monotonic() - self._began:.0f} s",
            flush=True,
        )
        return self.wrong
