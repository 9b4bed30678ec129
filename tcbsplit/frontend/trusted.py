# SPDX-License-Identifier: MIT
"""Say what may be run of a compile database that may be from somebody else.

A command of a database is a program with options that load programs and write files. Unless the
user trusts the database, a compiler is asked that this machine has under a known name, outside of
the source tree, and with options that can do nothing but change what is assembled (GCC 12 manual,
3.2, 3.11 to 3.14 and 3.19; GNU as manual, 2).
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

import msgspec

from tcbsplit.frontend import flags
from tcbsplit.frontend.compiler_options import Kind
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import Language

# gcc, clang and cc, with the target in front and the version behind.
_KNOWN = re.compile(r"(?:[A-Za-z0-9_.]+-)*(?:gcc|clang|cc)(?:-\d+(?:\.\d+)*)?")
_SYSTEM = ("/usr/bin", "/bin", "/usr/local/bin", "/usr/lib/llvm-*/bin", "/usr/lib/ccache")
_PROCESSOR = re.compile(r"-m(?!llvm)[A-Za-z0-9][\w.=+-]*")
_ASSEMBLER = re.compile(
    r"-I.+|-m[\w.=+-]+|--defsym=.+|--(no)?execstack|--divide|--fatal-warnings|--(no-)?warn|-W|"
    r"--(32|64|x32)|-n|-g|--gdwarf-[2-5]"
)
_ASSEMBLER_VALUED = {"-I", "--defsym"}  # the next word is their value
_LANGUAGES = {"assembler", "assembler-with-cpp", "c", "cpp-output"}
# Compilers look for their own programs there as well, not only for headers.
_PROGRAMS = {"-B", "--prefix", "--prefix=", "--gcc-toolchain="}


def compiler(recorded: str, root: Path) -> str:
    """Return the path of the compiler that may be asked for ``recorded``; empty if there is none.

    ``root`` is the source tree: nothing in it is run.
    """
    return _found(recorded, root, os.environ.get("PATH", ""))


@cache
def _found(recorded: str, root: Path, path: str) -> str:
    name = PurePosixPath(recorded).name
    if not _KNOWN.fullmatch(name):
        return ""
    places = [p for p in path.split(os.pathsep) if p.startswith("/")]
    if recorded.startswith("/") and str(PurePosixPath(recorded).parent) in _folders(places):
        places = [str(PurePosixPath(recorded).parent)]
    found = shutil.which(name, path=os.pathsep.join(places))
    if found is None or _below(found, root):
        return ""
    return found


def asked(command: CompileCommand, root: Path) -> CompileCommand:
    """Return the command as it may be run: of C, only its compiler is ever run.

    Of assembly without such a compiler the first word becomes empty, and the unit degraded.
    """
    if command.language is not Language.ASSEMBLY:
        return command
    words = runnable(command, root) or ("", command.arguments[0])
    return msgspec.structs.replace(command, arguments=words)


def runnable(command: CompileCommand, root: Path) -> tuple[str, ...]:
    """Return compiler and options of a command as they may be run; nothing if none may."""
    found = compiler(command.arguments[0], root)
    return (found, *_safe(command)) if found else ()


def _folders(places: list[str]) -> set[str]:
    system = {str(p) for pattern in _SYSTEM for p in Path("/").glob(pattern[1:])}
    return system | set(places)


def _below(path: str, root: Path) -> bool:
    """Whether a program, or what a link in its place leads to, is in the tree."""
    trees = (root, root.resolve())
    return any(p.is_relative_to(t) for p in (Path(path), Path(path).resolve()) for t in trees)


def _safe(command: CompileCommand) -> Iterator[str]:
    """Yield the words that only change what is read and assembled."""
    for flag in flags.read(command.arguments):
        yield from harmless(flag)


def harmless(flag: flags.Flag) -> Iterator[str]:
    """Yield the words of a flag if they only change what is read and assembled.

    Clang keeps its integrated assembler: it looks for another one below ``--sysroot``.
    """
    word = flag.words[0]
    if any(w.startswith("@") for w in flag.words):
        return
    if flag.name in _PROGRAMS:
        yield from (w for w in flag.told if not w.startswith("--gcc-toolchain"))
    elif flag.kind is Kind.LANGUAGE:
        yield from flag.words if flag.value in _LANGUAGES else ()
    elif flag.kind is Kind.TOLD or (_PROCESSOR.fullmatch(word) and len(flag.words) == 1):
        yield from flag.words
    elif word.startswith("-Wa,"):
        parts = tuple(_assembler(word))
        if parts:
            yield ",".join(("-Wa", *parts))


def _assembler(word: str) -> Iterator[str]:
    """Yield what of a word for the assembler only changes what is read and assembled."""
    parts = iter(word.split(",")[1:])
    for part in parts:
        if part in _ASSEMBLER_VALUED:
            value = next(parts, "")
            if value and value[0] not in "-@":
                yield from (part, value)
        elif _ASSEMBLER.fullmatch(part):
            yield part
