# SPDX-License-Identifier: MIT
"""Runs the command line in the process of the test, and checks how it ends."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

from tcbsplit.__main__ import main


def tcbsplit(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run ``tcbsplit`` in ``cwd``; as fast as a process of its own is not."""
    words = ["tcbsplit", *map(str, arguments)]
    out, errors = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(errors),
        mock.patch.object(sys, "argv", words),
    ):
        try:
            main()
            status: object = 0
        except SystemExit as end:
            status = end.code or 0
        finally:
            gc.enable()  # which the command line turns off
    assert isinstance(status, int), status
    return subprocess.CompletedProcess(words, status, out.getvalue(), errors.getvalue())


def tcbsplit_process(
    *arguments: object, cwd: Path, timeout: float = 120, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run ``tcbsplit`` as a user does, as a process, with more in its ``environment``."""
    return subprocess.run(
        [sys.executable, "-m", "tcbsplit", *map(str, arguments)],
        cwd=cwd, env=os.environ | environment, capture_output=True, text=True, timeout=timeout,
    )  # fmt: skip


def refused(done: subprocess.CompletedProcess[str], *wanted: str) -> None:
    """Check that it ended with status 2, each of ``wanted`` on stderr and nothing on stdout."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    missing: Sequence[str] = [text for text in wanted if text not in done.stderr]
    assert not missing, done.stderr
    assert done.stdout == ""


def edit(path: Path, old: str, new: str) -> None:
    """Replace ``old``, which must be there, in a file."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def analyze(tiny: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Analyse the small program into ``tmp_path / "out"``."""
    return tcbsplit(
        "analyze", tiny / "tiny.yaml", "--compdb", tiny / "compile_commands.json",
        "--artifacts", tmp_path / "out", cwd=tmp_path,
    )  # fmt: skip
