# SPDX-License-Identifier: MIT
"""Runs that are broken off and started again come to the same result."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.soak import broken
from tests.support.cli import refused, tcbsplit
from tests.support.made import BUILD
from tests.support.processes import until

KEPT = ("program.msgpack", "graph.msgpack", "classes.msgpack", "machine.json", "split.msgpack")


@pytest.fixture
def config(tiny: Path) -> Path:
    """The small program whose build waits in the middle while the folder has a file ``slow``."""
    (tiny / "compile_commands.json").unlink()
    wait = f"if test -e '{tiny.parent}/slow'; then : >'{tiny.parent}/waits'; sleep 60; fi"
    slow = f"make main.o && {wait} && make"
    text = (tiny / "tiny.yaml").read_text() + BUILD
    command = f'command: [sh, -c, "{slow}"], image: tiny}}\n  guest'
    text = text.replace("command: [make], image: tiny}\n  guest", command)
    assert slow in text
    (tiny / "tiny.yaml").write_text(text)
    return tiny / "tiny.yaml"


def kept(config: Path) -> dict[str, bytes]:
    return {n: (config.parent / "reports/tiny" / n).read_bytes() for n in KEPT}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.parametrize("stage", ["build", "run"])
def test_the_original_is_half_built(config: Path, number: int, stage: str) -> None:
    cwd = config.parent.parent
    done = tcbsplit("run", config, "--until", "build", cwd=cwd)
    assert done.returncode == 0, done.stderr
    before = kept(config)
    (cwd / "slow").touch()
    if stage == "run":  # broken off in the capture
        (config.parent / "secret.c").touch()
        text = (config.parent / "secret.c").read_text()
        (config.parent / "secret.c").write_text(text + "\n")
    words = [sys.executable, "-m", "tcbsplit", stage, str(config)]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(words, cwd=cwd, env=environment, stderr=subprocess.DEVNULL) as child:
        assert until((cwd / "waits").exists, 60)
        child.send_signal(number)
    (cwd / "slow").unlink()
    copy = config.parent / "reports/tiny/original"
    assert (copy / "main.o").is_file() and not (copy / "tiny").is_file()
    refused(tcbsplit("boot", config, cwd=cwd), "no scenarios")
    if stage == "run":
        (config.parent / "secret.c").write_text(text)
    done = tcbsplit("run", config, "--until", "build", cwd=cwd)
    assert done.returncode == 0, done.stderr
    assert kept(config) == before
    assert (copy / "tiny").is_file()


def test_nothing_is_read_from_a_copy_that_is_half_built(config: Path) -> None:
    cwd = config.parent.parent
    assert tcbsplit("run", config, "--until", "build", cwd=cwd).returncode == 0
    kept = config.parent / "reports/tiny"
    (kept / "original.unfinished").touch()
    with (kept / "original/main.o").open("r+b") as file:
        file.truncate(100)
    done = tcbsplit("analyze", config, cwd=cwd)
    assert done.returncode == 0, done.stderr
    assert "machine code (original): none is there" in done.stdout
    assert not (kept / "original").exists()
    done = tcbsplit("status", config, cwd=cwd)
    assert "the build in the copy changed" in done.stdout


def test_an_image_that_is_not_what_was_built(config: Path) -> None:
    cwd = config.parent.parent
    assert tcbsplit("run", config, "--until", "build", cwd=cwd).returncode == 0
    image = config.parent / "reports/tiny/split/thin/tiny"
    made = image.read_bytes()
    image.write_bytes(made[:-1] + bytes([made[-1] ^ 1]))
    with config.open("a") as file:
        file.write("scenarios: {up: {summary: s, expect: [{text: here}]}}\n")
    refused(tcbsplit("boot", config, cwd=cwd), "tiny: is not what the thin build made")
    done = tcbsplit("build", config, cwd=cwd)
    assert done.returncode == 0, done.stderr
    assert image.read_bytes() == made


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory) -> broken.Bed:
    return broken.Bed(tmp_path_factory.mktemp("broken"))


@pytest.mark.live
@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_any_moment(bed: broken.Bed, seed: int) -> None:
    assert bed.broken(random.Random(seed)) == []


def test_states_that_differ_are_told() -> None:
    one, other = {"a": "1", "b": "1", "c": "1"}, {"b": "1", "c": "2", "d": "1"}
    assert broken.differ(one, other) == ["a is missing", "d is there", "c differs"]
    assert broken.differ(one, one) == []


def test_only_the_start_of_python_itself_is_excused() -> None:
    ours = f'File "{REPOSITORY}/tcbsplit/cli/app.py"\nKeyboardInterrupt'
    assert broken.Done(1, "init_import_site\nKeyboardInterrupt").early()
    assert not broken.Done(1, ours).early()
    assert not broken.Done(0, "Exception ignored\nKeyboardInterrupt").early()
    assert not broken.Done(130, "tcbsplit: interrupted").early()
