# SPDX-License-Identifier: MIT
"""Artifacts and emitted trees: one place for each configuration, found from any folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tcbsplit.artifacts import all_files, source_files
from tests.support.cli import edit, refused, tcbsplit


def analysed(tiny: Path, cwd: Path) -> None:
    words = ("analyze", tiny / "tiny.yaml", "--compdb", tiny / "compile_commands.json")
    done = tcbsplit(*words, cwd=cwd)
    assert done.returncode == 0, done.stderr


def test_artifacts_are_found_from_any_folder(tiny: Path, tmp_path: Path) -> None:
    analysed(tiny, tmp_path)
    (tmp_path / "elsewhere").mkdir()
    assert (tiny / "reports/tiny/analysis.json").is_file()
    done = tcbsplit("explain", tiny / "tiny.yaml", "main", cwd=tmp_path / "elsewhere")
    assert done.returncode == 0, done.stderr


def test_the_configuration_says_where_artifacts_and_database_are(
    tiny: Path, tmp_path: Path
) -> None:
    edit(
        tiny / "tiny.yaml", "image: tiny",
        "image: tiny\nartifacts: ../kept/here\ncompdb: compile_commands.json",
    )  # fmt: skip
    done = tcbsplit("analyze", tiny / "tiny.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tiny.parent / "kept/here/analysis.json").is_file()
    assert not (tiny / "reports").exists()


def test_every_stage_has_the_same_two_options(tiny: Path, tmp_path: Path) -> None:
    database = ("--compdb", tiny / "compile_commands.json")
    kept = ("--artifacts", tmp_path / "kept")
    trees = ("--trees", tmp_path / "trees")
    for words in (
        ("analyze", tiny / "tiny.yaml", *database, *kept),
        ("split", tiny / "tiny.yaml", *database, *kept, *trees),
        ("report", tiny / "tiny.yaml", *kept),  # the trees of the last split
    ):
        done = tcbsplit(*words, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "trees/REPORT.md").is_file()
    assert not (tmp_path / "kept/split").exists()
    done = tcbsplit("split", tiny / "tiny.yaml", *kept, "--trees", tmp_path / "kept", cwd=tmp_path)
    refused(done, "kept: is not empty", "--trees")


@pytest.mark.parametrize("checkout", [False, True])
def test_artifacts_in_the_tree_are_no_source(tiny: Path, tmp_path: Path, checkout: bool) -> None:
    if checkout:
        subprocess.run(["git", "init", "-q"], cwd=tiny, check=True)
    before = source_files(tiny)
    analysed(tiny, tmp_path)
    done = tcbsplit("split", tiny / "tiny.yaml", "--trees", tiny / "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert source_files(tiny) == before
    assert {f for f in all_files(tiny) if f.startswith(("reports/", "out/"))} == set()
    again = tcbsplit("split", tiny / "tiny.yaml", "--trees", tmp_path / "again", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert not (tmp_path / "again/thin/reports").exists()
    (tiny / "reports/tiny/.gitignore").write_text("*.o\n")  # the user's own: no mark
    assert "reports/tiny/analysis.json" in source_files(tiny)
