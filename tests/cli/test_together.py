# SPDX-License-Identifier: MIT
"""Two runs at once on one folder of artifacts or one cache: one waits, or says who is there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.support.cli import refused, tcbsplit
from tests.support.made import BUILD
from tests.support.processes import until

SLOW = BUILD.replace("command: [make], image", 'command: [sh, -c, "sleep 60; make"], image')


@pytest.fixture
def work(tiny: Path) -> Path:
    """The small program, analysed and split, whose original takes long to build."""
    config = tiny / "tiny.yaml"
    config.write_text(config.read_text() + SLOW + "compdb: compile_commands.json\n")
    done = tcbsplit("run", config, "--until", "split", cwd=tiny)
    assert done.returncode == 0, done.stderr
    return tiny


def started(tree: Path, *words: str) -> subprocess.Popen[bytes]:
    """The tool in a process of its own, once it builds."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tcbsplit", *words], cwd=tree,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    logs = tree / "reports/tiny/logs"
    assert until(lambda: (logs / "build-original.log").is_file(), 60)
    return child


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_one_folder_of_artifacts(work: Path, number: int) -> None:
    with started(work, "build", "tiny.yaml") as child:
        who = f"(process {child.pid}: {sys.executable} -m tcbsplit build tiny.yaml)"
        for stage in ("analyze", "split", "build", "report", "run"):
            more = ["--no-cache"] if stage == "analyze" else []  # up to date: nothing is written
            done = tcbsplit(stage, "tiny.yaml", *more, cwd=work)
            refused(done, "reports/tiny: another tcbsplit works there", who)
            assert len(done.stderr.strip().splitlines()) == 1
        # What only reads, or writes elsewhere, needs not wait.
        for words in (
            ["explain", "tiny.yaml", "main"],
            ["analyze", "tiny.yaml"],
            ["status", "tiny.yaml"],
            ["run", "tiny.yaml", "--until", "split", "--artifacts", "other"],
        ):
            done = tcbsplit(*words, cwd=work)
            assert done.returncode == 0, done.stderr
        child.send_signal(number)
        child.wait()
    config = work / "tiny.yaml"
    config.write_text(config.read_text().replace(SLOW, BUILD))
    done = tcbsplit("build", "tiny.yaml", cwd=work)  # no lock is left
    assert done.returncode == 0, done.stderr


def test_one_folder_of_trees(work: Path) -> None:
    words = ["build", "reports/tiny/split", "--image", "tiny", "--", "sh", "-c", "sleep 60; make"]
    out = work / "reports/tiny/split"
    guest = out / "guest/Makefile"
    guest.write_text("guest.elf:\n\tsleep 60\n")
    child = subprocess.Popen(
        [sys.executable, "-m", "tcbsplit", *words], cwd=work,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with child:
        assert until(lambda: (out / "build-guest.log").is_file(), 60)
        for again in (
            ["split", "tiny.yaml"],
            ["build", out, "--", "make"],
            ["split", "tiny.yaml", "--artifacts", "other", "--trees", out],
        ):
            if "other" in again:
                tcbsplit("analyze", "tiny.yaml", "--artifacts", "other", cwd=work)
            done = tcbsplit(*again, cwd=work)
            refused(done, f"{out}: another tcbsplit builds there", f"(process {child.pid}: ")
        assert (out / "build-guest.log").is_file()
        child.terminate()
    assert tcbsplit("split", "tiny.yaml", cwd=work).returncode == 0
    assert not (out / "build-guest.log").exists()


def test_one_cache(tiny: Path, tmp_path: Path) -> None:
    env = {
        **os.environ, "TCBSPLIT_CACHE": str(tmp_path / "facts.sqlite"),
        "PYTHONPATH": str(REPOSITORY),
    }  # fmt: skip
    words = [sys.executable, "-m", "tcbsplit", "analyze", "tiny.yaml", "--compdb"]
    words += ["compile_commands.json", "--json", "--artifacts"]
    children = [
        subprocess.Popen(
            [*words, f"out{n}"], cwd=tiny, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for n in range(3)
    ]
    told = [c.communicate(timeout=120) for c in children]
    assert [(c.returncode, e) for c, (_, e) in zip(children, told, strict=True)] == [(0, b"")] * 3
    assert len({out for out, _ in told}) == 1
    assert json.loads(told[0][0])["version"] == 2
