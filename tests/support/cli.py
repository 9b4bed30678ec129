"""Runs the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def tcbsplit(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tcbsplit", *map(str, arguments)],
        cwd=cwd, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def refused(done: subprocess.CompletedProcess[str], *wanted: str) -> None:
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    for text in wanted:
        assert text in done.stderr
    assert done.stdout == ""


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def analyze(tiny: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    return tcbsplit(
        "analyze", tiny / "tiny.yaml", "--compdb", tiny / "compile_commands.json",
        "--out", tmp_path / "out", cwd=tmp_path,
    )  # fmt: skip
