"""A compile database -> a linked program: extraction of every unit, in parallel."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tcbsplit.frontend import link, toolchain
from tcbsplit.frontend.assembly import extract_assembly
from tcbsplit.frontend.extract import extract
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand, UnitFacts


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
    jobs = jobs or os.cpu_count() or 1
    work = [(c, root, toolchain.builtin_include(c) if c.language == "c" else "") for c in commands]
    facts: list[UnitFacts] = []
    if jobs == 1 or len(work) < 8:
        for item in work:
            facts.append(_one(item))
            progress(len(facts), len(work))
    else:
        with ProcessPoolExecutor(jobs) as pool:
            for fact in pool.map(_one, work, chunksize=4):
                facts.append(fact)
                progress(len(facts), len(work))
    return link.link(image, root, zip(commands, facts, strict=True))


def _one(item: tuple[CompileCommand, Path, str]) -> UnitFacts:
    command, root, include = item
    if command.language == "asm":
        return extract_assembly(command, root)
    return extract(command, root, include)
