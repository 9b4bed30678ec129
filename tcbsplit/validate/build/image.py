# SPDX-License-Identifier: MIT
"""Read sizes and function symbols of built images; seal a thin image with a guest's digest."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tcbsplit import elffile
from tcbsplit.artifacts import write_atomically
from tcbsplit.errors import BuildError
from tcbsplit.files import read_file
from tcbsplit.model.result import ImageFacts, Symbol

DIGEST_SYMBOL = "tcbsplit_guest_digest"
DIGEST_SIZE = 32  # bytes of SHA-256


def read_image(path: Path) -> ImageFacts:
    """Return sizes and function symbols of the ELF file at ``path`` (32 or 64 bit)."""
    try:
        content = read_file(path)
    except OSError as error:
        raise BuildError(f"{path}: the build made no image: {error.strerror}") from None
    with elffile.opened(path, content) as elf:
        text = sum(end - first for first, end in elffile.code_ranges(elf))
        functions = [
            Symbol(name=s.name, file=s.file, address=s.value, size=s.size)
            for s in elffile.symbols(elf)
            if s.type == elffile.FUNCTION and s.shndx != elffile.UNDEFINED
        ]
    return ImageFacts(
        path=str(path),
        text_bytes=text,
        functions=tuple(sorted(functions, key=lambda s: (s.address, s.name))),
        digest=hashlib.sha256(content).hexdigest(),
    )


def symbol_offset(path: Path, name: str, size: int) -> int:
    """Return the offset in the file of the object ``name``, which must have ``size`` bytes."""
    with elffile.opened(path) as elf:
        found = [s for s in elffile.symbols(elf) if s.name == name]
        if len(found) != 1:
            raise BuildError(f"{path}: has {len(found)} symbols {name}, needs exactly one")
        symbol = found[0]
        if symbol.size != size:
            raise BuildError(f"{path}: {name} has {symbol.size} bytes, needs {size}")
        if symbol.section < 0:
            raise BuildError(f"{path}: {name} is in no section ({symbol.shndx:#x})")
        section = elf.get_section(symbol.section)
        if section["sh_type"] == "SHT_NOBITS":
            raise BuildError(f"{path}: {name} is in {section.name}, which the file does not hold")
        return int(section["sh_offset"] + symbol.value - section["sh_addr"])


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
