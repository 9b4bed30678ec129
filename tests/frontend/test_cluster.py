# SPDX-License-Identifier: MIT
"""Extraction over a cluster on this machine: the same program, also when a worker dies."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from distributed import LocalCluster

from tcbsplit.errors import EnvironmentProblem
from tcbsplit.frontend import cluster as module
from tcbsplit.frontend.cache import Cache
from tcbsplit.frontend.cluster import cluster
from tcbsplit.frontend.reading import read_program
from tests.oracles.synthetic import write_program


@pytest.mark.filterwarnings("ignore")
def test_a_worker_may_die_in_the_middle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = write_program(tmp_path, 2000)
    wanted = read_program(commands, tmp_path, "x")
    monkeypatch.setattr(module, "BATCH", 2)
    killed: list[int] = []
    with (
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1",
            dashboard_address=None, silence_logs=50,
        ) as local,
        Cache(tmp_path / "c.sqlite") as cache,
    ):  # fmt: skip

        def kill_one(done: int, total: int, note: str) -> None:
            if done >= 4 and not killed:
                killed.append(next(iter(local.workers.values())).process.pid)
                os.kill(killed[0], signal.SIGKILL)

        executor = cluster(local.scheduler_address.replace("tcp://", "dask://"))
        found = read_program(
            commands, tmp_path, "x", executor=executor, cache=cache, progress=kill_one
        )
        assert killed
        assert found == wanted
        assert cache.info().units == len(commands)


@pytest.mark.parametrize(
    "address", ["dask://", "dask://host", "dask://host:port", "tcp://127.0.0.1:1", "threads"]
)
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(EnvironmentProblem, match="dask://HOST:PORT"):
        cluster(address)


def test_nobody_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CONNECT", 1)
    with pytest.raises(EnvironmentProblem, match="no scheduler answers"):
        read_program(
            write_program(tmp_path, 50), tmp_path, "x", executor=cluster("dask://127.0.0.1:1")
        )
