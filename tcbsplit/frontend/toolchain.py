# SPDX-License-Identifier: MIT
"""Ask the recorded compiler for its target, its predefined macros and its header folders.

``-E -dM -v`` prints all three (GCC 12 manual, 3.2, 3.13 and 3.19; Clang prints the same). The
answer depends on few flags of a command, so most units share one.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from tcbsplit import process
from tcbsplit.errors import TcbsplitError
from tcbsplit.frontend import flags, trusted
from tcbsplit.frontend.compiler_options import Kind
from tcbsplit.model.compiler import Compiler
from tcbsplit.model.unit import CompileCommand

_TIMEOUT = 20.0  # seconds
_NONE = {"-nostdinc", "-nobuiltininc"}
_SYSROOTS = {"--sysroot", "--sysroot=", "-isysroot"}
# Of a unit's own: macros, header folders and headers, warnings, what assembler and linker get.
_OWN = re.compile(
    r"-[DUIBLl]|-i(?!sysroot)|-W(?!p,)|--(define|undefine|include|imacros|iprefix|prefix|warn-)"
)
_TARGET = re.compile(r"^Target: (\S+)$", re.MULTILINE)
_MACRO = re.compile(r"^#define (\w+(?:\([^)]*\))?) ?(.*)$", re.MULTILINE)
_SEARCHED = re.compile(
    r"^#include <\.\.\.> search starts here:\n((?: .*\n)*)End of search list\.$", re.MULTILINE
)
# What libclang has of its own, and what ``flags.implied`` says.
_KEPT = re.compile(r"__has_\w+\(?|__GCC_HAVE_DWARF2_CFI_ASM\b")


def compiler_of(command: CompileCommand, root: Path, trust: bool = False) -> Compiler:
    """Return what the compiler of a command says of itself.

    ``trust``: the recorded compiler may be asked, whatever it is. ``root`` is the source tree. If
    none can be asked, only a folder of headers is known: of Clang, whose headers fit any target, or
    of GCC.
    """
    recorded = command.arguments[0]
    known = trusted.compiler(recorded, root)
    bare = any(_NONE.intersection(f.told) for f in flags.read(command.arguments))
    for program in dict.fromkeys(filter(None, (recorded if trust else "", known))):
        words = tuple(_telling(command))
        for asked in dict.fromkeys((words, tuple(w for w in words if w[:2] not in ("-m", "-f")))):
            found = _ask(program, asked)
            if found.macros:
                return found
    own = (trusted.compiler(name, root) for name in ("clang", "gcc"))
    include = "" if bare else _include(tuple(filter(None, own)))
    return Compiler(folders=(include,) if include else (), own=include)


def programs(commands: Iterable[CompileCommand], root: Path) -> tuple[str, ...]:
    """Return the paths of the recorded compilers, also of those that are asked instead of them.

    Another version of one may say something else of the same commands.
    """
    found: dict[str, None] = {}
    for name, directory in dict.fromkeys((c.arguments[0], c.directory) for c in commands):
        path = str(Path(directory) / name) if "/" in name else name
        found.update(
            dict.fromkeys(filter(None, (shutil.which(path), trusted.compiler(name, root))))
        )
    return tuple(found)


def _telling(command: CompileCommand) -> Iterator[str]:
    """Yield the flags that change the answer; none of them runs or writes anything."""
    for flag in flags.read(command.arguments):
        if flag.name in _SYSROOTS:
            yield from (flag.name, str(Path(command.directory) / flag.value))
        elif not _OWN.match(flag.name) and flag.kind is not Kind.LANGUAGE:
            yield from trusted.harmless(flag)


@cache
def _ask(program: str, words: tuple[str, ...]) -> Compiler:
    """Return the answer of a compiler; an empty one if it gives none."""
    argv = [program, *words, "-E", "-dM", "-v", "-x", "c", os.devnull]
    try:
        done = process.run(argv, cwd=Path.cwd(), timeout=_TIMEOUT, check=False, env={"LC_ALL": "C"})
    except TcbsplitError:  # it need not be on this machine
        return Compiler()
    searched, target = _SEARCHED.search(done.output), _TARGET.search(done.output)
    if done.status != 0 or not searched or not target:
        return Compiler()
    macros = (f"{name}={value}" for name, value in _MACRO.findall(done.output))
    folders = tuple(line.strip() for line in searched[1].splitlines())
    return Compiler(
        target=target[1],
        macros=tuple(m for m in macros if not _KEPT.match(m)),
        folders=folders,
        own=next((f for f in folders if (Path(f) / "stddef.h").is_file()), ""),
    )


@cache
def _include(compilers: tuple[str, ...]) -> str:
    # The wheel of libclang ships none of its headers.
    for program in compilers:
        try:
            done = process.run(
                [program, "-print-file-name=include"], cwd=Path.cwd(), timeout=_TIMEOUT, check=False
            )
        except TcbsplitError:
            continue
        folder = done.output.strip()
        if done.status == 0 and (Path(folder) / "stddef.h").is_file():
            return folder
    return ""
