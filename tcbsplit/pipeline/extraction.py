# SPDX-License-Identifier: MIT
"""Decide how the units of a program are read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcbsplit.frontend.pool import Executor


@dataclass(frozen=True)
class Extraction:
    """How units are read: with which cache (None: with none), and where."""

    cache: Path | None = None
    executor: Executor | None = None  # None: processes of this machine
    verify: bool = False  # hold what was read against the recorded compilers
    unit_timeout: float | None = None  # seconds for one unit, by processes of this machine

    def run(self) -> Executor:
        """What reads units; it is imported when some have to be read."""
        from tcbsplit.frontend.pool import LIMIT, processes

        return self.executor or processes(os.cpu_count() or 1, self.unit_timeout or LIMIT)


DIRECTLY = Extraction()


def cluster(address: str) -> Executor:
    """Return the executor of a Dask cluster, ``dask://HOST:PORT``."""
    from tcbsplit.frontend.cluster import cluster as connect

    return connect(address)
