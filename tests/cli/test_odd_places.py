# SPDX-License-Identifier: MIT
"""Odd folders, full and read-only disks, closed streams: a line, the right status, no traceback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.support.cli import tcbsplit
from tests.support.made import BUILD

NAMES = {
    "blanks": "a  b ",
    "quotes": 'it\'s "so"',
    "shell": "$(touch owned);`id`&|<>*?[a]!#~",
    "newline": "two\nlines",
    "beyond-ascii": "bäume 樹 🌳",
    "dashes": "-rf",
    "braces": "{source} %s \\n",
    "colon": "C: x,y=z",
    "long": "/".join(["d" * 60] * 5),
}
TOOL = [sys.executable, "-m", "tcbsplit"]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPOSITORY), **more}


def laid(tiny: Path, place: Path) -> Path:
    """The small program with its builds, uncaptured, in ``place``; its configuration."""
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(tiny, place)
    (place / "compile_commands.json").unlink()
    config = place / "tiny.yaml"
    config.write_text(config.read_text() + BUILD)
    return config


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_all_stages_in_a_folder_with_an_odd_name(tiny: Path, tmp_path: Path, name: str) -> None:
    config = laid(tiny, tmp_path / name / "tree")
    for words in (
        ["run", config, "--until", "build"],
        ["report", config],
        ["explain", config, "main"],
        ["verify", config.parent / "reports/tiny/split"],
        ["status", config],
    ):
        done = tcbsplit(*words, cwd=tmp_path)
        assert done.returncode == 0, (words, done.stderr)
        assert done.stderr == ""
    assert not list(tmp_path.rglob("owned"))
    assert "report up to date" in " ".join(done.stdout.split()), done.stdout


def namespaces() -> bool:
    done = subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False)
    return done.returncode == 0


mounts = pytest.mark.skipif(not namespaces(), reason="unshare -rm: no mounts are permitted here")
SMALL = """
mount -t tmpfs -o size="$1",mode=777 none "$2" && cp -r "$3" "$2/tree" && shift 3 &&
{ "$@"; echo "status $?"; }
mount -o remount,size=200m "$OLDPWD" && { "$@"; echo "status $?"; }
"""
FIXED = """
mount -t tmpfs none "$1" && cp -r "$2" "$1/tree" && mount -o remount,ro "$1" && shift 2 && "$@"
"""


@mounts
@pytest.mark.parametrize("room", [48, 64, 96, 128, 192, 256, 320])
def test_a_full_disk(tiny: Path, tmp_path: Path, room: int) -> None:
    """A file system of so many KiB; then it has room, and the run goes on."""
    config = laid(tiny, tmp_path / "tree")
    place = tmp_path / "small"
    place.mkdir()
    words = [*TOOL, "run", str(place / "tree/tiny.yaml"), "--until", "build"]
    script = f"cd '{place}' && cd / && {SMALL}"
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", f"{room}k", place, config.parent, *words],
        env=environment(TCBSPLIT_CACHE=str(place / "facts.sqlite")), capture_output=True,
        text=True, timeout=200,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert "Traceback" not in said, said
    told = [line for line in done.stdout.splitlines() if line.startswith("status ")]
    assert told == ["status 2", "status 0"], said
    assert 1 <= len(done.stderr.splitlines()) <= 8, said
    assert "No space left on device" in said, said


@mounts
@pytest.mark.parametrize("stage", ["analyze", "run", "init", "check", "report", "build"])
def test_a_read_only_place(tiny: Path, tmp_path: Path, stage: str) -> None:
    place = tmp_path / "fixed"
    place.mkdir()
    words = {
        "analyze": ["analyze", "tiny.yaml", "--compdb", "compile_commands.json"],
        "run": ["run", "tiny.yaml", "--compdb", "compile_commands.json"],
        "init": ["init", ".", "--compdb", "compile_commands.json"],
        "check": ["check", "tiny.yaml", "--compdb", "compile_commands.json", "--baseline", "l"],
        "report": ["report", "tiny.yaml"],
        "build": ["build", "tiny.yaml"],
    }[stage]
    script = FIXED.replace('&& "$@"', '&& cd "$PLACE/tree" && "$@"')
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", place, tiny, *TOOL, *words],
        env=environment(PLACE=str(place)), capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert 1 <= len(done.stderr.splitlines()) <= 2, done.stderr


STREAMS = {
    "stdout closed": ">&-", "stderr closed": "2>&-", "stdin closed": "<&-",
    "all closed": "<&- >&- 2>&-", "full stdout": ">/dev/full", "full stderr": "2>/dev/full",
    "both full": ">/dev/full 2>/dev/full",
}  # fmt: skip
COMMANDS = {
    "help": ["--help"], "version": ["--version"], "topic": ["help", "first-hour"],
    "status": ["status", "tiny.yaml"], "json": ["analyze", "tiny.yaml", "--json"],
    "schema": ["config", "schema"], "wrong": ["explain", "tiny.yaml", "nothing"],
    "usage": ["explain"],
}  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("streams", STREAMS.values(), ids=STREAMS)
def test_streams_that_cannot_be_written(tiny: Path, command: str, streams: str) -> None:
    with (tiny / "tiny.yaml").open("a") as config:
        config.write("compdb: compile_commands.json\n")
    if command in ("wrong", "status"):
        assert tcbsplit("analyze", "tiny.yaml", cwd=tiny).returncode == 0
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {streams}', "sh", *TOOL, *COMMANDS[command]],
        cwd=tiny, env=environment(), capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr, done.stderr
    fails = command in ("wrong", "usage") or ">&-" in streams.replace("2>&-", "")
    fails |= streams.startswith(">/dev/full")
    assert done.returncode == (2 if fails else 0), done.stderr
    if "2>" not in streams and fails and command not in ("wrong", "usage"):
        assert done.stderr.startswith("tcbsplit: standard output: "), done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_nothing_is_written_into_a_file_that_took_the_place_of_a_stream(tiny: Path) -> None:
    """With closed streams, the first file that is opened would be standard output."""
    words = [*TOOL, "analyze", "tiny.yaml", "--compdb", "compile_commands.json"]
    cache = tiny.parent / "facts.sqlite"
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *words],
        cwd=tiny, env=environment(TCBSPLIT_CACHE=str(cache)), timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert cache.read_bytes().startswith(b"SQLite format 3\0")
    assert tcbsplit(*words[3:], cwd=tiny).returncode == 0


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LC_ALL": "POSIX", "LANG": ""}])
def test_text_beyond_ascii_is_printed_under_the_c_locale(
    tiny: Path, locale: dict[str, str]
) -> None:
    off = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
    source = (tiny / "main.c").read_text().replace("banner", "bänner")
    (tiny / "main.c").write_text(source)
    for words in (["analyze", "tiny.yaml"], ["explain", "tiny.yaml", "bänner"], ["explain", "ö"]):
        more = ["--compdb", "compile_commands.json"] if words[0] == "analyze" else []
        done = subprocess.run(
            [*TOOL, *words, *more], cwd=tiny, env=environment(**locale, **off),
            capture_output=True, timeout=100,
        )  # fmt: skip
        said = done.stdout.decode() + done.stderr.decode()
        assert "Traceback" not in said, said
        assert done.returncode == (2 if words[1] == "ö" else 0), said
