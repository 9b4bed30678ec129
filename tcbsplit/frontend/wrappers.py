# SPDX-License-Identifier: MIT
"""Find the compiler in a recorded command, and the records of one compilation among several.

Launchers stand before the compiler. A recorder may list a wrapper, the driver that it runs and the
compiler proper (``cc1``) that this one runs, and libtool as well as what libtool ran.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from tcbsplit.model.unit import CompileCommand

_LAUNCHERS = {"ccache", "distcc", "sccache", "bear", "icecc", "gomacc", "env", "nice", "ionice",
              "time", "command", "exec", "libtool"}  # fmt: skip
_SHELLS = {"sh", "bash", "dash"}
_VALUED = {"-u", "-n", "-c", "-C"}  # options of env, nice and ionice with a value of its own
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_PROPER = {"cc1", "cc1plus", "cc1obj"}


def compiler_first(words: Sequence[str]) -> list[str]:
    """Return a command from its compiler on."""
    rest = list(words)
    launched = False
    while len(rest) > 1:
        name = PurePosixPath(rest[0]).name
        if name in _LAUNCHERS or (name in _SHELLS and rest[1].endswith("libtool")):
            launched = name not in _SHELLS
        elif launched and rest[0] in _VALUED:
            rest = rest[1:]
        elif not _ASSIGNMENT.match(rest[0]) and not (launched and rest[0].startswith("-")):
            break
        rest = rest[1:]
    return rest


def compilations(commands: Iterable[CompileCommand]) -> list[CompileCommand]:
    """Return the commands without further records of one compilation.

    Of several that write one output from one source the last counts. A compiler proper, and
    libtool's own output, count only where nothing else compiles the source.
    """
    last = {_made(c): c for c in commands}
    driven = {c.file for c in last.values() if not _inner(c)}
    return [c for c in last.values() if not _inner(c) or c.file not in driven]


def _made(command: CompileCommand) -> object:
    if not command.output or command.output == os.devnull:
        return command
    if command.output.startswith("/"):
        return command.file, command.output
    return command.file, os.path.normpath(f"{command.directory}/{command.output}")


def _inner(command: CompileCommand) -> bool:
    return PurePosixPath(command.arguments[0]).name in _PROPER or command.output.endswith(".lo")
