"""Reads built ELF files: sizes, function symbols, and the place of the guest's digest."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.construct import ConstructError
from elftools.elf.constants import P_FLAGS
from elftools.elf.elffile import ELFFile

from tcbsplit.artifacts import write_atomically
from tcbsplit.errors import BuildError
from tcbsplit.model.result import ImageFacts, Symbol

DIGEST_SYMBOL = "tcbsplit_guest_digest"
DIGEST_SIZE = 32  # bytes of SHA-256
EXECUTABLE = 4  # SHF_EXECINSTR


@dataclass(frozen=True)
class Segment:
    """Bytes of an image as it is loaded, at their virtual address."""

    address: int
    content: bytes
    executable: bool


def read_segments(path: Path) -> tuple[Segment, ...]:
    """Return what an ELF file loads (its PT_LOAD segments, without what is only zero)."""
    with opened(path) as elf:
        return tuple(
            Segment(s["p_vaddr"], s.data(), bool(s["p_flags"] & P_FLAGS.PF_X))
            for s in elf.iter_segments("PT_LOAD")
        )


def code_ranges(path: Path) -> tuple[tuple[int, int], ...]:
    """Return (first, end) addresses of the executable sections of an ELF file."""
    with opened(path) as elf:
        return tuple(
            (s["sh_addr"], s["sh_addr"] + s["sh_size"])
            for s in elf.iter_sections()
            if s["sh_flags"] & EXECUTABLE and s["sh_type"] == "SHT_PROGBITS" and s["sh_size"]
        )


def entry_point(path: Path) -> int:
    """Return the address at which an ELF file is entered."""
    with opened(path) as elf:
        return int(elf["e_entry"])


def read_image(path: Path) -> ImageFacts:
    """Return sizes and function symbols of the ELF file at ``path`` (32 or 64 bit)."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BuildError(f"{path}: the build made no image: {error.strerror}") from None
    with opened(path) as elf:
        text = sum(
            s["sh_size"]
            for s in elf.iter_sections()
            if s["sh_flags"] & EXECUTABLE and s["sh_type"] == "SHT_PROGBITS"
        )
        functions = tuple(_functions(elf))
    return ImageFacts(
        path=str(path),
        text_bytes=text,
        functions=functions,
        digest=hashlib.sha256(content).hexdigest(),
    )


@contextlib.contextmanager
def opened(path: Path) -> Iterator[ELFFile]:
    """Open an ELF file; whatever the parser makes of a damaged one is a ``BuildError``."""
    with path.open("rb") as stream:
        try:
            yield ELFFile(stream)
        except (ELFError, ConstructError, AttributeError, TypeError, ValueError) as error:
            raise BuildError(f"{path}: not an ELF file, or a damaged one: {error}") from None


def _section_number(path: Path, symbol: Any) -> int:
    number = symbol["st_shndx"]
    if not isinstance(number, int):
        raise BuildError(f"{path}: {symbol.name} is in no section ({number})")
    return number


def _functions(elf: ELFFile) -> list[Symbol]:
    table = elf.get_section_by_name(".symtab")
    found, file = [], ""
    for symbol in table.iter_symbols() if table else ():
        kind = symbol["st_info"]["type"]
        if kind == "STT_FILE":
            file = symbol.name
        elif kind == "STT_FUNC" and symbol["st_shndx"] != "SHN_UNDEF":
            local = symbol["st_info"]["bind"] == "STB_LOCAL"
            found.append(
                Symbol(
                    name=symbol.name,
                    file=file if local else "",
                    address=symbol["st_value"],
                    size=symbol["st_size"],
                )
            )
    return sorted(found, key=lambda s: (s.address, s.name))


def symbol_offset(path: Path, name: str, size: int) -> int:
    """Return the offset in the file of the object ``name``, which must have ``size`` bytes."""
    with opened(path) as elf:
        table = elf.get_section_by_name(".symtab")
        symbols = (table.get_symbol_by_name(name) if table else None) or []
        if len(symbols) != 1:
            raise BuildError(f"{path}: has {len(symbols)} symbols {name}, needs exactly one")
        symbol = symbols[0]
        if symbol["st_size"] != size:
            raise BuildError(f"{path}: {name} has {symbol['st_size']} bytes, needs {size}")
        section = elf.get_section(_section_number(path, symbol))
        if section["sh_type"] == "SHT_NOBITS":
            raise BuildError(f"{path}: {name} is in {section.name}, which the file does not hold")
        return int(section["sh_offset"] + symbol["st_value"] - section["sh_addr"])


def seal(image: Path, guest: Path) -> str:
    """Write the SHA-256 of the file ``guest`` into the thin ``image``; return it in hexadecimal.

    The thin hypervisor refuses every other guest, and, as long as it is not sealed, all of them.
    """
    try:
        digest = hashlib.sha256(guest.read_bytes()).digest()
    except OSError as error:
        raise BuildError(
            f"{guest}: {error.strerror}; the thin image is sealed with it, build the guest first"
        ) from None
    at = symbol_offset(image, DIGEST_SYMBOL, DIGEST_SIZE)
    content = bytearray(image.read_bytes())
    content[at : at + DIGEST_SIZE] = digest
    write_atomically(image, bytes(content))
    return digest.hex()
