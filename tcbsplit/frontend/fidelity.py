# SPDX-License-Identifier: MIT
"""Compare what libclang read of each unit with what the recorded compiler reads.

The compiler preprocesses every C unit with its recorded command, macros left as they are (GCC's
``-fdirectives-only``), so that the lines that it compiles stay where they were. That runs programs
which a compile database names, therefore only on request. Clang's preprocessor expands macros (and
GCC's has to where that mode fails): of such units, lines that only the analysis compiles are not
found.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from tcbsplit import process
from tcbsplit.errors import SourceError, TcbsplitError
from tcbsplit.frontend import flags, identities
from tcbsplit.frontend.compiler_options import Kind
from tcbsplit.frontend.digests import Digests, extractor_version
from tcbsplit.frontend.reading import Reading
from tcbsplit.model.lines import count_code_lines
from tcbsplit.model.unit import CompileCommand, Facts, UnitFacts
from tcbsplit.model.vocabulary import Language

_TIMEOUT = 120.0  # seconds, for one preprocessor
_MARKER = re.compile(r'# (\d+) "((?:[^"\\]|\\.)*)"([ 0-9]*)')
_CONDITIONAL = re.compile(r"\s*#\s*(if|ifdef|ifndef|elif|else|endif)\b(.*)")
_ERROR = re.compile(r"(?:[\w./-]+:\d+:\d+: )?(?:fatal )?error: .*")
_DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.MULTILINE)
# GCC reads it before any source, on its own; it says which standards floating point keeps.
_IMPLICIT = "stdc-predef.h"


class Fidelity(NamedTuple):
    """The result of the comparison."""

    differences: tuple[str, ...]  # one line each
    compared: int  # units, those that agreed before included
    missing: tuple[str, ...]  # compilers that are not on this machine: their units are not compared
    agreed: frozenset[bytes]  # digests of the units that agree, for the next time


class _Seen(NamedTuple):
    """The files and lines that a compiler reads of a unit."""

    files: Mapping[str, Set[int]]  # path -> lines that are left
    entered: Mapping[str, int]  # how often


def compare(
    reading: Reading,
    root: Path,
    digests: Digests | None = None,
    agreed: Set[bytes] = frozenset(),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Fidelity:
    """Preprocess every C unit with its recorded compiler and compare with what was read.

    ``agreed`` holds digests of units that did agree, which are not compared again.
    """
    digests = digests or Digests()
    units = [(c, u) for c, u in reading.items if c.language is Language.C]
    missing = {c.arguments[0] for c, _ in units if not _there(c.arguments[0], c.directory)}
    units = [(c, u) for c, u in units if c.arguments[0] not in missing]
    keys = [_digest(c, u, root, digests) for c, u in units]
    todo = [(c, u) for (c, u), key in zip(units, keys, strict=True) if key not in agreed]

    def one(item: tuple[CompileCommand, UnitFacts]) -> list[str]:
        return list(_unit(*item, reading.shared, root))

    found: list[str] = []
    wrong = set()
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for number, (item, lines) in enumerate(zip(todo, pool.map(one, todo), strict=True), 1):
            found += lines
            if lines:
                wrong.add(_digest(*item, root, digests))
            progress(number, len(todo))
    right = frozenset(key for key in keys if key not in wrong)
    return Fidelity(tuple(found), len(units), tuple(sorted(missing)), right)


def _digest(command: CompileCommand, unit: UnitFacts, root: Path, digests: Digests) -> bytes:
    """Return a digest of the command, the compiler, the files read, and the extractor."""
    compiler = shutil.which(command.arguments[0]) or command.arguments[0]
    files = [str(root / d) for d in unit.dependencies]
    what = (extractor_version(), command, digests.together([compiler, *files]))
    return hashlib.sha256(msgspec.msgpack.encode(what)).digest()


@cache
def _there(compiler: str, directory: str) -> bool:
    path = str(Path(directory) / compiler) if "/" in compiler else compiler
    return shutil.which(path) is not None


class _Difference(NamedTuple):
    """A file that one side alone reads (line 0), or a line that one side alone compiles."""

    path: str
    line: int
    ours: bool  # only the analysis; else only the compiler


def _unit(
    command: CompileCommand, unit: UnitFacts, shared: Mapping[str, Facts], root: Path
) -> Iterator[str]:
    """Yield one line for every difference of a unit: a file, or the first line of a branch."""
    exact = not flags.is_clang(command.arguments[0])
    try:
        try:
            seen = _preprocess(command, root, ("-fdirectives-only",) if exact else ())
        except SourceError:
            # GCC 12 stops there at an odd quote in text that is skipped.
            exact, seen = False, _preprocess(command, root, ())
        found = list(_differences(unit, shared, root, seen, exact))
        if found and exact:
            # GCC 12 loses directives of files with DOS line ends there. Expanding macros, it moves
            # lines, but a line that it has neither way is not compiled.
            plain = _preprocess(command, root, ())
            found = [d for d in found if _confirmed(d, plain)]
    except TcbsplitError as error:
        yield f"{command.file}: not compared: {error}"
        return
    yield from dict.fromkeys(_told(command, d, root) for d in sorted(found))


def _preprocess(command: CompileCommand, root: Path, extra: tuple[str, ...]) -> _Seen:
    source = os.path.relpath(root / command.source, command.directory)
    argv = [*command.arguments, "-E", *extra, "-w", source]
    done = process.run(argv, cwd=Path(command.directory), timeout=_TIMEOUT, check=False)
    if done.status != 0:
        said = _ERROR.search(done.output)
        text = said.group()[:200] if said else f"exit status {done.status}"
        raise SourceError(f"the recorded command does not preprocess it: {text}")
    return _seen(done.output, command.directory, root)


def _differences(
    unit: UnitFacts, shared: Mapping[str, Facts], root: Path, seen: _Seen, exact: bool
) -> Iterator[_Difference]:
    ours = {_place(d, str(root), root) for d in unit.dependencies}
    theirs = {p for p in seen.files if Path(p).name != _IMPLICIT}
    yield from (_Difference(p, 0, False) for p in theirs - ours)
    yield from (_Difference(p, 0, True) for p in ours - seen.files.keys())
    for lines in (
        n for facts in (unit.facts, *(shared[d] for d in unit.shared)) for n in facts.lines
    ):
        if lines.path not in seen.files:
            continue
        code = _text(root / lines.path).code
        read, left = code.intersection(lines.code), code & seen.files[lines.path]
        # For a file included several times, libclang reports only lines that are never skipped.
        if seen.entered[lines.path] <= 1:
            yield from (_Difference(lines.path, n, False) for n in left - read)
        if exact:
            yield from (_Difference(lines.path, n, True) for n in read - left)


def _confirmed(found: _Difference, plain: _Seen) -> bool:
    lines = plain.files.get(found.path)
    there = lines is not None and (found.line == 0 or found.line in lines)
    return there != found.ours


def _told(command: CompileCommand, found: _Difference, root: Path) -> str:
    who = "the analysis" if found.ours else Path(command.arguments[0]).name
    if not found.line:
        return f"{command.file}: {found.path}: only {who} reads it{_hint(command, '')}"
    at, condition = _text(root / found.path).condition(found.line)
    place = f"{found.path}:{at}: {condition}" if at else f"{found.path}:{found.line}"
    return f"{command.file}: {place}: only {who} compiles what follows{_hint(command, condition)}"


class _Text:
    """A file of the tree: its lines of code, each with its preprocessor condition."""

    def __init__(self, text: str) -> None:
        self.code = set(count_code_lines(_DIRECTIVE.sub(_blank, text)))
        self._lines = text.split("\n")

    def condition(self, line: int) -> tuple[int, str]:
        """Return number and text of the directive that decides about ``line``; (0, "") if none."""
        depth = 0
        for number in range(line - 1, 0, -1):
            match = _CONDITIONAL.match(self._lines[number - 1])
            if not match:
                continue
            if match[1] == "endif":
                depth += 1
            elif depth == 0:
                return number, self._lines[number - 1].strip()[:80]
            elif match[1].startswith("if"):
                depth -= 1
        return 0, ""


@cache
def _text(path: Path) -> _Text:
    return _Text(path.read_text(encoding="utf-8", errors="replace"))


def _blank(match: re.Match[str]) -> str:
    return "\n" * match.group().count("\n")


def _seen(output: str, directory: str, root: Path) -> _Seen:
    """Return the files and lines in a preprocessor's output (GCC manual, Preprocessor Output)."""
    files: dict[str, set[int]] = {}
    entered: Counter[str] = Counter()
    places: dict[str, str] = {}
    lines: set[int] = set()
    number = 0
    for line in output.split("\n"):
        if line[:2] == "# " and (marker := _MARKER.match(line)):
            number, name = int(marker[1]), marker[2]
            if name.startswith("<") or name.endswith("//"):
                lines = set()
                continue
            path = places.get(name) or places.setdefault(name, _place(name, directory, root))
            entered[path] += " 1" in marker[3][:2]
            lines = files.setdefault(path, set())
            continue
        if line and not line.isspace():
            lines.add(number)
        number += 1
    return _Seen(files, entered)


def _place(name: str, directory: str, root: Path) -> str:
    """Return the one path of a file: relative to the root if it is below it, else absolute."""
    path = os.path.normpath(os.path.join(directory, name))  # noqa: PTH118 (hot)
    return identities.relative(path, os.path.realpath(root))


def _hint(command: CompileCommand, condition: str) -> str:
    """Return the end of a message: which flag may be the reason, or what to do."""
    read = flags.read(command.arguments)
    words = set(re.findall(r"\w+", condition))
    likely = [" ".join(f.words) for f in read if f.kind is Kind.UNKNOWN]
    likely += [" ".join(f.words) for f in read if f.told and words & set(_names(f.told))]
    if likely:
        return f"; likely for: {', '.join(dict.fromkeys(likely))}"
    return "; no flag of the command says why: define what differs with -D in the compile database"


def _names(told: Iterable[str]) -> Iterator[str]:
    for word in told:
        if word[:2] in ("-D", "-U"):
            yield word[2:].partition("=")[0].partition("(")[0]
