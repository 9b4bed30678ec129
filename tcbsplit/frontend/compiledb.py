# SPDX-License-Identifier: MIT
"""Read a compile database of any generator and normalise its commands.

Accepts entries with ``arguments`` or ``command`` (JSON Compilation Database Format of Clang).
Dropped from a command: the output, dependency output, sources and compiler launchers. Response
files are read, and flags of C that name a path are spelt in one way.
"""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tcbsplit import artifacts
from tcbsplit.errors import CompileDatabaseError
from tcbsplit.files import read_file
from tcbsplit.frontend import flags, identities, responses, spellings, wrappers
from tcbsplit.frontend.compiler_options import Kind
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import Language

_SUFFIXES = {
    ".c": Language.C, ".S": Language.ASSEMBLY, ".s": Language.ASSEMBLY, ".sx": Language.ASSEMBLY,
}  # fmt: skip
_LANGUAGES = {  # as -x names them
    "c": Language.C, "cpp-output": Language.C,
    "assembler": Language.ASSEMBLY, "assembler-with-cpp": Language.ASSEMBLY,
}  # fmt: skip
# Sources that are not read: their objects are.
_OTHERS = {".i", ".ii", ".cc", ".cp", ".cpp", ".cxx", ".c++", ".C", ".CPP", ".m", ".mm", ".adb",
           ".ads", ".d", ".f", ".f90", ".F", ".F90", ".go", ".rs", ".asm", ".nasm"}  # fmt: skip
_READ = _SUFFIXES.keys() | _OTHERS


class Database:
    """A compile database, read once, with its commands relative to the tree ``root``."""

    def __init__(self, path: Path, root: Path) -> None:
        """Read the entries; raise ``CompileDatabaseError`` if the file is missing or malformed."""
        self.path = path
        self.root = root
        self._entries = _read(path)
        self._commands: dict[int, CompileCommand] = {}  # by the number of the entry
        self._errors: dict[int, CompileDatabaseError] = {}
        for number, entry in enumerate(self._entries):
            try:
                command = _normalise(entry, root)
            except CompileDatabaseError as error:
                self._errors[number] = error
                continue
            if command is not None:
                self._commands[number] = command
        self._spelt = {
            n: spellings.spellings(entry, self._commands.get(n), root)
            for n, entry in enumerate(self._entries)
        }

    @property
    def files(self) -> tuple[tuple[str, ...], ...]:
        """Return the names of source and output of all entries (``spellings``).

        Entries of other images and of missing sources are among them.
        """
        return tuple(self._spelt[number] for number in self._commands)

    def all(self) -> tuple[CompileCommand, ...]:
        """Return the commands of all entries, also of other images and of missing sources."""
        return tuple(self._commands.values())

    def commands(
        self,
        exclude: Sequence[str] = (),
        *,
        existing: bool = False,
        others: bool = False,
        outside: bool = False,
    ) -> tuple[CompileCommand, ...]:
        """Return the C and assembly commands, sorted by file; a file may have several.

        Commands whose source or output matches a glob of ``exclude`` belong to another image.
        With ``existing``, entries whose source is missing are left out (a build may generate it);
        without, they are errors. With ``others``, commands of other languages are returned, too:
        their objects can be read. With ``outside``, also those of sources outside of the tree,
        which are errors otherwise. Raises ``CompileDatabaseError`` when there are no entries, no
        commands, or entries that cannot be used.
        """
        if not self._entries:
            raise CompileDatabaseError(
                f"{self.path}: the compile database is empty; was the tree already built? "
                "Clean it, then: tcbsplit capture -- BUILD COMMAND"
            )
        problems = {
            number: str(error)
            for number, error in self._errors.items()
            if not existing and not spellings.excluded(self._spelt[number], exclude)
        }
        chosen: dict[CompileCommand, None] = {}
        for number, command in self._commands.items():
            source = self.root / command.source
            if command.language is Language.OTHER and not others:
                continue
            if spellings.excluded(self._spelt[number], exclude):
                continue
            missing = not source.is_file()
            if existing and missing:
                continue
            if command.file.startswith("..") and not outside:
                problems[number] = f"{os.path.normpath(source)} is not below {self.root}"
            elif missing:
                problems[number] = f"no such source: {source}"
            else:
                chosen.setdefault(command)
        self._refuse(problems)
        if not chosen:
            raise CompileDatabaseError(
                f"{self.path}: no C or assembly source among {len(self._entries)} entries"
            )
        return tuple(sorted(wrappers.compilations(chosen), key=lambda c: (c.file, c.output)))

    def refuse_outside(self, commands: Sequence[CompileCommand]) -> None:
        """Raise ``CompileDatabaseError`` if some of ``commands`` are of sources outside."""
        wrong = {c for c in commands if c.file.startswith("..")}
        self._refuse(
            {
                number: f"{os.path.normpath(self.root / command.source)} is not below {self.root}"
                for number, command in self._commands.items()
                if command in wrong
            }
        )

    def _refuse(self, problems: Mapping[int, str]) -> None:
        if not problems:
            return
        lines = [f"{self.path}: entry {n}: {problems[n]}" for n in sorted(problems)]
        shown = lines[:5] + ([f"… and {len(lines) - 5} more"] if len(lines) > 5 else [])
        raise CompileDatabaseError(
            "\n".join(shown) + "\nCheck --source, exclude it, or capture the build again."
        )


