# SPDX-License-Identifier: MIT
"""Do work on a Dask cluster, such as extracting the units of a large program.

Every worker sees the source tree and the compilers' headers under the same paths (a shared file
system, or the same container). A batch holds all facts that it refers to, so the scheduler may run
it again elsewhere when its worker is lost. Workers send facts to the client, which has the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from tcbsplit.errors import EnvironmentProblem
from tcbsplit.frontend.pool import Executor, News
from tcbsplit.frontend.worker import Batch, Items, Worker

BATCH = 16  # units: a task takes a second or so, what is lost with a worker is no more
_CONNECT = 20  # seconds


Job = TypeVar("Job")


def cluster(address: str) -> Executor:
    """Return an executor for ``dask://HOST:PORT``; raise ``EnvironmentProblem`` without one."""
    _checked(address)

    def run(items: Items, root: Path) -> Generator[News, None, None]:
        decode = msgspec.msgpack.Decoder(Batch).decode
        batches = [(i, items[i : i + BATCH], str(root)) for i in range(0, len(items), BATCH)]
        for _, result in _done(address, extract_whole, batches):
            yield decode(result)

    return run


def spread(address: str, work: Callable[[Job], None], jobs: Sequence[Job]) -> Iterator[Job]:
    """Let the workers do jobs; yield each when it is done. One that loses a worker is repeated.

    Raise ``EnvironmentProblem`` without a cluster, and if a job ends every worker that has it.
    """
    _checked(address)
    for at, _ in _done(address, work, [(job,) for job in jobs]):
        yield jobs[at]


def _checked(address: str) -> str:
    """Return ``HOST:PORT`` of an address; raise ``EnvironmentProblem`` if it is none."""
    parts = urlsplit(address)
    try:
        wrong = parts.scheme != "dask" or not parts.hostname or not parts.port
    except ValueError:
        wrong = True
    if wrong:
        raise EnvironmentProblem(
            f"executor {address}: must be processes or dask://HOST:PORT (of a scheduler)"
        )
    if find_spec("distributed") is None:
        raise EnvironmentProblem(
            f"executor {address}: dask.distributed is missing; pip install 'tcbsplit[dask]'"
        )
    return parts.netloc


def _done(
    address: str, work: Callable[..., Any], calls: Sequence[tuple[Any, ...]]
) -> Iterator[tuple[int, Any]]:
    """Yield the position of each call with its result, as they come."""
    if not calls:
        return
    from distributed import Client, KilledWorker, as_completed

    connect: Any = Client  # untyped
    completed: Any = as_completed
    try:
        client = connect(f"tcp://{_checked(address)}", timeout=_CONNECT, set_as_default=False)
    except OSError as error:
        raise EnvironmentProblem(f"executor {address}: no scheduler answers: {error}") from None
    with client:
        futures = {client.submit(work, *c, pure=False): at for at, c in enumerate(calls)}
        try:
            for future in completed(futures, loop=client.loop):
                yield futures[future], future.result()
        except KilledWorker as error:
            raise EnvironmentProblem(f"executor {address}: {error}") from None


def extract_whole(first: int, items: Items, root: str) -> bytes:
    """Return the encoded ``Batch`` of units from place ``first`` on with all pieces they need."""
    worker = Worker(Path(root), ahead=False)
    units = list(worker.units(range(len(items)), items))
    return worker.pack(range(first, first + len(items)), units)
