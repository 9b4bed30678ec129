# SPDX-License-Identifier: MIT
"""Makes what several tests need once a session, whichever worker of xdist needs it first."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


class Shared:
    """Folders that all workers of this session share."""

    def __init__(self, base: Path) -> None:
        self._folder = base / "shared"
        self._folder.mkdir(exist_ok=True)

    @classmethod
    def of_session(cls, factory: pytest.TempPathFactory) -> Shared:
        """The folders of a session of pytest."""
        base = factory.getbasetemp()
        # A worker of xdist has a folder of its own below that of the session.
        return cls(base.parent if base.name.startswith("popen-") else base)

    def __call__(self, name: str, make: Callable[[Path], object]) -> Path:
        """Return the folder ``name``; ``make`` fills it if no worker has done so.

        Whoever comes while it is being made waits. A failure to make it is tried again by the
        next. Tests must not write to it.
        """
        folder = self._folder / name
        made = self._folder / f"{name}.made"
        with (self._folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                made.touch()
        return folder
