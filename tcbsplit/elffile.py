# SPDX-License-Identifier: MIT
"""Read ELF files: symbols, loaded segments and code (System V gABI, chapters 4 and 5)."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from elftools.common.exceptions import DWARFError, ELFError
from elftools.construct import ConstructError
from elftools.dwarf.callframe import FDE
from elftools.elf.constants import P_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Section

from tcbsplit.errors import BuildError
from tcbsplit.files import read_file

EXECUTABLE, ALLOCATED, WRITABLE = 4, 2, 1  # SHF_EXECINSTR, SHF_ALLOC, SHF_WRITE
# Types of symbols: STT_NOTYPE … STT_FILE, STT_TLS, STT_GNU_IFUNC.
NOTYPE, OBJECT, FUNCTION, SECTION, FILE, TLS, IFUNC = 0, 1, 2, 3, 4, 6, 10
LOCAL, GLOBAL, WEAK = 0, 1, 2  # bindings
_SYMTAB = 2  # the type of the section with the symbol table
UNDEFINED, ABSOLUTE = 0, 0xFFF1  # SHN_UNDEF, SHN_ABS
_RESERVED = 0xFF00  # SHN_LORESERVE: indexes from here on are not sections


class Symbol(NamedTuple):
    """An entry of a symbol table."""

    name: str
    shndx: int  # st_shndx: of its section, UNDEFINED, ABSOLUTE or another reserved number
    value: int
    size: int
    type: int
    binding: int
    file: str  # of a local symbol: the name in the file entry before it; else empty

    @property
    def section(self) -> int:
        """The index of its section; -1 without a section."""
        return self.shndx if 0 < self.shndx < _RESERVED else -1


class LoadedSection(NamedTuple):
    """A section that is loaded."""

    name: str
    address: int
    size: int
    executable: bool
    writable: bool


class Segment(NamedTuple):
    """Bytes of an image as it is loaded, at their virtual address."""

    address: int
    content: bytes
    executable: bool


class _File(ELFFile):  # type: ignore[misc]
    """An ELF file in which a section with a wrong link is still a section with bytes.

    Linker scripts make hash tables without the symbols that they would be of.
    """

    def get_section(self, n: int, type: Any = None) -> Any:
        header = self._get_section_header(n)
        try:
            return super().get_section(n, type)
        except ELFError:
            if type is not None:
                raise
            return Section(header, self._get_section_name(header), self)


@contextlib.contextmanager
def opened(path: Path, content: bytes | None = None) -> Iterator[ELFFile]:
    """Open an ELF file, held in memory; ``content`` are its bytes if they were read already.

    Raises ``BuildError`` if it is missing, damaged or of another format.
    """
    try:
        yield _File(BytesIO(read_file(path) if content is None else content))
    except OSError as error:
        raise BuildError(f"{path}: {error.strerror}") from None
    except (
        ELFError, ConstructError, AttributeError, TypeError, ValueError, LookupError, struct.error,
        OverflowError, MemoryError,
    ) as error:  # fmt: skip
        raise BuildError(f"{path}: not an ELF file, or a damaged one: {error}") from None


def symbols(elf: Any) -> Iterator[Symbol]:
    """Yield the symbol table in its order; nothing if the file has none.

    The table is unpacked at once: an object of the library per symbol would take most of the time.
    """
    table = _symbol_table(elf)
    if table is None:
        return
    wide, order = elf.elfclass == 64, _order(elf)
    strings = table.stringtable.data()
    file = ""
    for entry in struct.iter_unpack(order + ("IBBHQQ" if wide else "IIIBBH"), table.data()):
        if wide:
            at, info, _, index, value, size = entry
        else:
            at, value, size, info, _, index = entry
        name = strings[at : strings.index(b"\0", at)].decode("utf-8", "replace")
        kind, binding = info & 15, info >> 4
        if kind == FILE:
            file = name
        yield Symbol(name, index, value, size, kind, binding, file if binding == LOCAL else "")


def _order(elf: Any) -> str:
    return "<" if elf.little_endian else ">"


def _symbol_table(elf: Any) -> Any:
    """Return the section of the symbol table, or None.

    Objects with a section for each function have thousands: the library would read them all.
    """
    headers = struct.Struct(_order(elf) + ("IIQQQQIIQQ" if elf.elfclass == 64 else "10I"))
    elf.stream.seek(elf["e_shoff"])
    content = elf.stream.read(elf.num_sections() * headers.size)
    for number, (_, kind, *_) in enumerate(headers.iter_unpack(content)):
        if kind == _SYMTAB:
            return elf.get_section(number, ("SHT_SYMTAB",))
    return None


def segments(path: Path) -> tuple[Segment, ...]:
    """Return the PT_LOAD segments of an ELF file, without the part that is only zero."""
    with opened(path) as elf:
        return tuple(
            Segment(s["p_vaddr"], s.data(), bool(s["p_flags"] & P_FLAGS.PF_X))
            for s in elf.iter_segments("PT_LOAD")
        )


def loaded_sections(path: Path) -> tuple[LoadedSection, ...]:
    """Return the sections of an ELF file that are loaded, by address."""
    with opened(path) as elf:
        found = [
            LoadedSection(
                s.name,
                s["sh_addr"],
                s["sh_size"],
                bool(s["sh_flags"] & EXECUTABLE),
                bool(s["sh_flags"] & WRITABLE),
            )
            for s in elf.iter_sections()
            if s["sh_flags"] & ALLOCATED and s["sh_size"]
        ]
    return tuple(sorted(found, key=lambda s: s.address))


def code_ranges(elf: Any) -> tuple[tuple[int, int], ...]:
    """Return (first, end) addresses of the executable sections of an ELF file."""
    return tuple(
        (s["sh_addr"], s["sh_addr"] + s["sh_size"])
        for s in elf.iter_sections()
        if s["sh_flags"] & EXECUTABLE and s["sh_type"] == "SHT_PROGBITS" and s["sh_size"]
    )


def framed(elf: Any) -> dict[int, int]:
    """Return the sizes of functions by address, as unwinding information has them (DWARF 5, 6.4).

    Damaged information is none.
    """
    found: dict[int, int] = {}
    with contextlib.suppress(ELFError, DWARFError, ConstructError, KeyError, ValueError):
        if not elf.has_dwarf_info():
            return found
        dwarf = elf.get_dwarf_info(relocate_dwarf_sections=False)
        entries = [*(dwarf.CFI_entries() if dwarf.has_CFI() else ()),
                   *(dwarf.EH_CFI_entries() if dwarf.has_EH_CFI() else ())]  # fmt: skip
        for entry in entries:
            if isinstance(entry, FDE):
                found[entry["initial_location"]] = entry["address_range"]
    return found


def entry_point(path: Path) -> int:
    """Return the entry address of an ELF file."""
    with opened(path) as elf:
        return int(elf["e_entry"])
