# SPDX-License-Identifier: MIT
"""The inner machine when something goes wrong: full disks, two runs at once, ends in the middle."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tcbsplit import process
from tcbsplit.errors import EnvironmentProblem
from tcbsplit.validate.machine.nested import kernel, snapshot
from tests.support.nested import skip_without_programs
from tests.support.processes import alive, until

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.live, pytest.mark.xdist_group("nested")]


@pytest.fixture(autouse=True)
def there() -> None:
    skip_without_programs()


def recipe(store: Path) -> snapshot.Recipe:
    qemu = process.find("qemu-system-x86_64").absolute()
    return snapshot.Recipe(qemu, kernel.obtain(store), 1024, True)


def test_too_little_room_is_said_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage(tmp_path)._replace(free=1)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    wrong = rf"{tmp_path}: 0 MiB are free, the inner machine's snapshot needs \d+; make room or "
    with pytest.raises(EnvironmentProblem, match=wrong):
        snapshot.obtain(recipe(tmp_path), tmp_path, threading.Event())
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 130 MiB: archive and kernel fit, what the machine writes does not."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=130m", "small", folder], capture_output=True, text=True
    )
    if made.returncode:
        pytest.skip(f"no small file system can be made: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_disk_that_fills_up_is_one_line(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "_ROOM", 0)
    with pytest.raises(EnvironmentProblem) as caught:
        snapshot.obtain(recipe(small), small, threading.Event())
    said = str(caught.value)
    assert "the disk is full" in said or "No space left on device" in said, said
    assert "\n" not in said
    assert list(small.iterdir()) == []


def test_two_that_want_it_at_once_make_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    make = snapshot._make

    def counted(wanted: Any, folder: Path, stop: threading.Event) -> None:
        made.append(folder)
        make(wanted, folder, stop)

    monkeypatch.setattr(snapshot, "_make", counted)
    wanted = recipe(tmp_path)
    with ThreadPoolExecutor(2) as pool:
        found = list(
            pool.map(lambda _: snapshot.obtain(wanted, tmp_path, threading.Event()), range(2))
        )
    assert len(made) == 1
    assert found[0] == found[1]
    assert [p.name for p in tmp_path.iterdir()] == [found[0].folder.name]


PARENT = """
import sys
from pathlib import Path
from tcbsplit.process import signals
from tcbsplit.validate.machine.nested.nested import Nested
from tests.support.nested import heard, prepared
folder, store = map(Path, sys.argv[1:])
folder.mkdir()
with signals.tended():
    boot = prepared(folder)
    print("begun", flush=True)
    with Nested(store).start(boot) as machine:
        print("up", flush=True)
        heard(machine, b"never")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("when", ["making", "running"])
def test_nothing_is_left_when_we_are_ended(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, number: signal.Signals, when: str
) -> None:
    store = tmp_path / "store"
    if when == "running":
        store = tmp_path_factory.getbasetemp() / "a store for several"
        snapshot.obtain(recipe(store), store, threading.Event())
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, tmp_path / "boot", store],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=REPOSITORY,
        env={**os.environ, "TMPDIR": str(temporary)},
    )  # fmt: skip
    assert parent.stdout is not None
    try:
        assert parent.stdout.readline() == b"begun\n"
        if when == "running":
            assert parent.stdout.readline() == b"up\n"
        assert until(lambda: bool(machines(tmp_path, store)), 60)
        pids = machines(tmp_path, store)
        os.kill(parent.pid, number)
        assert parent.wait(20) != 0
    finally:
        parent.kill()
        parent.communicate()
    assert until(lambda: not any(alive(pid) for pid in pids))
    assert until(lambda: not any(p.name.startswith(".") for p in store.glob("*")))
    assert (len(list(store.iterdir())) == 1) == (when == "running")
    assert list(temporary.iterdir()) == []


def machines(*folders: Path) -> list[int]:
    """Processes of QEMU that work below some folders."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            inside = any((place / "cwd").readlink().is_relative_to(f) for f in folders)
            if inside and b"qemu" in (place / "cmdline").read_bytes():
                found.append(int(place.name))
        except OSError:  # it ended meanwhile, or is not ours
            continue
    return found


def test_a_run_that_is_stopped_waits_for_nobody(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(EnvironmentProblem, match="interrupted"):
        snapshot.obtain(recipe(tmp_path), tmp_path, stop)
    assert list(tmp_path.iterdir()) == []
