"""Which commands of a compile database made an image: asked of the linked file itself.

The same source may be compiled for several images with other flags, and a database holds what was
compiled, not what was linked. An ELF file names its units in DWARF (DWARF 5, 3.1.1) or, without
debugging information, in STT_FILE symbols (System V gABI, symbol table); a link map of GNU ld names
the object files.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from tcbsplit.errors import CompileDatabaseError
from tcbsplit.model.unit import CompileCommand

_OBJECT = re.compile(r"([^\s()]+\.(?:o|obj|lo))\b")
_MEMBER = re.compile(r"\(([^\s()]+\.(?:o|obj|lo))\)")
_TELLING = ("-m", "-f", "-O", "-std=")  # flags that GCC records in DW_AT_producer


def members(linked: Path, commands: Sequence[CompileCommand]) -> tuple[CompileCommand, ...]:
    """Return the commands whose output is part of ``linked``, an ELF file or a link map.

    Raises ``CompileDatabaseError`` when there is no such file or it shares nothing with the
    database. Where the file cannot tell two commands of one source apart, both stay.
    """
    try:
        with linked.open("rb") as stream:
            if stream.read(4) == b"\x7fELF":
                stream.seek(0)
                found = tuple(_of_elf(ELFFile(stream), commands))
            else:
                found = tuple(_of_map(linked.read_text(errors="replace"), commands))
    except OSError as error:
        raise CompileDatabaseError(
            f"{linked}: {error.strerror}; linked must name the linked ELF or its link map"
        ) from None
    except ELFError as error:
        raise CompileDatabaseError(f"{linked}: not a whole ELF file: {error}") from None
    if not found:
        raise CompileDatabaseError(
            f"{linked}: none of the {len(commands)} compiled sources is part of it; "
            "is it the image of this build?"
        )
    return found


def _of_elf(elf: Any, commands: Sequence[CompileCommand]) -> Iterator[CompileCommand]:
    if elf.has_dwarf_info(strict=True):
        units = dict(_dwarf_units(elf))
        yield from _by_source(units, commands)
        return
    table = elf.get_section_by_name(".symtab")
    names = {
        s.name
        for s in (table.iter_symbols() if table else ())
        if s["st_info"]["type"] == "STT_FILE"
    }
    # Only base names are kept there. Assembly sources often leave none: they stay.
    for command in commands:
        if Path(command.file).name in names or command.language == "asm":
            yield command


def _dwarf_units(elf: Any) -> Iterator[tuple[str, str]]:
    """(source as an absolute path, recorded flags) of every unit."""
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
    units: dict[str, str], commands: Sequence[CompileCommand]
) -> Iterator[CompileCommand]:
    endings: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for path, producer in units.items():
        endings[PurePosixPath(path).name].append((path, producer))
    same: dict[str, list[CompileCommand]] = defaultdict(list)
    for command in commands:
        same[command.file].append(command)
    for file, candidates in same.items():
        # The build may have run in a copy of the tree: only the end of the path must agree.
        producers = [
            producer
            for path, producer in endings[PurePosixPath(file).name]
            if path.endswith(f"/{file}")
        ]
        chosen = {c for p in producers for c in _fitting(candidates, p)}
        yield from (c for c in candidates if c in chosen)


def _fitting(candidates: Sequence[CompileCommand], producer: str) -> list[CompileCommand]:
    """The commands of one source with most of the flags that GCC recorded, and none besides."""
    recorded = set(producer.split())
    flags = [{a for a in c.arguments[1:] if a.startswith(_TELLING)} for c in candidates]
    counts = [len(f) if f <= recorded else -1 for f in flags]
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
