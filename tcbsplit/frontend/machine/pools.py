# SPDX-License-Identifier: MIT
"""Find data among the code of AArch64: mapping symbols say where it begins and ends.

An assembler marks data with ``$d`` and code with ``$x``, also with a dot and more behind (ELF for
the Arm 64-bit Architecture, 5.5.4). Constants that functions load stand there, and tables.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from tcbsplit.elffile import Symbol

_DATA, _CODE = "$d", "$x"


class Pools:
    """The data among the code of one section, by offset."""

    def __init__(self, marks: Iterable[tuple[int, bool]] = (), size: int = 0) -> None:
        """``marks`` are (offset, whether data begins there)."""
        ordered = sorted(dict(marks).items())
        spans = pairwise([*ordered, (size, False)])
        self.spans = [(start, end) for (start, data), (end, _) in spans if data and end > start]
        self._starts = [start for start, _ in self.spans]

    def holds(self, at: int) -> bool:
        """Return whether an offset is that of data."""
        found = bisect_right(self._starts, at) - 1
        return found >= 0 and at < self.spans[found][1]

    def words(self, first: int, end: int, size: int) -> Iterator[int]:
        """Yield the offsets of aligned words of data between two offsets."""
        for a, b in self.spans:
            a, b = max(a, first), min(b, end)
            yield from range(a + -a % size, b - size + 1, size)


def pools(symbols: Iterable[Symbol]) -> dict[int, dict[int, bool]]:
    """Return the marks of each section: value of the symbol -> whether data begins there."""
    found: dict[int, dict[int, bool]] = defaultdict(dict)
    for symbol in symbols:
        kind, dot = symbol.name[:2], symbol.name[2:3]
        if kind in (_DATA, _CODE) and dot in ("", ".") and symbol.section >= 0:
            found[symbol.section][symbol.value] = kind == _DATA
    return found
