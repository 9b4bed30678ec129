# SPDX-License-Identifier: MIT
"""Find the folder of a compiler's own headers."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tcbsplit import process
from tcbsplit.frontend import flags, trusted
from tcbsplit.model.unit import CompileCommand

_NONE = {"-nostdinc", "-nobuiltininc"}


def builtin_include(command: CompileCommand, root: Path, trust: bool = False) -> str:
    """Return the folder of the compiler's own headers; empty under -nostdinc or without one.

    ``trust``: the recorded compiler may be asked, whatever it is. ``root`` is the source tree.
    """
    if any(_NONE.intersection(f.told) for f in flags.read(command.arguments)):
        return ""
    recorded = command.arguments[0]
    own = (trusted.compiler(name, root) for name in ("gcc", "clang"))
    return _include((recorded if trust else trusted.compiler(recorded, root), *own))


@cache
def _include(compilers: tuple[str, ...]) -> str:
    # The wheel of libclang ships none of its headers (stddef.h, stdarg.h); GCC's serve as well.
    for program in filter(None, compilers):
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
