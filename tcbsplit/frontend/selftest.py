# SPDX-License-Identifier: MIT
"""Try whether libclang reads the headers of this host's compiler."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from tcbsplit.errors import TcbsplitError
from tcbsplit.frontend.pool import processes
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.unit import CompileCommand

_UNIT = """#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
int probe(int first, ...) { va_list rest; va_start(rest, first); va_end(rest); return first; }
"""
_COMPILERS = ("gcc", "clang", "cc")


def headers_read() -> str:
    """Return what is wrong with reading the compiler's own headers; empty if nothing is."""
    compiler = next((c for c in _COMPILERS if shutil.which(c)), "gcc")
    with tempfile.TemporaryDirectory(prefix="tcbsplit-doctor-") as folder:
        root = Path(folder).resolve()
        (root / "probe.c").write_text(_UNIT, encoding="utf-8")
        command = CompileCommand(
            file="probe.c", directory=str(root), arguments=(compiler, "-ffreestanding")
        )
        try:
            program = read_program([command], root, "probe", executor=processes(1))
        except TcbsplitError as error:
            return str(error).splitlines()[0]
    if program.degraded:
        first = program.degraded[0].diagnostics[0]
        return f"the headers of {compiler} are not read: {first.file}:{first.line}: {first.message}"
    return "" if "probe" in program.functions else "a small unit was read wrongly"
