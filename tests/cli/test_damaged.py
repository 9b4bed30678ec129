# SPDX-License-Identifier: MIT
"""Damaged files of every kind end in one or two lines and exit status 2, never in a traceback."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import capture_tiny
from tests.soak.images import AT_1_MIB, kernel, link
from tests.support.cli import tcbsplit
from tests.support.shared import Shared

SEEDS = range(4)


def _truncated(path: Path, dice: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: dice.randrange(len(content.rstrip()))])


def _flipped(path: Path, dice: random.Random) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(3):
        content[dice.randrange(len(content))] = dice.randrange(256)
    path.write_bytes(content)


def _undecodable(path: Path, dice: random.Random) -> None:
    content = path.read_bytes()
    at = dice.randrange(len(content))
    path.write_bytes(content[:at] + b"\xff\xfe\x80" + content[at:])


def _nested(path: Path, dice: random.Random) -> None:
    if path.suffix == ".msgpack":
        path.write_bytes(b"\x91" * 100_000 + b"\xc0")
    else:
        path.write_text("[" * 100_000 + "]" * dice.randrange(100_000))


def _other(path: Path, dice: random.Random) -> None:
    path.write_bytes(dice.choice([b"", b"{}", b"[]", b"null", b"\xc0", b"\x90", b"version: 99\n"]))


def _folder(path: Path, dice: random.Random) -> None:
    path.unlink()
    path.mkdir()


def _endless(path: Path, dice: random.Random) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _pipe(path: Path, dice: random.Random) -> None:
    path.unlink()
    os.mkfifo(path)


DAMAGE = [_truncated, _flipped, _undecodable, _nested, _other, _folder, _endless, _pipe]
BOOT = "tiny/reports/tiny/traces/up-original"
# A machine that says "here" and ends; all of it is called as a function of the program is.
SCENARIO = """
scenarios:
  up:
    summary: it comes up
    builds: [original]
    machine: {virtualization: none}
    expect: [{text: here}]
    exit: 33
    boundaries: [{phase: runtime, symbol: main}]
"""
# Each artifact, and the command that reads it: in the folder of the program, then in the work's.
READ = {
    "configuration": ("tiny/tiny.yaml", ["analyze", "{config}", "--compdb", "{database}"]),
    "compile database": (
        "tiny/compile_commands.json",
        ["analyze", "{config}", "--compdb", "{database}"],
    ),
    "stamp": (
        "tiny/reports/tiny/analysis.stamp",
        ["analyze", "{config}", "--compdb", "{database}"],
    ),
    "program": ("tiny/reports/tiny/program.msgpack", ["explain", "{config}", "main"]),
    "graph": ("tiny/reports/tiny/graph.msgpack", ["explain", "{config}", "main"]),
    "classes": ("tiny/reports/tiny/classes.msgpack", ["explain", "{config}", "main"]),
    "manifest": ("split/manifest.json", ["verify", "{out}"]),
    "executed set": (f"{BOOT}/executed.json", ["audit", "{config}", "--recorded"]),
    "image that ran": (f"{BOOT}/image.elf", ["audit", "{config}", "--recorded"]),
    "recorded boot": (f"{BOOT}/boot.json", ["boot", "{config}", "--replay", "{boot}"]),
    "recorded console": (f"{BOOT}/serial.log", ["boot", "{config}", "--replay", "{boot}"]),
    "times of a console": (f"{BOOT}/serial.times", ["boot", "{config}", "--replay", "{boot}"]),
    "lock": ("tcb.lock", ["check", "{config}", "--compdb", "{database}", "--baseline", "{lock}"]),
}


@pytest.fixture(scope="module")
def made(shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All artifacts of the small program; what a test has damaged it restores."""
    folder = tmp_path_factory.mktemp("damaged")
    captured = shared("tiny captured", capture_tiny) / "tiny tree"
    shutil.copytree(captured, folder / "tiny")
    database = folder / "tiny/compile_commands.json"
    database.write_text(database.read_text().replace(str(captured), str(folder / "tiny")))
    config = folder / "tiny/tiny.yaml"
    with config.open("a") as file:
        file.write(SCENARIO)
    image = link(folder / "kernel.elf", kernel("main"), AT_1_MIB)
    for words in (
        ["analyze", config, "--compdb", database],
        ["split", config, "--trees", folder / "split"],
        ["check", config, "--compdb", database, "--baseline", folder / "tcb.lock", "--update"],
        ["trace", config, "--set", f"original={image}"],
        ["audit", config, "--recorded"],
    ):
        done = tcbsplit(*words, cwd=folder)
        assert done.returncode == 0, done.stderr
    return folder


def _changed(made: Path, kind: str, damage: Callable[[Path, random.Random], None]) -> None:
    place, words = READ[kind]
    path = made / place
    names = {
        "config": made / "tiny/tiny.yaml",
        "database": made / "tiny/compile_commands.json",
        "out": made / "split",
        "lock": made / "tcb.lock",
        "boot": made / BOOT,
    }
    for _ in range(10):  # no stamp is written for inputs that have just changed
        if path.exists():
            break
        time.sleep(0.3)
        tcbsplit(*(w.format(**names) for w in words), cwd=made)
    keep = path.read_bytes()
    for seed in SEEDS:
        damage(path, random.Random(f"{kind} {damage.__name__} {seed}"))
        done = tcbsplit(*(w.format(**names) for w in words), cwd=made)
        said = done.stderr + done.stdout
        assert "Traceback" not in said, said
        if damage is not _flipped:  # three bytes may change a name, or nothing
            assert done.returncode in (0, 1, 2), said
            assert kind == "stamp" or done.returncode, (damage.__name__, seed, said)
        if done.returncode == 2 and kind not in ("configuration", "compile database"):
            assert len(done.stderr.strip().splitlines()) <= 3, done.stderr
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
        path.write_bytes(keep)


@pytest.mark.parametrize("kind", READ)
@pytest.mark.parametrize("damage", DAMAGE, ids=[d.__name__ for d in DAMAGE])
def test_a_damaged_file(
    made: Path, kind: str, damage: Callable[[Path, random.Random], None]
) -> None:
    _changed(made, kind, damage)
