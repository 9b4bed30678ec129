# SPDX-License-Identifier: MIT
"""Refuses to move functions out of units that were not read completely."""

from __future__ import annotations

from collections.abc import Iterable

from tcbsplit.errors import SourceError
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import SymbolId


def check_read(program: Program, designated: Iterable[SymbolId]) -> None:
    """Raise ``SourceError`` for designated functions in degraded units.

    What they mention, and where they end, is not known for sure.
    """
    errors = {d.unit: d.diagnostics[:1] for d in program.degraded}
    errors |= {e.file: (e,) for d in program.degraded for e in d.diagnostics if e.file != d.unit}
    lines = []
    for identity in sorted(designated):
        function = program.functions.get(identity)
        if function is None or function.extent.file not in errors:
            continue
        extent = function.extent
        what = "".join(f" ({e.file}:{e.line}: {e.message})" for e in errors[extent.file])
        lines.append(
            f"{extent.file}:{extent.line}: {identity} is designated, but the file was not read "
            f"completely{what}"
        )
    if lines:
        lines.append("Correct the source, or its flags in the compile database, and analyze again.")
        raise SourceError("\n".join(lines))
