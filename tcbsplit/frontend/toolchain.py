# SPDX-License-Identifier: MIT
"""Find the folder of a compiler's own headers."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tcbsplit import process
from tcbsplit.frontend import flags
from tcbsplit.model.unit import CompileCommand

_NONE = {"-nostdinc", "-nobuiltininc"}


def builtin_include(command: CompileCommand) -> str:
    """Return the folder of the compiler's own headers; empty under -nostdinc or without one."""
    if any(_NONE.intersection(f.told) for f in flags.read(command.arguments)):
        return ""
    return _include(command.arguments[0])


@cache
def _include(compiler: str) -> str:
    # The wheel of libclang ships none of its headers (stddef.h, stdarg.h); GCC's serve as well.
    for program in (compiler, "gcc", "clang"):
        try:
            done = process.run(
                [program, "-print-file-name=include"], cwd=Path.cwd(), timeout=20, check=False
            )
        except Exception:  # the recorded compiler may not be on this machine
            continue
        folder = done.output.strip()
        if done.status == 0 and (Path(folder) / "stddef.h").is_file():
            return folder
    return ""
