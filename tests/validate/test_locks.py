# SPDX-License-Identifier: MIT
"""Locks of folders: between processes, who has one, and after a kill."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tcbsplit.errors import OutputError
from tcbsplit.process import locks
from tests.conftest import REPOSITORY

HOLD = """
import sys
from pathlib import Path
from tcbsplit.errors import OutputError
from tcbsplit.process.locks import locked
with locked(Path(sys.argv[1]), OutputError, "busy"):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """A process that has locked the folder; it ends with its standard input."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), *words], cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None and child.stdout.readline() == b"held\n"
    return child


def test_the_other_process_is_named(tmp_path: Path) -> None:
    with holder(tmp_path / "a", "odd\nword") as child:
        with (
            pytest.raises(OutputError) as told,
            locks.locked(tmp_path / "a", OutputError, "in use"),
        ):
            pass
        assert str(told.value).startswith(f"in use (process {child.pid}: {sys.executable} -c")
        assert "\n" not in str(told.value)
        with locks.locked(tmp_path / "b", OutputError, "in use"):
            pass  # another folder
        child.kill()
    with locks.locked(tmp_path / "a", OutputError, "in use"):
        assert list((tmp_path / "a").iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_process_that_ended_holds_nothing(tmp_path: Path, number: int) -> None:
    with holder(tmp_path) as child:
        child.send_signal(number)
        child.wait()
    with locks.locked(tmp_path, OutputError, "in use"):
        pass


def test_a_holder_that_cannot_be_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "_LOCKS", tmp_path / "none")
    with (
        holder(tmp_path / "a"),
        pytest.raises(OutputError, match=r"^in use$"),
        locks.locked(tmp_path / "a", OutputError, "in use"),
    ):
        pass


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(handle: int, operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuses)
    number = errno.ENOLCK
    with locks.locked(tmp_path, OutputError, "in use"):
        pass
    number = errno.EIO
    with (
        pytest.raises(OutputError, match="cannot be locked: Input/output error"),
        locks.locked(tmp_path, OutputError, "in use"),
    ):
        pass
