# SPDX-License-Identifier: MIT
"""Find the objects and the image of a program, and whether they are newer than the sources."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tcbsplit.model.program import Unit
from tcbsplit.model.unit import CompileCommand

_RELOCATABLE, _LINKED = ((1,), (2, 3))  # e_type: ET_REL; ET_EXEC, ET_DYN (System V gABI)


_TEMPORARY = re.compile(r"\.?([^.].*\.o)\.tmp|\.tmp_(.+\.o)")


class Objects(NamedTuple):
    """The objects of units by position, and the units of which there is none, or an old one."""

    paths: dict[int, Path]
    missing: tuple[str, ...]
    stale: tuple[str, ...]
    looked: tuple[Path, ...]  # where one could lie


def objects(units: Sequence[Unit], root: Path, places: Sequence[Path]) -> Objects:
    """Find the object of each unit: its recorded output in the first of ``places`` that has it.

    A place is the tree at ``root`` or a copy of it.
    """
    looked: dict[Path, None] = {}
    paths: dict[int, Path] = {}
    missing: list[str] = []
    stale: list[str] = []
    for i, unit in enumerate(units):
        candidates = _outputs(unit.command, root, places)
        looked.update(dict.fromkeys(candidates))
        found = [p for p in candidates if _elf_type(p) in _RELOCATABLE]
        if not found:
            missing.append(unit.command.file)
            continue
        sources = [root / f for f in (unit.command.file, *unit.headers)]
        fresh = [p for p in found if _newer(p, sources)]
        if fresh:
            paths[i] = fresh[0]
        else:
            stale.append(unit.command.file)
    return Objects(paths, tuple(missing), tuple(stale), tuple(looked))


def object_of(command: CompileCommand, root: Path, places: Sequence[Path]) -> Path | None:
    """Return the object that a command made, however old, or None."""
    found = (p for p in _outputs(command, root, places) if _elf_type(p) in _RELOCATABLE)
    return next(found, None)


def _outputs(command: CompileCommand, root: Path, places: Sequence[Path]) -> list[Path]:
    # Without -o the object is in the folder of the command (GCC manual, 3.2).
    output = command.object_file
    path = Path(os.path.normpath(Path(command.directory) / output))
    if path.is_relative_to(root):
        found = [place / path.relative_to(root) for place in places]
    else:
        found = [path]
    if (name := _TEMPORARY.fullmatch(path.name)) is not None:
        # Some builds compile into a temporary file and give the object its name afterwards.
        final = next(filter(None, name.groups()))
        found += [p.with_name(final) for p in found]
    return found


def image(candidates: Iterable[Path], made_from: Iterable[Path]) -> Path | None:
    """Return the first linked ELF among ``candidates`` that is no older than its objects."""
    parts = list(made_from)
    for path in candidates:
        if _elf_type(path) in _LINKED and _newer(path, parts):
            return path
    return None


def linked_images(root: Path, files: Iterable[str]) -> Iterator[Path]:
    """Yield the linked ELF files among ``files`` of the tree at ``root``."""
    yield from (root / f for f in files if _elf_type(root / f) in _LINKED)


def machine_of(path: Path) -> bytes:
    """Return what an ELF file says of its machine: class, byte order and e_machine."""
    with path.open("rb") as stream:
        head = stream.read(20)
    return head[4:6] + head[18:20]


def _elf_type(path: Path) -> int:
    """Return the e_type of an ELF file; -1 for other files."""
    try:
        with path.open("rb") as stream:
            head = stream.read(20)
    except OSError:
        return -1
    if len(head) < 20 or head[:4] != b"\x7fELF":
        return -1
    return int.from_bytes(head[16:18], "little" if head[5] == 1 else "big")


def _newer(path: Path, others: Iterable[Path]) -> bool:
    """Return whether a file is at least as new as the others."""
    made = path.stat().st_mtime_ns
    return all(o.stat().st_mtime_ns <= made for o in others if o.is_file())
