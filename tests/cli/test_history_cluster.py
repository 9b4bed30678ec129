# SPDX-License-Identifier: MIT
"""history over a cluster on this machine: the same history, also when a worker dies."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster

from tests.cli.test_history import Repository
from tests.support.cli import edit, refused

pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("ignore")]
KEPT = ("history.json", "history.csv", "history.html")


@pytest.fixture
def repository(tiny: Path, tmp_path: Path) -> Repository:
    return Repository(tiny, tmp_path)


@pytest.fixture
def workers() -> Iterator[LocalCluster]:
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1",
        dashboard_address=None, silence_logs=50,
    ) as local:  # fmt: skip
        yield local


def address(local: LocalCluster) -> str:
    return str(local.scheduler_address.replace("tcp://", "dask://"))


def files(folder: Path) -> list[bytes]:
    return [(folder / "history" / name).read_bytes() for name in KEPT]


def test_a_cluster_finds_the_same_history(repository: Repository, workers: LocalCluster) -> None:
    """Also of a revision that does not build, whose reason names no worker."""
    assert repository.history("HEAD~3..HEAD").returncode == 0
    wanted = files(repository.out)
    assert repository.built == 4
    repository.out = repository.out.with_name("other")
    done = repository.history("HEAD~3..HEAD", "--executor", address(workers))
    assert done.returncode == 0, done.stderr
    assert repository.built == 8
    assert files(repository.out) == wanted
    assert list((repository.out / "history/workers").iterdir()) == []
    assert len(repository.git("worktree", "list").splitlines()) == 1
    again = repository.history("HEAD~3..HEAD", "--executor", address(workers))
    assert again.stdout == done.stdout
    assert repository.built == 8  # what is known is not read again
    assert repository.history("HEAD~3..HEAD").stdout == done.stdout
    assert repository.built == 8  # by whomever it was read


def test_a_revision_whose_worker_dies_is_read_by_another(
    repository: Repository, workers: LocalCluster
) -> None:
    assert repository.history("HEAD~3..HEAD").returncode == 0
    wanted = files(repository.out)
    repository.out = repository.out.with_name("other")
    repository.delay.write_text("2")

    def kill_one() -> None:
        end = time.monotonic() + 60
        while repository.built < 6 and time.monotonic() < end:
            time.sleep(0.05)
        os.kill(next(iter(workers.workers.values())).process.pid, signal.SIGKILL)

    killing = threading.Thread(target=kill_one)
    killing.start()
    done = repository.history("HEAD~3..HEAD", "--executor", address(workers))
    killing.join()
    assert done.returncode == 0, done.stderr
    assert files(repository.out) == wanted
    assert repository.built == 4 + 4 + 1  # what the worker had in hand was begun again
    assert list((repository.out / "history/workers").iterdir()) == []


def test_what_a_killed_history_left_is_removed(
    repository: Repository, workers: LocalCluster
) -> None:
    left = repository.out / "history/workers/host-1-2/worktree"
    left.mkdir(parents=True)
    (left / "old.c").touch()
    done = repository.history("HEAD~1..HEAD", "--executor", address(workers))
    assert done.returncode == 0, done.stderr
    assert not left.exists()
    edit(repository.tree / "tiny.yaml", "preprocess: [settings_init, key_init]", "preprocess: []")
    before = repository.built
    assert repository.history("HEAD~1..HEAD", "--executor", address(workers)).returncode == 0
    assert repository.built == before + 2


def test_a_cluster_that_is_not_there(repository: Repository) -> None:
    done = repository.history("HEAD~1..HEAD", "--executor", "dask://127.0.0.1:1")
    refused(done, "no scheduler answers")
    assert "could be read" not in done.stderr  # nothing is recorded of the revisions
    refused(repository.history("HEAD~1..HEAD", "--executor", "threads"), "dask://HOST:PORT")
