# SPDX-License-Identifier: MIT
"""Write reproduction bundles: all files that show why a unit did not parse.

A unit with parse errors is analysed as far as it goes and listed as degraded. Its bundle holds the
preprocessed source, if a compiler on this machine preprocesses it, the recorded command, libclang's
arguments, and the diagnostics: enough for a bug report on tcbsplit or libclang.
"""

from __future__ import annotations

import contextlib
import shlex
import shutil
from pathlib import Path

import msgspec

from tcbsplit import artifacts, process
from tcbsplit.errors import TcbsplitError
from tcbsplit.frontend import toolchain, trusted
from tcbsplit.frontend.extract.arguments import parse_arguments
from tcbsplit.model.program import Degraded, Program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import Language

_TIMEOUT = 60.0  # seconds, for one preprocessor


def bundle(program: Program, folder: Path, trust: bool = False) -> tuple[Path, ...]:
    """Write a folder for each degraded unit of ``program`` below ``folder``; return them.

    With ``trust``, the recorded compilers preprocess as they are named (``frontend.trusted``).
    """
    shutil.rmtree(folder, ignore_errors=True)
    commands = {u.command.file: u.command for u in program.units}
    written = []
    for degraded in program.degraded:
        target = folder / degraded.unit.replace("/", "__")
        _write(commands[degraded.unit], degraded, Path(program.root), target, trust)
        written.append(target)
    return tuple(written)


def _write(
    command: CompileCommand, degraded: Degraded, root: Path, target: Path, trust: bool
) -> None:
    arguments = list(command.arguments)
    preprocessor = command.arguments if trust else trusted.runnable(command, root)
    source = str(root / command.source)
    target.mkdir(parents=True, exist_ok=True)
    if preprocessor:
        with contextlib.suppress(TcbsplitError):  # the recorded compiler need not be here
            process.run(
                [*preprocessor, "-E", source, "-o", str(target / "preprocessed.i")],
                cwd=Path(command.directory), timeout=_TIMEOUT, check=False,
            )  # fmt: skip
    lines = [
        f"cd {shlex.quote(command.directory)}",
        f"# recorded\n{shlex.join([*arguments, '-c', source])}",
    ]
    if command.language is Language.C:
        told = parse_arguments(command, toolchain.compiler_of(command, root, trust))
        words = ["clang", "-fsyntax-only", *told, source]
        lines.append(f"# as libclang is told\n{shlex.join(words)}")
    artifacts.write_atomically(target / "command.sh", "\n".join([*lines, ""]).encode())
    artifacts.write_atomically(
        target / "diagnostics.json", msgspec.json.format(msgspec.json.encode(degraded), indent=1)
    )
