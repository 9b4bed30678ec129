# SPDX-License-Identifier: MIT
"""Find which commands of a compile database made an image, from the linked file itself.

The same source may be compiled for several images with other flags, and a database holds what was
compiled, not what was linked. An ELF file names its units in DWARF (DWARF 5, 3.1.1); of those that
DWARF does not describe, the symbols of their objects say whether they are there, or, where no
object is, STT_FILE symbols (System V gABI, symbol table). A link map of GNU ld names the objects.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from tcbsplit import elffile
from tcbsplit.errors import BuildError, CompileDatabaseError
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import Language

_OBJECT = re.compile(r"([^\s()]+\.(?:o|obj|lo))\b")
_MEMBER = re.compile(r"\(([^\s()]+\.(?:o|obj|lo))\)")
_TELLING = ("-m", "-f", "-O", "-std=")  # flags that GCC records in DW_AT_producer


Finder = Callable[[CompileCommand], Path | None]  # the object that a command made


def members(
    linked: Path, commands: Sequence[CompileCommand], object_of: Finder = lambda command: None
) -> tuple[CompileCommand, ...]:
    """Return the commands whose output is part of ``linked``, an ELF file or a link map.

    Raises ``CompileDatabaseError`` when there is no such file or it shares nothing with the
    database. Where the file cannot tell, a command stays: of two commands of one source both, and
    assembly of which neither debugging information nor an object says anything.
    """
    try:
        with linked.open("rb") as stream:
            magic = stream.read(4)
        if magic == b"\x7fELF":
            with elffile.opened(linked) as elf:
                found = tuple(_of_elf(elf, commands, object_of))
        else:
            found = tuple(_of_map(linked.read_text(errors="replace"), commands))
    except OSError as error:
        raise CompileDatabaseError(
            f"{linked}: {error.strerror}; linked must name the linked ELF or its link map"
        ) from None
    except BuildError as error:
        raise CompileDatabaseError(str(error)) from None
    if not found:
        raise CompileDatabaseError(
            f"{linked}: none of the {len(commands)} compiled sources is part of it; "
            "is it the image of this build?"
        )
    return found


def _of_elf(
    elf: Any, commands: Sequence[CompileCommand], object_of: Finder
) -> Iterator[CompileCommand]:
    symbols = _Symbols(elf)
    told: dict[CompileCommand, None] = {}
    described: set[str] = set()
    if elf.has_dwarf_info(strict=True):
        units = dict(_dwarf_units(elf))
        told = dict.fromkeys(_by_source(units, commands, object_of))
        described = {c.file for c in told}
    for command in commands:
        if command in told:
            yield command
        elif command.file not in described:
            # Debugging information may lack assembly, and units that were compiled without it.
            made = object_of(command)
            if made is not None:
                if not (described and _described(made)) and symbols.hold(made):
                    yield command
            elif command.language is Language.ASSEMBLY or (
                not described and Path(command.source).name in symbols.files
            ):
                yield command


class _Symbols:
    """Facts of an image's symbol table on the objects in it."""

    def __init__(self, elf: Any) -> None:
        self.files: set[str] = set()  # only base names are kept there
        self._defined: set[tuple[str, int]] = set()
        self._local: set[tuple[str, int]] = set()
        for symbol in _defined(elf):
            if symbol.type == elffile.FILE:
                self.files.add(symbol.name)
            else:
                local = symbol.binding == elffile.LOCAL
                (self._local if local else self._defined).add((symbol.name, symbol.size))

    def hold(self, path: Path) -> bool:
        """Return whether the image has a symbol that the object at ``path`` defines, in its size.

        Local symbols tell only where an object defines no global one.
        """
        try:
            with elffile.opened(path) as elf:
                found = [s for s in _defined(elf) if s.type != elffile.FILE]
        except BuildError:
            return False
        own = {(s.name, s.size) for s in found if s.binding != elffile.LOCAL}
        if own:
            return not own.isdisjoint(self._defined)
        return not {(s.name, s.size) for s in found}.isdisjoint(self._local)


