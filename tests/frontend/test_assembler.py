# SPDX-License-Identifier: MIT
"""An assembler that hangs: ended with all it started, and named."""

from __future__ import annotations

import json
import os
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
