# SPDX-License-Identifier: MIT
"""Symbols, sections and relocations of an ELF file, as places (System V gABI, chapter 4)."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from tcbsplit import elffile
from tcbsplit.frontend.machine.pools import Pools, pools

Location = tuple[int, int]  # (index of a section, bytes from its start)

_INFORMATION = (".debug", ".zdebug", ".comment", ".note", ".stab", ".gnu", ".llvm", ".eh_frame")
_FUNCTIONS = (elffile.FUNCTION, elffile.IFUNC)
# Entries of 32 and 64 bit files.
_FORMATS = {"SHT_RELA": ("IIi", "QQq"), "SHT_REL": ("II", "QQ")}
_IN_PLACE = 1 << 64  # no addend is so large
# Types of relocations (psABIs of x86-64 and i386, ELF for the Arm 64-bit architecture).
_RELATIVE = {
    "EM_X86_64": {2, 4, 9, 13, 15, 24, 29, 41, 42},
    "EM_386": {2, 4, 21, 23},
    "EM_AARCH64": {260, 261, 262, 274, 275, 276, 279, 280, 282, 283},
}
_THROUGH_TABLE = {"EM_X86_64": {9, 28, 41, 42}, "EM_386": {3, 43}, "EM_AARCH64": {311, 312}}
_SIZES = {
    "EM_X86_64": {1: 8, 24: 8, 12: 2, 13: 2, 14: 1, 15: 1},
    "EM_386": {20: 2, 21: 2, 22: 1, 23: 1},
    "EM_AARCH64": {257: 8, 260: 8, 259: 2, 262: 2},
}
# Words of data, which on this processor need not stand apart from instructions otherwise.
_WORDS = {"EM_AARCH64": {257, 258, 259, 260, 261, 262}}
# Branches: no data has them.
_BRANCHES = {"EM_AARCH64": {279, 280, 282, 283}}


class Label(NamedTuple):
    """A symbol that names a location."""

    name: str
    place: Location
    size: int
    function: bool
    object: bool
    local: bool
    weak: bool
    rank: int  # which of several at one place is shown: the least


class Relocation(NamedTuple):
    """A field of a section that the linker fills in."""

    at: int
    size: int
    name: str  # of a global or undefined symbol; else empty
    place: Location  # of the symbol, without the addend
    addend: int
    relative: bool  # to the field's own address
    table: bool  # by way of the global offset table
    word: bool  # surely data
    branch: bool  # surely of a branch


class Section(NamedTuple):
    """A section that is loaded."""

    number: int
    name: str
    address: int
    data: bytes
    code: bool


class Elf:
    """The parts of an ELF file that determine control transfers and references."""

    def __init__(self, elf: Any) -> None:
        self.machine = str(elf["e_machine"])
        self.sections: dict[int, Section] = {}
        self.labels: dict[int, list[Label]] = defaultdict(list)  # by section, in order
        self.files: dict[Label, str] = {}  # of local symbols of an image: base name
        self._elf = elf
        self._all = list(elf.iter_sections())
        for index, section in enumerate(self._all):
            if _holds(section):
                code = bool(section["sh_flags"] & elffile.EXECUTABLE)
                self.sections[index] = Section(
                    index, section.name, section["sh_addr"], section.data(), code
                )
        self._symbols = list(elffile.symbols(elf))
        self.pools = dict(self._pools())
        self._read_labels()

    def _read_labels(self) -> None:
        linked = self._elf["e_type"] != "ET_REL"
        for symbol in self._symbols:
            if symbol.section < 0 or symbol.type in (elffile.FILE, elffile.SECTION, elffile.TLS):
                continue
            name, index = symbol.name, symbol.section
            if not name or name.startswith((".L", "$")):
                continue
            base = self.sections[index].address if linked and index in self.sections else 0
            label = _label(symbol, (index, symbol.value - base))
            self.labels[index].append(label)
            if label.local:
                self.files[label] = symbol.file
        for labels in self.labels.values():
            labels.sort(key=lambda label: (label.place, label.rank))

    def _pools(self) -> Iterator[tuple[int, Pools]]:
        """Yield the data among the code of each section that is marked."""
        if self.machine != "EM_AARCH64":
            return
        linked = self._elf["e_type"] != "ET_REL"
        for index, marks in pools(self._symbols).items():
            section = self.sections.get(index)
            if section is not None and section.code:
                base = section.address if linked else 0
                yield index, Pools([(at - base, d) for at, d in marks.items()], len(section.data))

    def relocations(self) -> Iterator[tuple[int, list[Relocation]]]:
        """Yield (index of a loaded section, its relocations in order)."""
        for section in self._all:
            index = int(section["sh_info"])
            if section["sh_type"] in _FORMATS and index in self.sections:
                found = [self._relocation(index, *r) for r in _entries(self._elf, section)]
                yield index, sorted(found, key=lambda r: r.at)

    def _relocation(self, index: int, at: int, number: int, kind: int, addend: int) -> Relocation:
        """``addend`` is what the entry says; without one (REL) the field itself holds it."""
        symbol = self._symbols[number]
        size = _SIZES.get(self.machine, {}).get(kind, 4)
        if addend == _IN_PLACE:
            content = self.sections[index].data[at : at + size]
            addend = int.from_bytes(content, "little", signed=True)
        defined = symbol.section >= 0
        named = bool(symbol.name) and (not defined or symbol.binding != elffile.LOCAL)
        return Relocation(
            at,
            size,
            symbol.name if named else "",
            (symbol.section, symbol.value) if defined else (-1, 0),
            addend,
            kind in _RELATIVE.get(self.machine, ()),
            kind in _THROUGH_TABLE.get(self.machine, ()),
            kind in _WORDS.get(self.machine, ()),
            kind in _BRANCHES.get(self.machine, ()),
        )


def _entries(elf: Any, section: Any) -> Iterator[tuple[int, int, int, int]]:
    """(place, number of the symbol, type, addend) of every relocation of a section."""
    wide, order = elf.elfclass == 64, "<" if elf.little_endian else ">"
    shift = 32 if wide else 8
    form = order + _FORMATS[section["sh_type"]][wide]
    for at, info, *addend in struct.iter_unpack(form, section.data()):
        yield at, info >> shift, info & ((1 << shift) - 1), addend[0] if addend else _IN_PLACE


def _holds(section: Any) -> bool:
    """Return whether a section holds code or data of the program.

    One that an assembly source names without flags is not marked as loaded; a linker script may
    place it all the same.
    """
    if section["sh_flags"] & elffile.ALLOCATED:
        return bool(section["sh_type"] != "SHT_NOBITS")
    return section["sh_type"] == "SHT_PROGBITS" and not section.name.startswith(_INFORMATION)


def _label(symbol: elffile.Symbol, place: Location) -> Label:
    function, local = symbol.type in _FUNCTIONS, symbol.binding == elffile.LOCAL
    # A function with a size before one without, a symbol without a type last; then a global one.
    rank = 4 * (not function) + 2 * (not symbol.size) + (symbol.binding != elffile.GLOBAL)
    return Label(
        symbol.name, place, symbol.size, function, symbol.type == elffile.OBJECT, local,
        symbol.binding == elffile.WEAK, rank,
    )  # fmt: skip
