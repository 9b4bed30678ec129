# SPDX-License-Identifier: MIT
"""An assembler that hangs: ended with all it started, and named."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tcbsplit.cli.app import app

ASSEMBLER = """\
#!/bin/sh
case "$*" in *-c*) echo $$ >> {pids}; sleep 600 ;; esac
"""
CONFIG = """\
version: 1
name: hung
source: .
image: hung
roots: {boot: [start]}
"""


def test_an_assembler_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    pids, slow = tmp_path / "pids", tmp_path / "slow-as"
    slow.write_text(ASSEMBLER.format(pids=pids))
    slow.chmod(0o755)
    (tmp_path / "c.c").write_text("void start (void) { }\n")
    (tmp_path / "m.S").write_text(".globl m\nm: ret\n")
    (tmp_path / "x.yaml").write_text(CONFIG)
    database = [
        {"directory": str(tmp_path), "file": name, "arguments": [compiler, "-c", name]}
        for name, compiler in (("c.c", "gcc"), ("m.S", str(slow)))
    ]
    (tmp_path / "compile_commands.json").write_text(json.dumps(database))
    done = CliRunner().invoke(
        app,
        ["analyze", str(tmp_path / "x.yaml"), "--compdb", str(tmp_path / "compile_commands.json"),
         "--artifacts", str(tmp_path / "out"), "--unit-timeout", "1", "--no-cache",
         "--trust-database"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "1 units with parse errors (their facts may lack), 1 of them not read" in done.output
    assert "m.S:0: not read within 1 s, abandoned; --unit-timeout gives it longer" in done.output
    (pid,) = map(int, pids.read_text().split())
    end = time.monotonic() + 10
    while (_runs(pid) or list(scratch.iterdir())) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _runs(pid)
    assert list(scratch.iterdir()) == []


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_limit_is_not_for_a_cluster(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(CONFIG)
    done = CliRunner().invoke(
        app,
        ["analyze", str(tmp_path / "x.yaml"), "--executor", "dask://127.0.0.1:1",
         "--unit-timeout", "1"],
        env=dict(os.environ),
    )  # fmt: skip
    assert done.exit_code == 2
    assert "--unit-timeout is kept by processes of this machine only" in done.output


SOURCE = ".globl m, other\nm: jmp other\nother: call start\nret\n"


def analysed(tree: Path, *words: str) -> tuple[str, set[str]]:
    """Return what an analysis says of a program with m.s, and the functions that it knows."""
    (tree / "c.c").write_text("void m (void); void start (void) { m (); }\n")
    (tree / "x.yaml").write_text(CONFIG)
    database = [
        {"directory": str(tree), "file": "c.c", "arguments": ["gcc", "-c", "c.c"]},
        {"directory": str(tree), "file": "m.s", "arguments": list(words), "output": "m.o"},
    ]
    (tree / "compile_commands.json").write_text(json.dumps(database))
    done = CliRunner().invoke(
        app,
        ["analyze", str(tree / "x.yaml"), "--compdb", str(tree / "compile_commands.json"),
         "--artifacts", str(tree / "out"), "--no-cache"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    found = json.loads((tree / "out/analysis.json").read_text())
    edges = {f"{e['caller']} -> {e['callee']}" for e in found["edges"]}
    return done.output, edges


EDGES = {"start -> m", "m -> other", "other -> start"}
GUESSED = {"start -> m.s:code of m.s", "m.s:code of m.s -> start"}  # by the names in the text


def test_what_an_unknown_assembler_made_is_read(tmp_path: Path) -> None:
    (tmp_path / "m.s").write_text(SOURCE)
    subprocess.run(["as", "-o", "m.o", "m.s"], cwd=tmp_path, check=True)
    said, edges = analysed(tmp_path, "my-as", "--64", "-o", "m.o", "m.s")
    assert edges == EDGES
    assert "parse errors" not in said


def test_without_an_object_an_unknown_assembler_is_named(tmp_path: Path) -> None:
    (tmp_path / "m.s").write_text(SOURCE)
    said, edges = analysed(tmp_path, "my-as", "--64", "-o", "m.o", "m.s")
    assert edges == GUESSED
    assert "m.s:0: my-as is no compiler that this machine has under a known name" in said


def test_what_is_no_object_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "m.s").write_text(SOURCE)
    (tmp_path / "m.o").write_text("no object\n")
    said, edges = analysed(tmp_path, "my-as", "--64", "-o", "m.o", "m.s")
    assert edges == GUESSED
    assert "m.s:0: my-as is no compiler" in said


def test_the_error_of_an_assembler_has_its_place(tmp_path: Path) -> None:
    (tmp_path / "m.s").write_text(SOURCE + "what\n")
    said, edges = analysed(tmp_path, "gcc", "-c", "-o", "m.o", "m.s")
    assert edges == GUESSED
    assert "m.s:5: no such instruction: `what'" in said


def test_an_object_of_an_older_source_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "m.s").write_text(SOURCE)
    subprocess.run(["as", "-o", "m.o", "m.s"], cwd=tmp_path, check=True)
    made = (tmp_path / "m.o").stat().st_mtime
    os.utime(tmp_path / "m.s", (made + 1, made + 1))
    _, edges = analysed(tmp_path, "my-as", "-o", "m.o", "m.s")
    assert edges == GUESSED
