# SPDX-License-Identifier: MIT
"""Generates the guest tree: edits, runtime, and a Makefile."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from tcbsplit.config.settings import GuestSettings
from tcbsplit.errors import SourceError
from tcbsplit.model.edit import Edit, NewFile
from tcbsplit.model.program import Program, Unit
from tcbsplit.model.split import Sides
from tcbsplit.model.vocabulary import GuestEnvironment, Language, Side, Style, SymbolId
from tcbsplit.split.decide.boundary import Handoff
from tcbsplit.split.edit.apply import merge_removals
from tcbsplit.split.edit.excise import excise
from tcbsplit.split.edit.guard import MACROS
from tcbsplit.split.edit.sourcefile import Sources
from tcbsplit.split.write.handoff import descriptors, guest_functions
from tcbsplit.split.write.templates import render, runtime_text

SOURCES = "src"  # folder of the guest tree that mirrors the input tree
HANDOFF_GUEST = ("tcbsplit_types.h", "retired.h", "adapter.h", "handoff.h", "sha256.c",
                 "send.c", "wipe.c", "guest_main.c")  # fmt: skip
TAKES = ("receive.c", "inputs.c")  # as well, if inputs cross to the guest
FAULT = "fault.c"  # in no guest but those that tests ask for
BARE = ("start.S", "memory.c", "platform.h")
EFI = ("efi.S", "efi.c", "efi.h")
LINUX = ("init.c", "linux.c", "linux.h", "mkinitramfs.c")
_FILE_FLAGS = ("-include", "-imacros")
_PATH_FLAGS = ("-I", "-iquote", "-isystem", "-idirafter", "-include", "-imacros")


def guest_units(program: Program, sides: Sides) -> list[Unit]:
    """Return the units of the program that hold something the guest needs.

    A source that is compiled several times counts with each of its commands. A header or included
    source that none of the units reads brings the first unit that does.
    """
    files = {d.extent.file for d in program.definitions if d.id in sides.guest}
    files |= {f for i, held in program.templates.items() if i in sides.guest for f in held}
    chosen = [u for u in program.units if u.command.file in files]
    unread = files - {f for u in chosen for f in (u.command.file, *u.headers)}
    for unit in program.units:
        if not unread.isdisjoint(unit.headers):
            chosen.append(unit)
            unread -= set(unit.headers)
    return list({(u.command.file, u.command.arguments): u for u in chosen}.values())


def guest_sources(program: Program, units: Sequence[Unit]) -> tuple[str, ...]:
    """Return all files of the input tree that the guest tree holds.

    These are the sources of ``units`` and every header of the program: the adapter may need more
    of them than moved code does.
    """
    headers = {path for path, fact in program.files.items() if fact.header}
    read = {h for unit in units for h in unit.headers}  # assembly may include any file
    return tuple(sorted({*(unit.command.file for unit in units), *headers, *read}))


def guest_edits(
    program: Program,
    sources: Sources,
    sides: Sides,
    units: Sequence[Unit],
    handed: Handoff,
    calls: Sequence[SymbolId],
) -> tuple[Edit, ...]:
    """Return all edits of the guest tree: what it does not need goes, what it calls is added."""
    # A header that only assembly reads holds no definition, and is none of the program's files.
    read = {f for u in units for f in (u.command.file, *u.headers)} & program.files.keys()
    files = {f for f in read if not program.files[f].header or f.endswith(".c")}
    gone = {
        d.id: "not needed in the preprocessing guest"
        for d in program.definitions
        if d.id not in sides.guest and d.extent.file in files
    }
    edits = excise(program, sources, dict(sorted(gone.items())))
    edits += descriptors(handed, sources, files)
    edits += guest_functions(program, sources, calls, handed.inputs)
    return tuple(sorted(merge_removals(edits)))


def guest_files(
    program: Program,
    units: Sequence[Unit],
    settings: GuestSettings,
    generated: Mapping[str, bytes],
    needs: bytes,
    style: Style,
) -> tuple[NewFile, ...]:
    """Return the files of the guest tree that are not of the input tree.

    ``generated`` are those of its folder ``tcbsplit``, the adapters among them; ``needs`` is the C
    skeleton of what nobody provides, empty if nothing is missing.
    """
    macros = [f"-D{MACROS[Side.GUEST]}"] if style is Style.GUARD else []
    files = {f"tcbsplit/{n}": c for n, c in generated.items()}
    if needs:
        files["needs.c"] = needs
    takes = "input_table.c" in generated
    files["Makefile"] = makefile(program, units, settings, macros, takes)
    return (
        *runtime_files(settings, takes),
        *(NewFile(path=f"guest/{n}", content=c) for n, c in files.items()),
    )


def makefile(
    program: Program,
    units: Sequence[Unit],
    settings: GuestSettings,
    macros: Sequence[str],
    takes: bool,
) -> bytes:
    """Return the Makefile: each unit with the hypervisor's own flags, paths made relative.

    ``takes``: inputs cross to the guest.
    """
    add, drop = (*settings.flags, *macros), settings.drop_flags
    root = Path(program.root)
    rows = [
        {
            "source": _prerequisite(f"{SOURCES}/{unit.command.file}"),
            "path": _quote(f"{SOURCES}/{unit.command.file}"),
            "object": made,
            "flags": " ".join(_quote(f) for f in (*_flags(unit, root, drop), *add)),
        }
        for unit, made in zip(units, _objects(units), strict=True)
    ]
    adapter = _adapter_flags(units, root, drop)
    return render(
        f"guest/{settings.environment}/Makefile.j2",
        units=rows,
        adapter_flags=" ".join(_quote(f) for f in (*adapter, *add)),
        images=sorted(settings.images),
        faults=settings.faults,
        inputs=takes,
    )


def _objects(units: Sequence[Unit]) -> list[str]:
    """Return an object for each unit, all different and without what make would split."""
    found: dict[str, None] = {}
    for unit in units:
        path = re.sub(r"[^\w./+-]", "_", f"{SOURCES}/{unit.command.file}", flags=re.ASCII)
        stem, number = "build/" + str(Path(path).with_suffix("")), 1
        while (name := f"{stem}-{number}.o" if number > 1 else f"{stem}.o") in found:
            number += 1
        found[name] = None
    return list(found)


def _prerequisite(path: str) -> str:
    """Return a path as make reads it in a rule (GNU make manual, section 4.3)."""
    return re.sub(r"([\s#:%\\])", r"\\\1", path).replace("$", "$$")


def runtime_files(settings: GuestSettings, takes: bool) -> list[NewFile]:
    """Return the C runtime that the guest is built with, below ``tcbsplit/`` of the guest tree.

    ``takes``: inputs cross to the guest.
    """
    names = [("handoff", n) for n in (*HANDOFF_GUEST, *(TAKES if takes else ()))]
    if settings.environment is GuestEnvironment.LINUX:
        return _copies([*names, *(("guest/linux", n) for n in LINUX)])
    names += [("guest/bare", n) for n in BARE]
    if settings.faults:
        names.append(("handoff", FAULT))
    scripts = {"guest.lds": "guest/bare/guest.lds.j2"}
    if "efi" in settings.images:
        names += [("guest/efi", n) for n in EFI]
        scripts["efi.lds"] = "guest/efi/efi.lds.j2"
    address = f"{settings.address:#x}"
    return [
        *(
            NewFile(path=f"guest/tcbsplit/{n}", content=render(template, address=address))
            for n, template in scripts.items()
        ),
        *_copies(names),
    ]


def _copies(names: Sequence[tuple[str, str]]) -> list[NewFile]:
    return [
        NewFile(
            path=f"guest/tcbsplit/{name}", content=runtime_text(*folder.split("/"), name).encode()
        )
        for folder, name in names
    ]


def _adapter_flags(units: Sequence[Unit], root: Path, drop: Sequence[str]) -> list[str]:
    # The adapter includes the hypervisor's headers: compile it like the first unit.
    for unit in units:
        if unit.command.language is Language.C:
            return _flags(unit, root, drop)
    raise SourceError("the guest has no C unit: nothing was moved")


def _flags(unit: Unit, root: Path, drop: Sequence[str]) -> list[str]:
    """Return the flags of a unit; paths below the root become relative to the guest tree."""
    result: list[str] = []
    words = iter(unit.command.arguments[1:])
    for word in words:
        if word in drop:
            continue
        if word in _PATH_FLAGS:
            path = next(words, "")
            # If the file of -include is not there, the compiler searches it along -I.
            there = word not in _FILE_FLAGS or (Path(unit.command.directory) / path).is_file()
            result += [word, _relative(path, unit, root) if there else path]
        elif word.startswith("-I"):
            result.append("-I" + _relative(word[2:], unit, root))
        else:
            result.append(word)
    return result


def _relative(path: str, unit: Unit, root: Path) -> str:
    absolute = os.path.normpath(Path(unit.command.directory) / path)
    if not Path(absolute).is_relative_to(root):
        return absolute
    return str(Path(SOURCES) / os.path.relpath(absolute, root))


def _quote(word: str) -> str:
    """Return a word quoted for a recipe: for the shell, then ``$`` for make."""
    return shlex.quote(word).replace("$", "$$")
