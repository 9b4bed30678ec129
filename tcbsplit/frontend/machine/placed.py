# SPDX-License-Identifier: MIT
"""Read the order of variables and linker symbols from the addresses in a linked image."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from tcbsplit import elffile
from tcbsplit.model.linking import Entry, Linking
from tcbsplit.model.program import Program

_NUMBERED = re.compile(r"\.\d+$")  # what compilers append to static variables of functions
_MEMORY = {elffile.OBJECT: ".data", elffile.FUNCTION: ".text"}
# Bytes between two symbols that no other symbol names: assembly made them.
_UNNAMED = Entry(sections=("?",))


def linking_of(path: Path, program: Program, wanted: Collection[str]) -> Linking:
    """Return the order in the image at ``path`` of the ``wanted`` symbols and the sections.

    Variables with a section of their own show where that section is; other variables and
    functions show memory without a table. Raises ``BuildError`` where it is no ELF file.
    """
    homes: dict[str, dict[str, str]] = defaultdict(dict)  # name -> base name of file -> section
    for variable in program.variables.values():
        if variable.section:
            file = PurePosixPath(variable.extent.file).name if variable.static else ""
            homes[variable.name][file] = variable.section
    with elffile.opened(path) as elf:
        loaded = [_Loaded(s) for s in elf.iter_sections() if s["sh_flags"] & elffile.ALLOCATED]
        # Symbols elsewhere are numbers that the script computes.
        known = {s.name for s in elffile.symbols(elf)}
        found = sorted(
            item
            for item in _items(elf, homes, frozenset(wanted))
            if any(s.first <= item[0] <= s.end for s in loaded)
        )
    entries: list[Entry] = []
    end = 0
    for address, _, symbol, section in found:
        if symbol and entries and entries[-1].symbol and any(s.fills(end, address) for s in loaded):
            entries.append(_UNNAMED)
        entry = Entry(symbol) if symbol else Entry(sections=(section,))
        if not entries or entries[-1] != entry:
            entries.append(entry)
        end = address
    dropped = frozenset(program.externals) - known if known else frozenset()
    return Linking(path=str(path), entries=tuple(entries), dropped=dropped)


class _Loaded:
    """A section of the image in memory."""

    def __init__(self, section: Any) -> None:
        self.first = int(section["sh_addr"])
        self.end = self.first + int(section["sh_size"])
        self._bytes = b"" if section["sh_type"] == "SHT_NOBITS" else section.data()

    def fills(self, first: int, end: int) -> bool:
        """Return whether there is anything but padding between two addresses."""
        start = max(first - self.first, 0)
        return any(self._bytes[start : max(end - self.first, 0)])


def _items(
    elf: Any, homes: dict[str, dict[str, str]], wanted: Collection[str]
) -> Iterator[tuple[int, bool, str, str]]:
    """Yield (address, is no wanted symbol, symbol, section): a symbol is before what it marks."""
    for symbol in elffile.symbols(elf):
        if symbol.shndx == elffile.UNDEFINED or symbol.type in (elffile.FILE, elffile.SECTION):
            continue
        if symbol.name in wanted and symbol.binding != elffile.LOCAL:
            yield symbol.value, False, symbol.name, ""
            continue
        known = homes.get(_NUMBERED.sub("", symbol.name), {})
        places = {known[f] for f in (symbol.file, "") if f in known} or set(known.values())
        if symbol.type in _MEMORY and not places:
            yield symbol.value, True, "", _MEMORY[symbol.type]
        for section in sorted(places):
            yield symbol.value, True, "", section
