"""Reads a compile database of any generator and normalises its commands.

Accepts entries with ``arguments`` or ``command`` (JSON Compilation Database Format of Clang).
Dropped from a command: the output, dependency output, the source itself and compiler launchers.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec

from tcbsplit.errors import CompileDatabaseError
from tcbsplit.model.unit import CompileCommand

LAUNCHERS = {"ccache", "distcc", "sccache", "bear", "icecc"}
C_SUFFIXES = {".c"}
ASSEMBLY_SUFFIXES = {".S", ".s", ".sx"}
DROPPED = {"-c", "-MD", "-MMD", "-MP", "-M", "-MM", "-MG", "-save-temps", "-pipe"}
DROPPED_PREFIXES = ("-Wp,-MD", "-Wp,-MMD", "-MF", "-MT", "-MQ")
DROPPED_WITH_VALUE = {"-o", "-MF", "-MT", "-MQ", "-dumpdir", "-dumpbase"}


def load(
    path: Path, root: Path, exclude: Sequence[str] = (), *, existing: bool = False
) -> tuple[CompileCommand, ...]:
    """Return the C and assembly commands of the database at ``path`` for the tree ``root``.

    Commands whose source or output matches a glob of ``exclude`` belong to another
    image. Sorted by file; one file may have several commands (other flags). Raises
    ``CompileDatabaseError`` when the database is missing, malformed or empty, or names missing
    sources; with ``existing`` those are left out (what a build generates need not be there).
    """
    entries = _read(path)
    if not entries:
        raise CompileDatabaseError(
            f"{path}: the compile database is empty; was the tree already built? "
            "Clean it, then: tcbsplit capture -- BUILD COMMAND"
        )
    commands: dict[CompileCommand, None] = {}
    problems: list[str] = []
    for number, entry in enumerate(entries):
        command = _normalise(path, number, entry, root)
        if command is None or _excluded(command, exclude):
            continue
        if existing and not (root / command.file).is_file():
            continue
        if command.file.startswith(".."):
            source = os.path.normpath(root / command.file)
            problems.append(f"{path}: entry {number}: {source} is not below {root}")
            continue
        if not (root / command.file).is_file():
            problems.append(f"{path}: entry {number}: no such source: {root / command.file}")
            continue
        commands.setdefault(command)
    if problems:
        shown = problems[:5] + ([f"… and {len(problems) - 5} more"] if len(problems) > 5 else [])
        raise CompileDatabaseError(
            "\n".join(shown) + "\nCheck --source, exclude it, or capture the build again."
        )
    if not commands:
        raise CompileDatabaseError(f"{path}: no C or assembly source among {len(entries)} entries")
    return tuple(sorted(commands, key=lambda c: (c.file, c.output)))


def listed(path: Path, root: Path) -> tuple[tuple[str, str], ...]:
    """Return (source, output) of every C and assembly entry, of other images and lost ones too."""
    commands = (_normalise(path, n, entry, root) for n, entry in enumerate(_read(path)))
    return tuple((c.file, c.output) for c in commands if c is not None)


def relocate(path: Path, old: Path, new: Path) -> None:
    """Rewrite a database captured in the tree ``old`` so that it describes the tree ``new``."""
    text = path.read_text(encoding="utf-8")
    quoted_old, quoted_new = (msgspec.json.encode(str(p)).decode()[1:-1] for p in (old, new))
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text.replace(quoted_old, quoted_new), encoding="utf-8")
    temporary.replace(path)


def _excluded(command: CompileCommand, exclude: Sequence[str]) -> bool:
    """Whether another image is made of it: the same source may be compiled for several."""
    return any(
        fnmatchcase(path, glob) for glob in exclude for path in (command.file, command.output)
    )


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[dict[str, Any]])
    except FileNotFoundError:
        raise CompileDatabaseError(
            f"{path}: no compile database; make one with: tcbsplit capture -- BUILD COMMAND"
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CompileDatabaseError(f"{path}: not a compile database: {error}") from None


def _normalise(path: Path, number: int, entry: dict[str, Any], root: Path) -> CompileCommand | None:
    arguments = entry.get("arguments")
    if arguments is None and isinstance(entry.get("command"), str):
        arguments = shlex.split(entry["command"])
    directory, file = entry.get("directory"), entry.get("file")
    if (
        not isinstance(arguments, list)
        or not arguments
        or not isinstance(directory, str)
        or not isinstance(file, str)
    ):
        raise CompileDatabaseError(
            f"{path}: entry {number}: needs directory, file, and arguments or command"
        )
    suffix = Path(file).suffix
    if suffix not in C_SUFFIXES | ASSEMBLY_SUFFIXES:
        return None
    absolute = os.path.normpath(Path(directory) / file)
    kept, output = _flags([str(a) for a in arguments], absolute, directory)
    return CompileCommand(
        file=os.path.relpath(absolute, root),
        directory=directory,
        arguments=tuple(kept),
        output=output,
        language="c" if suffix in C_SUFFIXES else "asm",
    )


def _flags(arguments: list[str], source: str, directory: str) -> tuple[list[str], str]:
    while arguments and Path(arguments[0]).name in LAUNCHERS:
        arguments = arguments[1:]
    kept, output = arguments[:1], ""
    words = iter(arguments[1:])
    for word in words:
        if word in DROPPED_WITH_VALUE:
            value = next(words, "")
            output = value if word == "-o" else output
        elif word.startswith("-o") and word != "-o":
            output = word[2:]
        elif word in DROPPED or word.startswith(DROPPED_PREFIXES):
            continue
        elif word.startswith("-") or os.path.normpath(Path(directory) / word) != source:
            kept.append(word)
    return kept, output
