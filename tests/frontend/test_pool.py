# SPDX-License-Identifier: MIT
"""One unit that hangs or crashes costs that unit only; what was read is kept whatever happens."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from tcbsplit.errors import EnvironmentProblem
from tcbsplit.frontend import pool
from tcbsplit.frontend.cache import Cache
from tcbsplit.frontend.pool import processes
from tcbsplit.frontend.reading import read_program
from tcbsplit.frontend.worker import Worker
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand
from tests.conftest import REPOSITORY
from tests.frontend.troubled import UNIT, Troubled, Without
from tests.oracles.synthetic import write_program
from tests.support.reading import SETTLED, analysed

LIMIT = 1.0  # seconds; a unit of these takes some hundredths


@pytest.fixture
def tree(tmp_path: Path) -> tuple[Path, list[CompileCommand]]:
    folder = tmp_path / "tree"
    folder.mkdir()
    commands = write_program(folder, 600)
    time.sleep(SETTLED)
    return folder, commands


def without(commands: list[CompileCommand], folder: Path, why: str) -> Program:
    """The program as it is when ``UNIT`` alone is missing."""
    make = type("Make", (Without,), {"why": why})
    return read_program(commands, folder, "x", executor=processes(1, make=make))


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    ("step", "fate", "telling"),
    [
        ("parse", "loop", "--unit-timeout"),
        ("read", "loop", "--unit-timeout"),
        ("read", "hang", "not read within 1 s"),
        ("parse", "killed", "SIGKILL"),
        ("read", "crash", "SIGSEGV"),
        ("read", "left", "exit status 3"),
        ("parse", "no_tree", "libclang cannot parse it: failure"),
        ("read", "deep", "nested too deeply"),
    ],
)
@pytest.mark.parametrize("order", [1, -1])  # the unit in question is the last one, or the first
def test_one_unit_is_lost_and_no_other(
    tree: tuple[Path, list[CompileCommand]], jobs: int, step: str, fate: str, telling: str,
    order: int,
) -> None:  # fmt: skip
    folder, commands = tree
    commands = commands[::order]
    make = partial(Troubled, step=step, fate=fate)
    program = read_program(commands, folder, "x", executor=processes(jobs, LIMIT, make))
    (degraded,) = program.degraded
    assert degraded.unit == UNIT and degraded.abandoned
    (diagnostic,) = degraded.diagnostics
    assert telling in diagnostic.message
    assert program == without(commands, folder, diagnostic.message)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("step", ["parse", "read"])
def test_a_process_that_is_killed_once_costs_nothing(
    tree: tuple[Path, list[CompileCommand]], tmp_path: Path, jobs: int, step: str
) -> None:
    folder, commands = tree
    make = partial(Troubled, step=step, fate="killed", marker=tmp_path / "marker")
    found = read_program(commands, folder, "x", executor=processes(jobs, LIMIT, make))
    assert (tmp_path / "marker").exists()
    assert found == read_program(commands, folder, "x")


def test_a_defect_is_no_degraded_unit(tree: tuple[Path, list[CompileCommand]]) -> None:
    folder, commands = tree
    make = partial(Troubled, step="read", fate="defect")
    with pytest.raises(KeyError, match="a defect") as told:
        read_program(commands, folder, "x", executor=processes(2, LIMIT, make))
    assert "in _defect" in "".join(told.value.__notes__)


def test_a_worker_that_never_starts_is_an_error(tree: tuple[Path, list[CompileCommand]]) -> None:
    folder, commands = tree

    def make(*_: object) -> Worker:
        os._exit(1)

    with pytest.raises(EnvironmentProblem, match="exit status 1"):
        read_program(commands, folder, "x", executor=processes(2, LIMIT, make))


def test_a_source_that_is_not_there_is_degraded(tree: tuple[Path, list[CompileCommand]]) -> None:
    folder, commands = tree
    (folder / UNIT).unlink()
    program = read_program(commands, folder, "x")
    assert [(d.unit, d.abandoned) for d in program.degraded] == [(UNIT, True)]


def test_progress_counts_units_and_names_a_slow_one(
    tree: tuple[Path, list[CompileCommand]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, commands = tree
    monkeypatch.setattr(pool, "_LONG", 0.5)
    told: list[tuple[int, int, str]] = []
    read_program(
        commands, folder, "x",
        # A unit is named once a second at most: the limit leaves the time for it.
        executor=processes(1, 3 * LIMIT, partial(Troubled, step="read", fate="loop")),
        progress=lambda done, total, note: told.append((done, total, note)),
    )  # fmt: skip
    assert {done for done, _, _ in told} == set(range(len(commands) + 1))
    assert {note.partition(":")[0] for _, _, note in told} == {"", UNIT}


def test_what_hung_is_tried_again_and_nothing_else(
    tree: tuple[Path, list[CompileCommand]], tmp_path: Path
) -> None:
    folder, commands = tree
    make = partial(Troubled, step="read", fate="loop")
    with Cache(tmp_path / "c.sqlite") as cache:
        read_program(commands, folder, "x", cache=cache, executor=processes(2, LIMIT, make))
    program, asked = analysed(folder, commands, tmp_path / "c.sqlite")
    assert asked == {UNIT}
    assert program == read_program(commands, folder, "x")


def test_a_header_that_changes_during_the_run_makes_no_wrong_facts(
    tree: tuple[Path, list[CompileCommand]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, commands = tree
    monkeypatch.setattr("tcbsplit.frontend.reading._STORING", 0.0)
    header = folder / "sub0.h"
    before = header.read_text()

    def change(done: int, total: int, note: str) -> None:
        if done == 3:  # some of its readers are in the cache by now
            header.write_text(before + "static inline void late (void) { }\n")

    with Cache(tmp_path / "c.sqlite") as cache:
        read_program(commands, folder, "x", cache=cache, progress=change)
    for text in (header.read_text(), before):
        header.write_text(text)
        time.sleep(SETTLED)
        program, _ = analysed(folder, commands, tmp_path / "c.sqlite")
        assert program == read_program(commands, folder, "x")


def marked(mark: str) -> set[int]:
    """The living processes that have ``mark`` in their environment."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark.encode() in (folder / "environ").read_bytes():
                found.add(int(folder.name))
    return found


