# SPDX-License-Identifier: MIT
"""The cache gives what extraction would, and nothing else: changes, kills, rivals, damage."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from tcbsplit.errors import EnvironmentProblem
from tcbsplit.frontend.cache import Cache
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.unit import CompileCommand
from tests.oracles.synthetic import write_program
from tests.support.reading import SETTLED, analysed


@pytest.fixture
def tree(tmp_path: Path) -> tuple[Path, list[CompileCommand]]:
    folder = tmp_path / "tree"
    folder.mkdir()
    commands = write_program(folder, 600)
    time.sleep(SETTLED)
    return folder, commands


def test_a_second_run_extracts_nothing(
    tree: tuple[Path, list[CompileCommand]], tmp_path: Path
) -> None:
    folder, commands = tree
    cold, extracted = analysed(folder, commands, tmp_path / "c.sqlite")
    assert extracted == {c.file for c in commands}
    warm, again = analysed(folder, commands, tmp_path / "c.sqlite")
    assert not again
    assert warm == cold == read_program(commands, folder, "x")


def test_a_changed_source_is_read_again(
    tree: tuple[Path, list[CompileCommand]], tmp_path: Path
) -> None:
    folder, commands = tree
    analysed(folder, commands, tmp_path / "c.sqlite")
    source = folder / "file3.c"
    before = source.read_text()
    source.write_text(before + "void added (void) { }\n")
    time.sleep(SETTLED)
    program, extracted = analysed(folder, commands, tmp_path / "c.sqlite")
    assert extracted == {"file3.c"}
    assert "added" in program.functions
    source.write_text(before)  # what was read before is still there
    program, extracted = analysed(folder, commands, tmp_path / "c.sqlite")
    assert not extracted
    assert "added" not in program.functions


def test_a_change_that_keeps_size_and_time_is_seen(
    tree: tuple[Path, list[CompileCommand]], tmp_path: Path
) -> None:
    folder, commands = tree
    source = folder / "file3.c"
    analysed(folder, commands, tmp_path / "c.sqlite")
    status = source.stat()
    source.write_text(source.read_text().replace("tick3", "tock3"))
    os.utime(source, ns=(status.st_atime_ns, status.st_mtime_ns))
    time.sleep(SETTLED)
    program, extracted = analysed(folder, commands, tmp_path / "c.sqlite")
    assert extracted == {"file3.c"}
    assert "file3.c:tock3" in program.functions


def test_a_changed_header_makes_its_readers_stale(
    tree: tuple[Path, list[CompileCommand]], tmp_path: Path
) -> None:
    folder, commands = tree
    analysed(folder, commands, tmp_path / "c.sqlite")
    header = folder / "sub1.h"
    header.write_text(header.read_text() + "static inline void in_header (void) { }\n")
    time.sleep(SETTLED)
    program, extracted = analysed(folder, commands, tmp_path / "c.sqlite")
    assert extracted == {f"file{n}.c" for n in range(8, 12)}
    assert "sub1.h:in_header" in program.functions


def test_other_flags_are_another_unit(
    tree: tuple[Path, list[CompileCommand]], tmp_path: Path
) -> None:
    folder, commands = tree
    analysed(folder, commands, tmp_path / "c.sqlite")
    changed = [
        msgspec.structs.replace(c, arguments=(*c.arguments, "-DOTHER")) if i == 2 else c
        for i, c in enumerate(commands)
    ]
    assert analysed(folder, changed, tmp_path / "c.sqlite")[1] == {commands[2].file}


def test_a_file_touched_during_the_run_is_not_kept(
    tree: tuple[Path, list[CompileCommand]], tmp_path: Path
) -> None:
    folder, commands = tree
    with Cache(tmp_path / "c.sqlite") as cache:
        (folder / "file3.c").touch()
        read_program(commands, folder, "x", cache=cache)
    assert analysed(folder, commands, tmp_path / "c.sqlite")[1] == {"file3.c"}


def test_damage_is_put_aside(tree: tuple[Path, list[CompileCommand]], tmp_path: Path) -> None:
    folder, commands = tree
    cache = tmp_path / "c.sqlite"
    cache.write_bytes(b"this is no database" * 100)
    assert analysed(folder, commands, cache)[1]
    assert not analysed(folder, commands, cache)[1]


def test_stamps_of_another_version_are_not_there(
    tree: tuple[Path, list[CompileCommand]], tmp_path: Path
) -> None:
    folder, commands = tree
    path = tmp_path / "c.sqlite"
    cold, _ = analysed(folder, commands, path)
    with sqlite3.connect(path) as database:
        rows = [(str(p), msgspec.msgpack.encode(["another", 7])) for p in folder.iterdir()]
        database.executemany("INSERT OR REPLACE INTO files VALUES (?, ?)", rows)
    warm, again = analysed(folder, commands, path)
    assert warm == cold
    assert not again  # facts are found by what the files hold


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentProblem, match="--no-cache"):
        Cache(tmp_path / "file" / "c.sqlite")


def test_a_cache_that_is_emptied_meanwhile_does_no_harm(
    tree: tuple[Path, list[CompileCommand]], tmp_path: Path
) -> None:
    folder, commands = tree
    cold, _ = analysed(folder, commands, tmp_path / "c.sqlite")
    database = sqlite3.connect(tmp_path / "c.sqlite")
    database.execute("DELETE FROM pieces")  # half gone, as no run of ours would leave it
    database.commit()
    warm, extracted = analysed(folder, commands, tmp_path / "c.sqlite")
    assert extracted == {c.file for c in commands}
    assert warm == cold


SCRIPT = """
import sys, msgspec
from pathlib import Path
from tcbsplit.frontend.cache import Cache
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.unit import CompileCommand
folder, cache = Path(sys.argv[1]), Path(sys.argv[2])
commands = [
    CompileCommand(file=p.name, directory=str(folder), arguments=("gcc", "-std=gnu11"))
    for p in sorted(folder.glob("*.c"))
]
with Cache(cache) as opened:
    program = read_program(commands, folder, "x", cache=opened)
sys.stdout.buffer.write(msgspec.msgpack.encode(program))
"""


def started(folder: Path, cache: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder), str(cache)],
        stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def test_runs_at_the_same_time_agree(
    tree: tuple[Path, list[CompileCommand]], tmp_path: Path
) -> None:
    folder, _ = tree
    rivals = [started(folder, tmp_path / "c.sqlite") for _ in range(3)]
    results = {rival.communicate(timeout=120)[0] for rival in rivals}
    assert [rival.returncode for rival in rivals] == [0, 0, 0]
    assert len(results) == 1


def test_a_kill_at_any_moment_does_no_harm(
    tree: tuple[Path, list[CompileCommand]], tmp_path: Path
) -> None:
    folder, commands = tree
    cache = tmp_path / "c.sqlite"
    for delay in (0.2, 0.5, 0.7, 0.9, 1.1):
        child = started(folder, cache)
        time.sleep(delay)
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate(timeout=30)
        assert analysed(folder, commands, cache)[0] == read_program(commands, folder, "x")
        if delay < 1:
            cache.unlink()
