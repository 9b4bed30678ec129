# SPDX-License-Identifier: MIT
"""Odd values of settings, locales and masks: one or two lines, and files with the right modes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli import edit, refused, tcbsplit

LONG = "a/" * 2500


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("source: .", "source: /", "/ is all of this machine, not a source tree"),
        ("source: .", f"source: {LONG}", "no such folder"),
        ("source: .", "source: none", "no such folder"),
        ("version: 1", f"version: {'[' * 400}{']' * 400}", "nested deeper than 100 levels"),
    ],
)
def test_a_setting_that_cannot_be(
    tiny: Path, tmp_path: Path, old: str, new: str, told: str
) -> None:
    edit(tiny / "tiny.yaml", old, new)
    done = tcbsplit("analyze", tiny / "tiny.yaml", cwd=tmp_path)
    refused(done, told, "tiny.yaml:")
    assert len(done.stderr) < 1000


@pytest.mark.parametrize("file", ["none.txt", "include", LONG])
def test_a_list_of_files_that_is_none(tiny: Path, tmp_path: Path, file: str) -> None:
    analysed = ["analyze", tiny / "tiny.yaml", "--compdb", tiny / "compile_commands.json"]
    config = tiny / "tiny.yaml"
    lines = config.read_text().splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if "list:" in line)
    lines[at] = f"    list: {{file: {file}, after: x, text: y}}\n"
    while lines[at + 1].startswith("      "):
        del lines[at + 1]
    config.write_text("".join(lines))
    done = tcbsplit(*analysed, cwd=tmp_path)
    if done.returncode == 0:
        done = tcbsplit("split", config, "--trees", tmp_path / "out", cwd=tmp_path)
    refused(done)
    assert not (tmp_path / "out").exists()


def test_names_beyond_ascii_under_the_c_locale(tiny: Path, tmp_path: Path) -> None:
    tree = tmp_path / "bäume 樹"
    tiny.rename(tree)
    database = tree / "compile_commands.json"
    database.write_text(database.read_text().replace(str(tiny), str(tree)))
    done = subprocess.run(
        [sys.executable, "-m", "tcbsplit", "analyze", tree / "tiny.yaml", "--compdb", database],
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        cwd=tmp_path, capture_output=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_nothing_of_the_current_folder_runs_under_the_c_locale(tmp_path: Path) -> None:
    for name in ("tcbsplit", "yaml", "typer"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("print ('run')\n")
        (tmp_path / name / "__main__.py").write_text("print ('run')\n")
    script = Path(sys.executable).with_name("tcbsplit")
    done = subprocess.run(
        [script, "--version"],
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("tcbsplit ") and "run" not in done.stdout


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_files_have_the_modes_that_the_mask_leaves(tiny: Path, tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        for words in (
            ["analyze", tiny / "tiny.yaml", "--compdb", tiny / "compile_commands.json"],
            ["split", tiny / "tiny.yaml", "--trees", tmp_path / "out"],
        ):
            assert tcbsplit(*words, cwd=tmp_path).returncode == 0
    finally:
        os.umask(before)
    made = [
        tmp_path / "out",
        *(tmp_path / "out").rglob("*"),
        *(tmp_path / "tiny/reports").rglob("*"),
    ]
    assert len(made) > 20
    for path in made:
        mode = path.stat().st_mode & 0o777
        assert mode in ((0o777 & ~mask), (0o666 & ~mask)), (path, oct(mode))