def _described(path: Path) -> bool:
    """Return whether an object has debugging information, which the linker keeps."""
    try:
        with elffile.opened(path) as elf:
            return bool(elf.has_dwarf_info(strict=True))
    except BuildError:
        return False


def _defined(elf: Any) -> Iterator[elffile.Symbol]:
    """Yield the symbols that an ELF file defines, and its file entries."""
    for symbol in elffile.symbols(elf):
        if symbol.type == elffile.FILE or (
            symbol.name and symbol.type != elffile.SECTION and symbol.shndx != elffile.UNDEFINED
        ):
            yield symbol


def _dwarf_units(elf: Any) -> Iterator[tuple[str, str]]:
    """Yield (source as an absolute path, recorded flags) of every unit."""
    for unit in elf.get_dwarf_info().iter_CUs():
        attributes = unit.get_top_DIE().attributes
        text = {
            key: attributes[key].value.decode("utf-8", "replace")
            for key in ("DW_AT_name", "DW_AT_comp_dir", "DW_AT_producer")
            if key in attributes and isinstance(attributes[key].value, bytes)
        }
        if "DW_AT_name" in text:
            path = os.path.normpath(Path(text.get("DW_AT_comp_dir", "/")) / text["DW_AT_name"])
            yield path, text.get("DW_AT_producer", "")


def _by_source(
    units: dict[str, str], commands: Sequence[CompileCommand], object_of: Finder
) -> Iterator[CompileCommand]:
    endings: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for path, producer in units.items():
        endings[PurePosixPath(path).name].append((path, producer))
    same: dict[str, list[CompileCommand]] = defaultdict(list)
    for command in commands:
        same[command.source].append(command)
    for file, candidates in same.items():
        # The build may have run in a copy of the tree: only the end of the path must agree.
        producers = [
            producer
            for path, producer in endings[PurePosixPath(file).name]
            if path.endswith(f"/{file}")
        ]
        if producers and len(candidates) > 1:
            # What compiles and links at once makes another image, and leaves no object.
            candidates = [c for c in candidates if object_of(c) is not None] or candidates
        chosen = {c for p in producers for c in _fitting(candidates, p)}
        yield from (c for c in candidates if c in chosen)


def _fitting(candidates: Sequence[CompileCommand], producer: str) -> list[CompileCommand]:
    """Return the commands of one source whose flags agree best with those that GCC recorded.

    GCC does not record a flag that a later one overrules.
    """
    recorded = set(producer.split())
    flags = [{a for a in c.arguments[1:] if a.startswith(_TELLING)} for c in candidates]
    counts = [len(f & recorded) - len(f - recorded) for f in flags]
    if max(counts) < 0:  # another compiler records none
        return list(candidates)
    return [c for c, n in zip(candidates, counts, strict=True) if n == max(counts)]


def _of_map(text: str, commands: Sequence[CompileCommand]) -> Iterator[CompileCommand]:
    archived = set(_MEMBER.findall(text))
    by_base: dict[str, list[CompileCommand]] = defaultdict(list)
    for command in commands:
        if command.output:
            by_base[PurePosixPath(command.output).name].append(command)
    chosen = {c for base in archived for c in by_base[base]}
    for name in {os.path.normpath(o) for o in _OBJECT.findall(text)}:
        candidates = by_base[PurePosixPath(name).name]
        # The linker may have run in another folder than the compiler: then the ends must agree.
        exact = [c for c in candidates if name in _spellings(c)]
        chosen.update(exact or [c for c in candidates if _same_end(c, name)])
    yield from (c for c in commands if c in chosen)


def _spellings(command: CompileCommand) -> tuple[str, str]:
    output = os.path.normpath(command.output)
    return output, os.path.normpath(Path(command.directory) / output)


def _same_end(command: CompileCommand, name: str) -> bool:
    output = os.path.normpath(command.output)
    return f"/{output}".endswith(f"/{name}") or f"/{name}".endswith(f"/{output}")
