# SPDX-License-Identifier: MIT
"""Compare the run-time TCB of a saved analysis with its lock file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from tcbsplit import artifacts
from tcbsplit.config.settings import Settings
from tcbsplit.errors import ConfigError
from tcbsplit.files import read_file
from tcbsplit.model.phase import Classification
from tcbsplit.model.tcb import Lock, LockVerdict
from tcbsplit.model.vocabulary import SymbolId
from tcbsplit.phases import budget
from tcbsplit.pipeline.components import component_of
from tcbsplit.pipeline.retire import boundary_of, retires
from tcbsplit.pipeline.saved import Analysed
from tcbsplit.pipeline.workspace import Workspace, load


def check(
    settings: Settings, space: Workspace, baseline: Path, update: bool, reason: str
) -> LockVerdict:
    """Compare a saved analysis with the lock; with ``update``, write its state to the lock."""
    analysed = Analysed.of(settings, space)
    classes = load(space.classes, Classification)
    scale = analysed.scale(None)
    lock = _read(baseline, update)
    now = budget.lock_of(
        settings.name,
        classes,
        scale,
        {i: f.extent.file for i, f in analysed.program.functions.items()},
        component_of(settings),
        tuple(map(str, (*settings.roots.boot, *settings.roots.runtime, *settings.launch))),
        lock.raises if lock else (),
        _resident(settings, analysed, classes),
    )
    if lock is None:
        verdict = budget.compare(now, now, classes, scale)
    else:
        verdict = budget.compare(lock, now, classes, scale)
    if update:
        if lock is not None and verdict.larger:
            if not reason.strip():
                raise ConfigError(
                    f"{baseline}: the TCB grew; to agree to that say why: --update --reason TEXT"
                )
            now = msgspec.structs.replace(now, raises=(*now.raises, reason.strip()))
        artifacts.write_atomically(baseline, budget.write(now).encode())
    return verdict


def _resident(
    settings: Settings, analysed: Analysed, classes: Classification
) -> Iterable[SymbolId]:
    """Return the functions that last beyond the erasure of retired code, if any is erased."""
    if not retires(settings):
        return ()
    return sorted(boundary_of(analysed, classes).lasts.keys() & analysed.program.functions.keys())


def _read(baseline: Path, update: bool) -> Lock | None:
    try:
        return budget.read(read_file(baseline).decode(), str(baseline))
    except FileNotFoundError:
        if update:
            return None
        raise ConfigError(
            f"{baseline}: no lock file yet; make it with: tcbsplit check CONFIG --update"
        ) from None
    except OSError as error:
        raise ConfigError(f"{baseline}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{baseline}: not a lock file: {error}") from None
