# SPDX-License-Identifier: MIT
"""Compare the read units with the output of their recorded compilers."""

from __future__ import annotations

from contextlib import suppress

from tcbsplit.config.settings import Settings
from tcbsplit.errors import BrokenContract, EnvironmentProblem, SourceError
from tcbsplit.frontend.cache import Cache
from tcbsplit.frontend.fidelity import Fidelity, compare
from tcbsplit.frontend.reading import Reading
from tcbsplit.pipeline.workspace import Progress, Workspace, load, save


def compare_units(
    reading: Reading, settings: Settings, space: Workspace, progress: Progress, cache: Cache | None
) -> Fidelity:
    """Compare units with their compilers, except units that agreed last time."""
    agreed: set[bytes] = set()
    if cache is not None:
        with suppress(SourceError):
            agreed = set(load(space.agreed, list[bytes]))
    found = compare(
        reading,
        settings.source,
        cache.digests if cache else None,
        agreed,
        lambda done, total: progress("verify flags", done, total),
    )
    save(space.agreed, sorted(found.agreed))
    return found


def agree(found: Fidelity | None) -> bool:
    """Return whether units were compared, and ``judge`` has nothing to say."""
    return found is not None and not found.differences and bool(found.compared or not found.missing)


def judge(found: Fidelity) -> None:
    """Raise ``BrokenContract`` with every difference."""
    lines = list(found.differences)
    if lines:
        lines.insert(0, f"{len(lines)} difference(s) between what was read and what is compiled:")
    elif found.missing and not found.compared:
        raise EnvironmentProblem(
            f"--verify-flags: none of the recorded compilers is here: {', '.join(found.missing)}"
        )
    if lines:
        raise BrokenContract("\n  ".join(lines))
