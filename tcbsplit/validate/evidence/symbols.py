# SPDX-License-Identifier: MIT
"""Find the symbols of a linked image that stand for code, and the one at an address.

Assembly leaves out types and sizes, linker scripts put symbols wherever they like, and code may lie
among data. A symbol stands for code if it is of type FUNC or GNU_IFUNC; or of none and global in an
executable section; or if the analysis knows it as a function. Labels beside these belong to the
function before them (System V gABI, symbol table).
"""

from __future__ import annotations

import bisect
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tcbsplit import elffile
from tcbsplit.model.machine import MachineName
from tcbsplit.model.trace import ExecutedFunction
from tcbsplit.model.vocabulary import SymbolId

Knowing = Callable[[str, str], bool]  # of (name, file): whether the analysis has such a function

_TYPED = (elffile.FUNCTION, elffile.IFUNC)
_PLACES = (*_TYPED, elffile.NOTYPE, elffile.OBJECT)
# Mapping symbols of ARM and RISC-V ELF, and labels internal to the assembler.
_MARK = re.compile(r"\$[adtx](\W|$|rv)|\.L")


@dataclass(frozen=True)
class Code:
    """The code from one address to another, by the symbols that stand for it, the best first."""

    address: int
    end: int
    names: tuple[MachineName, ...]
    label: bool = False  # a name outside functions: it holds no code, but names a place

    @property
    def name(self) -> str:
        """The name to display."""
        return self.names[0].name

    @property
    def file(self) -> str:
        """The file of ``name``."""
        return self.names[0].file


def nobody(name: str, file: str) -> bool:
    """Return false: there is no analysis."""
    return False


def read_code(path: Path, knows: Knowing = nobody) -> tuple[Code, ...]:
    """Return all code of an ELF file that symbols stand for, and labels, by address.

    A symbol without a size reaches to the next one of its section, or to the section's end.
    """
    with elffile.opened(path) as elf:
        sections = list(elf.iter_sections())
        places: dict[int, dict[int, list[_Place]]] = defaultdict(lambda: defaultdict(list))
        symbols = list(elffile.symbols(elf))
        # What was converted from PE (an EFI application) has neither types nor sizes.
        typeless = not any(s.type in _TYPED for s in symbols)
        if typeless:
            sizes = elffile.framed(elf)
            symbols = [s._replace(size=s.size or sizes.get(s.value, 0)) for s in symbols]
        for place in _places(symbols, sections, knows, typeless):
            places[place.section][place.address].append(place)
        found = [c for s, by in places.items() for c in _codes(by, _end(sections[s]))]
    return tuple(sorted(found, key=lambda c: (c.address, -c.end)))


class Symbols:
    """Code by address; of overlapping symbols the one that begins last counts."""

    def __init__(self, codes: Sequence[Code]) -> None:
        ordered = sorted(codes, key=lambda c: (c.address, -c.end, c.name))
        self._all = [c.address for c in ordered], ordered
        pieces = list(_pieces([c for c in ordered if not c.label]))
        self._starts = [start for start, _, _ in pieces]
        self._ends = [end for _, end, _ in pieces]
        self._codes = [code for _, _, code in pieces]

    def at(self, address: int) -> Code | None:
        """Return the code that holds ``address``."""
        at = bisect.bisect_right(self._starts, address) - 1
        return self._codes[at] if at >= 0 and address < self._ends[at] else None

    def of(self, address: int, end: int) -> Iterator[tuple[int, Code | None]]:
        """Yield (first address, code) from ``address`` to ``end``; None without a symbol."""
        while address < end:
            code = self.at(address)
            yield address, code
            after = bisect.bisect_right(self._starts, address)
            following = self._starts[after] if after < len(self._starts) else end
            if code is not None:
                following = min(following, self._ends[after - 1])
            address = following

    def near(self, address: int) -> Code | None:
        """Return the last code or label that begins at or before ``address``."""
        starts, codes = self._all
        at = bisect.bisect_right(starts, address) - 1
        return codes[at] if at >= 0 else None


