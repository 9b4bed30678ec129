"""A compile database -> a linked program: extraction of every unit, in parallel."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from tcbsplit.frontend import link
from tcbsplit.frontend.pool import Extracted, extract_all
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand


def read_program(
    commands: Sequence[CompileCommand],
    root: Path,
    image: str,
    *,
    jobs: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Program:
    """Extract the facts of all ``commands`` and link them.

    ``progress`` is told (units done, units in all). The result does not depend on ``jobs``.
    """
    found = Extracted()
    for batch in extract_all(commands, root, jobs or os.cpu_count() or 1):
        found.add(batch)
        progress(len(found.units), len(commands))
    return link.link(image, root, list(zip(commands, found.units, strict=True)), found.shared)
