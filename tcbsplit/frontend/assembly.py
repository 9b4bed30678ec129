# SPDX-License-Identifier: MIT
"""Extract facts of assembly sources: labels with code, and the symbols that they refer to.

The source is assembled with its recorded command into a scratch folder, and the object is read
(``frontend.assembled``). A source that does not assemble, and that the build has no object of, is
degraded, not dropped.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tcbsplit import elffile, process
from tcbsplit.errors import BuildError
from tcbsplit.frontend.assembled import Source, assembled, facts_of
from tcbsplit.frontend.machine.disassembly import unread
from tcbsplit.frontend.machine.elf import Elf
from tcbsplit.frontend.machine.objects import Object
from tcbsplit.model.unit import CompileCommand, Diagnostic, UnitFacts
from tcbsplit.model.vocabulary import Language

_INCLUDED = re.compile(r'^\s*\.inc(?:lude|bin)\s+"([^"]+)"', re.MULTILINE)
_ERROR = re.compile(r"[^:]+:(\d+):(?:\d+:)? (?:fatal )?[Ee]rror: (.*)")
_TIMEOUT = 3600.0  # seconds; the pool ends this process earlier


def extract_assembly(command: CompileCommand, root: Path) -> UnitFacts:
    """Return the facts of the assembly source of ``command``.

    Where it cannot be assembled, the object of the recorded build is read, if it is there.
    """
    if not command.arguments[0]:
        why = (
            f"{command.arguments[1]} is no compiler that this machine has under a known name: it "
            "is run only with --trust-database"
        )
        return _built(command, root, Diagnostic(command.file, 0, why))
    with tempfile.TemporaryDirectory(prefix="tcbsplit-asm-") as scratch:
        process.passing(Path(scratch))
        target = Path(scratch) / "unit.o"
        headers = Path(scratch) / "unit.d"
        argv = [
            *command.arguments, "-MD", "-MF", str(headers), "-c",
            str(root / command.source), "-o", str(target),
        ]  # fmt: skip
        done = process.run(argv, cwd=Path(command.directory), timeout=_TIMEOUT, check=False)
        if done.status != 0 or not target.is_file():
            return _built(command, root, _trouble(command, done.output))
        return _of_object(command, root, target, _dependencies(headers, command))


def _built(command: CompileCommand, root: Path, trouble: Diagnostic) -> UnitFacts:
    """Return the facts of the object that the build made of the source as it is.

    With ``trouble`` if there is none.
    """
    path = Path(command.directory) / command.output
    try:
        if not path.is_file() or path.stat().st_mtime < (root / command.source).stat().st_mtime:
            return _degraded(command, trouble)
        return _of_object(command, root, path, (path,))
    except (BuildError, OSError):
        return _degraded(command, trouble)


def _of_object(
    command: CompileCommand, root: Path, path: Path, dependencies: Sequence[Path]
) -> UnitFacts:
    with elffile.opened(path) as opened:
        elf = Elf(opened)
    facts = assembled(command, root, elf)
    dependencies = (*dependencies, *_included(root / command.source, command, {*dependencies}))
    inside = [str(d.relative_to(root)) for d in dependencies if d.is_relative_to(root)]
    sources = [f for f in inside if f != command.file and root / f != path]
    return UnitFacts(
        file=command.file,
        language=Language.ASSEMBLY,
        facts=facts,
        diagnostics=_unread(command, elf),
        headers=tuple(sources),
        dependencies=tuple(
            str(d.relative_to(root)) if d.is_relative_to(root) else str(d) for d in dependencies
        ),
    )


def _trouble(command: CompileCommand, output: str) -> Diagnostic:
    """Return the first error that an assembler told, at its place."""
    lines = output.strip().splitlines()
    for line in lines:
        if match := _ERROR.fullmatch(line):
            return Diagnostic(command.file, int(match[1]), match[2])
    # GNU as begins with a line that says only that messages follow.
    told = [line for line in lines if not line.endswith(":")] or lines
    return Diagnostic(command.file, 0, told[0] if told else "the assembler failed")


def _unread(command: CompileCommand, elf: Elf) -> tuple[Diagnostic, ...]:
    """Return what is wrong with code of another processor: only labels are known."""
    why = unread(elf.machine)
    return (Diagnostic(command.file, 0, f"{why}: its branches are unknown"),) if why else ()


def _degraded(command: CompileCommand, why: Diagnostic) -> UnitFacts:
    return UnitFacts(
        file=command.file,
        language=command.language,
        dependencies=(command.file,),
        diagnostics=(why,),
    )


def extract_object(command: CompileCommand) -> UnitFacts:
    """Return the facts of a unit in another language, read from the object at ``command.output``.

    No program is run. If the object is missing, the unit is degraded.
    """
    try:
        with elffile.opened(Path(command.output)) as elf:
            found = Object(Elf(elf), assembly=False)
    except BuildError as error:
        why = f"neither C nor assembly, and no object: {error}"
        return _degraded(command, Diagnostic(command.file, 0, why))
    return UnitFacts(
        file=command.file,
        language=command.language,
        facts=facts_of(found, Source(command.file, {})),
        dependencies=(command.file, command.output),
    )


def _dependencies(path: Path, command: CompileCommand) -> tuple[Path, ...]:
    if not path.is_file():
        return ()
    words = path.read_text(encoding="utf-8").replace("\\\n", " ").split(":", 1)[-1]
    found = (
        (Path(command.directory) / word.replace("\\ ", " ")).resolve()
        for word in re.split(r"(?<!\\)\s+", words.strip())
    )
    return tuple(dict.fromkeys(found))


def _included(source: Path, command: CompileCommand, known: set[Path]) -> tuple[Path, ...]:
    """Return files of .include and .incbin, which the preprocessor does not list (GNU as, 7)."""
    words = [w for a in command.arguments for w in re.split(r"^-Wa,|,", a)]
    folders = [Path(command.directory), source.parent]
    folders += [Path(command.directory) / w[2:] for w in words if w.startswith("-I") and w[2:]]
    found: dict[Path, None] = {}
    work = [source]
    while work:
        text = work.pop().read_text(encoding="utf-8", errors="replace")
        for name in _INCLUDED.findall(text):
            path = next((p for f in folders if (p := (f / name).resolve()).is_file()), None)
            if path is not None and path not in known and path not in found:
                found[path] = None
                work.append(path)
    return tuple(found)
