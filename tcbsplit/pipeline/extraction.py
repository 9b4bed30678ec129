# SPDX-License-Identifier: MIT
"""Options of reading the units of a program."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from tcbsplit.frontend.pool import Executor


@dataclass(frozen=True)
class Extraction:
    """Options of reading units; without a cache if ``cache`` is None."""

    cache: Path | None = None
    executor: Executor | None = None  # None: processes on this host
    verify: bool = False  # compare units with the recorded compilers
    trust: bool = False  # run what the compile database names
    unit_timeout: float | None = None  # seconds for one unit, for processes on this host

    def run(self) -> Executor:
        """Return the executor that reads units; it is imported on demand."""
        from tcbsplit.frontend.pool import LIMIT, processes

        return self.executor or processes(os.cpu_count() or 1, self.unit_timeout or LIMIT)


DIRECTLY = Extraction()


Job = TypeVar("Job")


def spread(address: str, work: Callable[[Job], None], jobs: Sequence[Job]) -> Iterator[Job]:
    """Let the workers of a Dask cluster do jobs; yield each when it is done."""
    from tcbsplit.frontend.cluster import spread as divide

    yield from divide(address, work, jobs)


def cluster(address: str) -> Executor:
    """Return the executor of a Dask cluster, ``dask://HOST:PORT``."""
    from tcbsplit.frontend.cluster import cluster as connect

    return connect(address)
