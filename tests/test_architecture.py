# SPDX-License-Identifier: MIT
"""The house keeps its rules: dependency contracts, small files, simple functions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from radon.complexity import cc_rank, cc_visit

REPOSITORY = Path(__file__).resolve().parent.parent
MOST_LINES = 330


def test_dependency_contracts_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_files_fit_in_a_head() -> None:
    long = {
        str(p.relative_to(REPOSITORY)): n
        for p in (REPOSITORY / "tcbsplit").rglob("*.py")
        if (n := len(p.read_text().splitlines())) > MOST_LINES
    }
    assert not long


def test_functions_are_simple() -> None:
    bad = [
        f"{p.relative_to(REPOSITORY)}:{block.lineno}: {block.name} {cc_rank(block.complexity)}"
        for p in (REPOSITORY / "tcbsplit").rglob("*.py")
        for block in cc_visit(p.read_text())
        if cc_rank(block.complexity) > "C"
    ]
    assert not bad
