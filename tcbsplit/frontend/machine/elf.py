"""Symbols, sections and relocations of an ELF file, as places (System V gABI, chapter 4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

EXECUTABLE, ALLOCATED = 4, 2  # SHF_EXECINSTR, SHF_ALLOC
Place = tuple[int, int]  # (index of a section, bytes from its start)

_INFORMATION = (".debug", ".zdebug", ".comment", ".note", ".stab", ".gnu", ".llvm", ".eh_frame")
_FUNCTIONS = ("STT_FUNC", "STT_GNU_IFUNC", "STT_LOOS")
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


class Label(NamedTuple):
    """A symbol that stands for a place."""

    name: str
    place: Place
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
    place: Place  # of the symbol, without the addend
    addend: int
    relative: bool  # to the field's own address
    table: bool  # by way of the global offset table
    word: bool  # surely data


class Section(NamedTuple):
    """A section that is loaded."""

    number: int
    name: str
    address: int
    data: bytes
    code: bool


class Elf:
    """What of an ELF file matters for who leads to whom."""

    def __init__(self, elf: Any) -> None:
        self.machine = str(elf["e_machine"])
        self.sections: dict[int, Section] = {}
        self.labels: dict[int, list[Label]] = defaultdict(list)  # by section, in order
        self.files: dict[Label, str] = {}  # of local symbols of an image: base name
        self._elf = elf
        for index, section in enumerate(elf.iter_sections()):
            if _holds(section):
                code = bool(section["sh_flags"] & EXECUTABLE)
                self.sections[index] = Section(
                    index, section.name, section["sh_addr"], section.data(), code
                )
        table = elf.get_section_by_name(".symtab")
        self._symbols = list(table.iter_symbols()) if table else []
        self._read_labels()

    def _read_labels(self) -> None:
        file, linked = "", self._elf["e_type"] != "ET_REL"
        for symbol in self._symbols:
            kind, index = symbol["st_info"]["type"], symbol["st_shndx"]
            if kind == "STT_FILE":
                file = str(symbol.name)
            if not isinstance(index, int) or kind in ("STT_FILE", "STT_SECTION", "STT_TLS"):
                continue
            name = str(symbol.name)
            if not name or name.startswith((".L", "$")):
                continue
            base = self.sections[index].address if linked and index in self.sections else 0
            label = _label(symbol, name, (index, symbol["st_value"] - base))
            self.labels[index].append(label)
            if label.local:
                self.files[label] = file
        for labels in self.labels.values():
            labels.sort(key=lambda label: (label.place, label.rank))

    def relocations(self) -> Iterator[tuple[int, list[Relocation]]]:
        """Yield (index of a loaded section, its relocations in order)."""
        for section in self._elf.iter_sections():
            index = int(section["sh_info"])
            if section["sh_type"] in ("SHT_RELA", "SHT_REL") and index in self.sections:
                found = [self._relocation(index, r) for r in section.iter_relocations()]
                yield index, sorted(found, key=lambda r: r.at)

    def _relocation(self, index: int, relocation: Any) -> Relocation:
        kind, at = relocation["r_info_type"], int(relocation["r_offset"])
        symbol = self._symbols[relocation["r_info_sym"]]
        size = _SIZES.get(self.machine, {}).get(kind, 4)
        addend = relocation.entry.get("r_addend")
        if addend is None:
            content = self.sections[index].data[at : at + size]
            addend = int.from_bytes(content, "little", signed=True)
        bound = symbol["st_info"]["bind"]
        defined = isinstance(symbol["st_shndx"], int)
        named = bool(symbol.name) and (not defined or bound != "STB_LOCAL")
        return Relocation(
            at,
            size,
            str(symbol.name) if named else "",
            (symbol["st_shndx"], symbol["st_value"]) if defined else (-1, 0),
            addend,
            kind in _RELATIVE.get(self.machine, ()),
            kind in _THROUGH_TABLE.get(self.machine, ()),
            kind in _WORDS.get(self.machine, ()),
        )


def _holds(section: Any) -> bool:
    """Whether a section holds code or data of the program.

    One that an assembly source names without flags is not marked as loaded; a linker script may
    place it all the same.
    """
    if section["sh_flags"] & ALLOCATED:
        return bool(section["sh_type"] != "SHT_NOBITS")
    return section["sh_type"] == "SHT_PROGBITS" and not section.name.startswith(_INFORMATION)


def _label(symbol: Any, name: str, place: Place) -> Label:
    kind, binding = symbol["st_info"]["type"], symbol["st_info"]["bind"]
    function, local = kind in _FUNCTIONS, binding == "STB_LOCAL"
    size = int(symbol["st_size"])
    # A function with a size before one without, a symbol without a type last; then a global one.
    rank = 4 * (not function) + 2 * (not size) + (binding != "STB_GLOBAL")
    return Label(
        name, place, size, function, kind == "STT_OBJECT", local, binding == "STB_WEAK", rank
    )
