# SPDX-License-Identifier: MIT
"""Extract units on a Dask cluster, for programs that are too large for one machine.

Every worker sees the source tree and the compilers' headers under the same paths (a shared file
system, or the same container). A batch holds all facts that it refers to, so the scheduler may run
it again elsewhere when its worker is lost. Workers send facts to the client, which has the cache.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tcbsplit.errors import EnvironmentProblem
from tcbsplit.frontend.pool import Executor, News
from tcbsplit.frontend.worker import Batch, Items, Worker

BATCH = 16  # units: a task takes a second or so, what is lost with a worker is no more
_CONNECT = 20  # seconds


def cluster(address: str) -> Executor:
    """Return an executor for ``dask://HOST:PORT``; raise ``EnvironmentProblem`` without one."""
    parts = urlsplit(address)
    try:
        wrong = parts.scheme != "dask" or not parts.hostname or not parts.port
    except ValueError:
        wrong = True
    if wrong:
        raise EnvironmentProblem(
            f"executor {address}: must be processes or dask://HOST:PORT (of a scheduler)"
        )
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise EnvironmentProblem(
            f"executor {address}: dask.distributed is missing; pip install 'tcbsplit[dask]'"
        ) from None

    def run(items: Items, root: Path) -> Generator[News, None, None]:
        decode = msgspec.msgpack.Decoder(Batch).decode
        batches = [(i, items[i : i + BATCH]) for i in range(0, len(items), BATCH)]
        if not batches:
            return
        try:
            connect: Any = Client  # untyped
            completed: Any = as_completed
            client = connect(f"tcp://{parts.netloc}", timeout=_CONNECT, set_as_default=False)
        except OSError as error:
            raise EnvironmentProblem(f"executor {address}: no scheduler answers: {error}") from None
        with client:
            futures = [
                client.submit(extract_whole, first, batch, str(root), pure=False)
                for first, batch in batches
            ]
            for future in completed(futures, loop=client.loop):
                yield decode(future.result())

    return run


def extract_whole(first: int, items: Items, root: str) -> bytes:
    """Return the encoded ``Batch`` of units from place ``first`` on with all pieces they need."""
    worker = Worker(Path(root), ahead=False)
    units = list(worker.units(range(len(items)), items))
    return worker.pack(range(first, first + len(items)), units)
