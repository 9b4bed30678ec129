# SPDX-License-Identifier: MIT
"""Find in the products of a build which objects a linker took out of archives.

The index of an archive names the symbols that its members define (System V ABI, edition 4.1, 7-23;
``/SYM64/`` holds offsets of 64 bits). What ``ld -r`` has made is a relocatable object that no
command of the database writes and that defines symbols of several units.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tcbsplit import artifacts, elffile
from tcbsplit.errors import BuildError
from tcbsplit.model.parts import Part
from tcbsplit.model.program import Program
from tcbsplit.model.unit import VariableFact
from tcbsplit.model.vocabulary import Language

_MAGIC = (b"!<arch>\n", b"!<thin>\n")
_HEADER = 60  # bytes before the content of a member
_ARCHIVES, _OBJECTS = ".a", (".o", ".lo", ".ro")


def parts(program: Program, places: Sequence[Path]) -> tuple[Part, ...]:
    """Return the partial links below ``places`` that have members of archives, and the image.

    Nothing is returned if there are no archives of the program's units.
    """
    homes = _homes(program)
    archived, objects = _joined(program, places, homes)
    if not archived:
        return ()
    partial = {frozenset(homes[n] for n in _defined(path) if n in homes) for path in objects}
    found = [_part(files, archived) for files in sorted(partial, key=sorted) if len(files) > 1]
    # What a partial link took out of an archive goes into the image only if it still does.
    rest = frozenset(_mains(program)) - {f for part in found for f in part.archived}
    given = {f for part in found for f in part.given}
    loose = {f: a for f, a in archived.items() if f not in given}
    return (*(part for part in found if part.archived), _part(rest, loose))


def _joined(
    program: Program, places: Sequence[Path], homes: Mapping[str, str]
) -> tuple[dict[str, str], list[Path]]:
    """Return the archive of each source that is in one, and objects that are of no one unit."""
    outputs = {Path(u.command.object_file).name for u in program.units}
    archived: dict[str, str] = {}
    objects: list[Path] = []
    for path in _products(places):
        if path.suffix == _ARCHIVES:
            for name in indexed(path):
                if name in homes:
                    archived.setdefault(homes[name], path.name)
        elif path.name not in outputs:
            objects.append(path)
    return archived, objects


def _part(files: frozenset[str], archived: Mapping[str, str]) -> Part:
    loose = {f: archived[f] for f in sorted(files) if f in archived}
    return Part(given=files - loose.keys(), archived=loose)


def _mains(program: Program) -> set[str]:
    return {u.command.file for u in program.units if u.command.language is Language.C}


def _homes(program: Program) -> dict[str, str]:
    """Return the main source that defines each name which a linker sees."""
    mains = _mains(program)
    homes: dict[str, str] = {}
    for fact in program.definitions:
        tentative = isinstance(fact, VariableFact) and fact.tentative
        if not fact.static and not fact.weak and not tentative and fact.extent.file in mains:
            homes[fact.id] = fact.extent.file
    return homes


def _products(places: Sequence[Path]) -> Iterator[Path]:
    for place in places:
        for name in sorted(artifacts.all_files(place)):
            path = place / name
            if path.suffix in (_ARCHIVES, *_OBJECTS) and path.is_file():  # no pipe, no device
                yield path


def indexed(path: Path) -> Iterator[str]:
    """Yield the names in the index of an archive; none of what is no archive or has no index."""
    try:
        with path.open("rb") as stream:
            if stream.read(8) not in _MAGIC:
                return
            header = stream.read(_HEADER)
            kind, size = header[:16].rstrip(), header[48:58].strip()
            form = {b"/": ">I", b"/SYM64/": ">Q"}.get(kind)
            if form is None or not size.isdigit():
                return
            content = stream.read(int(size))
        width = struct.calcsize(form)
        (count,) = struct.unpack_from(form, content)
    except (OSError, struct.error):
        return
    names = content[width * (1 + count) :].split(b"\0")[:count]
    yield from (n.decode(errors="replace") for n in names)


def _defined(path: Path) -> Iterator[str]:
    try:
        with elffile.opened(path) as elf:
            if elf["e_type"] != "ET_REL":
                return
            for symbol in elffile.symbols(elf):
                if symbol.binding != elffile.LOCAL and symbol.shndx != elffile.UNDEFINED:
                    yield symbol.name
    except BuildError:
        return