def relocate(path: Path, old: Path, new: Path) -> None:
    """Rewrite a database captured in the tree ``old`` so that it describes the tree ``new``."""
    text = path.read_text(encoding="utf-8")
    quoted_old, quoted_new = (msgspec.json.encode(str(p)).decode()[1:-1] for p in (old, new))
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text.replace(quoted_old, quoted_new), encoding="utf-8")
    temporary.replace(path)


def settle(path: Path) -> None:
    """Rewrite a database that a build has just made, so that it can be kept.

    The words of response files take the place of the files' names, since a build may remove such
    files again; files that are already missing stay named. Entries are put in the order of their
    sources and outputs: the order that a parallel build writes them in is another one each time.
    """
    entries = _read(path)
    ordered = sorted(entries, key=lambda e: (str(e.get("file")), str(e.get("output"))))
    changed = ordered != entries
    for entry in ordered:
        with contextlib.suppress(CompileDatabaseError):
            words, directory, _ = _words(entry)
            expanded, files = responses.expand(words, directory)
            if files:
                entry.pop("command", None)
                entry["arguments"] = expanded
                changed = True
    if changed:
        artifacts.write_atomically(path, msgspec.json.format(msgspec.json.encode(ordered)))


def _read(path: Path) -> list[dict[str, Any]]:
    """Return the entries; a relative directory is relative to the folder of the database."""
    try:
        entries = msgspec.json.decode(read_file(path), type=list[dict[str, Any]])
        for entry in entries:
            if isinstance(entry.get("directory"), str):
                entry["directory"] = str(path.parent.resolve() / entry["directory"])
        return entries
    except FileNotFoundError:
        raise CompileDatabaseError(
            f"{path}: no compile database; make one with: tcbsplit capture -- BUILD COMMAND"
        ) from None
    except OSError as error:
        raise CompileDatabaseError(f"{path}: cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise CompileDatabaseError(f"{path}: not a compile database: {error}") from None


def _words(entry: dict[str, Any]) -> tuple[list[str], str, str]:
    """Return the words, the folder and the source of an entry."""
    arguments = entry.get("arguments")
    if arguments is None and isinstance(entry.get("command"), str):
        try:
            arguments = shlex.split(entry["command"])
        except ValueError as error:
            raise CompileDatabaseError(f"command: {error}") from None
    directory, file = entry.get("directory"), entry.get("file")
    if (
        not isinstance(arguments, list)
        or not arguments
        or not isinstance(directory, str)
        or not isinstance(file, str)
    ):
        raise CompileDatabaseError("needs directory, file, and arguments or command")
    return wrappers.compiler_first([str(a) for a in arguments]), directory, file


def _normalise(entry: dict[str, Any], root: Path) -> CompileCommand | None:
    """Return the command of an entry; None if its language is not known."""
    words, directory, file = _words(entry)
    words, files = responses.expand(words, directory)
    words, directory, file = _below(root, words, directory, file)
    absolute = _absolute(directory, file)
    suffix = _suffix(file)
    read = flags.read(words)
    spoken = _language(read, absolute, directory)
    language = _LANGUAGES.get(spoken) if spoken else _SUFFIXES.get(suffix)
    if language is None:
        if suffix not in _OTHERS and spoken in ("", *_LANGUAGES):
            return None
        language = Language.OTHER
    kept = [w for f in read for w in _kept(f, language, absolute, directory)]
    output = [f.value for f in read if f.name in ("-o", "--output", "--output=")]
    named = os.path.relpath(absolute, root)
    real = identities.relative(absolute, str(root))
    return CompileCommand(
        file=named if real == absolute else real,
        link="" if real in (absolute, named) else named,
        directory=directory,
        arguments=(words[0], *(("-x", spoken) if spoken else ()), *kept),
        output=output[-1] if output else "",
        language=language,
        responses=tuple(files),
    )


def _below(root: Path, words: list[str], directory: str, file: str) -> tuple[list[str], str, str]:
    """Return words, folder and source with the root in place of a link to it."""
    folder = os.path.normpath(directory)
    words = [w.replace(directory, folder) for w in words] if folder != directory else words
    for path in (folder, _absolute(folder, file)):
        if link := identities.link_to(str(root), path):
            words = identities.respelt(words, link, str(root))
            folder, file = identities.respelt([folder, file], link, str(root))
    return words, folder, file


def _language(read: Sequence[flags.Flag], source: str, directory: str) -> str:
    """Return the value of the last -x before the source; empty where its suffix decides."""
    language = last = ""
    for flag in read:
        if flag.kind is Kind.LANGUAGE:
            language = "" if flag.value == "none" else flag.value
        elif flag.kind is Kind.INPUT and _same(flag.value, source, directory):
            last = language
            break
    return last


def _same(word: str, source: str, directory: str) -> bool:
    path = _absolute(directory, word)
    return path == source or (
        _name(path) == _name(source) and os.path.realpath(path) == os.path.realpath(source)
    )


# Strings, not paths: there are dozens in a command.
def _absolute(directory: str, name: str) -> str:
    return os.path.normpath(name if name.startswith("/") else f"{directory}/{name}")


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _suffix(path: str) -> str:
    stem, dot, suffix = _name(path).rpartition(".")
    return f".{suffix}" if dot and stem and suffix else ""


def _kept(flag: flags.Flag, language: Language, source: str, directory: str) -> tuple[str, ...]:
    if flag.kind in (Kind.OUTPUT, Kind.LANGUAGE):
        return ()
    if flag.kind is Kind.INPUT:
        # Other sources of the command have entries of their own.
        other = _suffix(flag.value) in _READ
        return () if other or _same(flag.value, source, directory) else flag.words
    return flag.plain if language is Language.C else flag.words