@dataclass(frozen=True)
class _Place:
    """A symbol in a section."""

    section: int
    address: int
    size: int
    name: MachineName
    rank: tuple[bool, ...]  # the higher, the better a name
    code: bool
    label: bool  # belongs to the code before it


def _places(
    symbols: Iterable[elffile.Symbol], sections: Sequence[Any], knows: Knowing, typeless: bool
) -> Iterator[_Place]:
    for symbol in symbols:
        kind, index = symbol.type, symbol.section
        if kind not in _PLACES or not symbol.name or _MARK.match(symbol.name):
            continue
        address, typed = symbol.value, kind in _TYPED
        if symbol.shndx == elffile.ABSOLUTE and typed:
            index = next((i for i, s in enumerate(sections) if _holds(s, address)), -1)
        # A symbol that a linker script puts at the end of a section is outside it.
        if index < 0 or not _holds(sections[index], address):
            continue
        executable = bool(sections[index]["sh_flags"] & elffile.EXECUTABLE)
        local = symbol.binding == elffile.LOCAL
        name = MachineName(symbol.name, symbol.file)
        # Names of files are cut off in PE.
        known = knows(name.name, "" if typeless else name.file)
        bare = kind == elffile.NOTYPE
        code = typed or known or (executable and bare and not local)
        yield _Place(
            section=index,
            address=address,
            size=symbol.size,
            name=name,
            rank=(known, typed, bool(symbol.size), not local),
            code=code,
            label=bare and not code,
        )


def _codes(by: dict[int, list[_Place]], end: int) -> Iterator[Code]:
    """Yield the code of one section."""
    starts = sorted(a for a, places in by.items() if not all(p.label for p in places))
    for address, places in by.items():
        ranked = sorted(places, key=lambda p: ([not r for r in p.rank], p.name.name))
        here = [p for p in ranked if p.code]
        if not here:
            yield Code(address, address, tuple(p.name for p in ranked), label=True)
            continue
        at = bisect.bisect_right(starts, address)
        size = max(p.size for p in here)
        reach = address + size if size else starts[at] if at < len(starts) else end
        yield Code(address, reach, tuple(p.name for p in here))


def _holds(section: Any, address: int) -> bool:
    flags, start = section["sh_flags"], section["sh_addr"]
    return bool(flags & elffile.ALLOCATED) and start <= address < start + section["sh_size"]


def _end(section: Any) -> int:
    return int(section["sh_addr"] + section["sh_size"])


def _pieces(codes: Sequence[Code]) -> Iterator[tuple[int, int, Code]]:
    """Yield (first, end, code) without overlaps, in order."""
    inside: list[Code] = []
    at = 0

    def until(limit: int) -> Iterator[tuple[int, int, Code]]:
        nonlocal at
        while inside and at < limit:
            top = inside[-1]
            if at < (end := min(top.end, limit)):
                yield at, end, top
                at = end
            if top.end <= limit:
                inside.pop()

    for code in codes:
        yield from until(code.address)
        at = max(at, code.address)
        inside.append(code)
    yield from until(max((c.end for c in codes), default=0))


@dataclass(frozen=True)
class Image:
    """The code of a build's image, and which of it tcbsplit or an adapter generated."""

    codes: Sequence[Code]
    generated: frozenset[str] = frozenset()  # base names of files
    made: frozenset[str] = frozenset()  # global functions of these
    stubs: frozenset[SymbolId] = frozenset()  # functions whose body is a stub's
    erased: tuple[int, int] = (0, 0)  # bounds of the code that is erased at the boundary

    def erases(self, address: int) -> bool:
        """Return whether an address is in code that is erased at the boundary."""
        return self.erased[0] <= address < self.erased[1]

    def wrote(self, function: ExecutedFunction, ids: Collection[SymbolId]) -> bool:
        """Return whether a function, ``ids`` if the analysis knows it, is generated or a stub."""
        generated = bool(function.file) and function.file in self.generated
        return generated or (bool(ids) and self.stubs.issuperset(ids))