def gone(mark: str) -> bool:
    """Whether all of them end within a few seconds."""
    end = time.monotonic() + 5
    while marked(mark) and time.monotonic() < end:
        time.sleep(0.05)
    return not marked(mark)


def kept(cache: Path) -> int:
    """How many units are in a cache that another process is filling."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(cache)) as open_:
        return int(open_.execute("SELECT count(*) FROM units").fetchone()[0])
    return 0


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    ("number", "status"),
    [
        (signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 128 + signal.SIGTERM),
        (signal.SIGKILL, -signal.SIGKILL),
    ],
)  # fmt: skip
def test_the_next_run_goes_on_where_one_was_ended(
    tree: tuple[Path, list[CompileCommand]], tmp_path: Path, jobs: int, number: int, status: int
) -> None:
    folder, commands = tree
    cache, mark = tmp_path / "c.sqlite", f"TCBSPLIT_TEST={tmp_path}"
    name, _, value = mark.partition("=")
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.frontend.troubled", str(folder), str(cache), str(jobs)],
        cwd=REPOSITORY, env={**os.environ, name: value}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    end = time.monotonic() + 60
    while kept(cache) < len(commands) - 1 and time.monotonic() < end:
        time.sleep(0.05)
    assert len(marked(mark)) > 1
    os.kill(child.pid, number)
    assert child.wait(30) == status
    assert gone(mark)
    program, asked = analysed(folder, commands, cache)
    assert asked == {UNIT}
    assert program == read_program(commands, folder, "x")
