# SPDX-License-Identifier: MIT
"""The same split gives the same percentage in every output, and each says what it counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tcbsplit.pipeline.bounds import bounds
from tcbsplit.report.tables import COUNTED_LINES, MEASURES, change
from tests.support.cli import tcbsplit
from tests.support.made import Made


@pytest.fixture
def made(tiny: Path, tmp_path: Path) -> Made:
    return Made(tiny, tmp_path)


def test_one_percentage(made: Made, tmp_path: Path) -> None:
    kept = ("--artifacts", tmp_path / "kept")
    database = ("--compdb", made.compdb)
    for words in (
        ("analyze", made.config, *database, *kept),
        ("split", made.config, *database, *kept),
        ("check", made.config, *database, *kept, "--baseline", tmp_path / "lock", "--update"),
    ):
        done = tcbsplit(*words, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    checked = done.stdout
    said = tcbsplit("report", made.config, *kept, cwd=tmp_path).stdout
    bounded = tcbsplit("bounds", made.config, *kept, cwd=tmp_path).stdout
    table = json.loads((tmp_path / "kept/split/report.json").read_text())["table"]
    shown = change(table["reduction_lines"])
    original = table["total"]["original"]["lines"]
    thin = table["total"]["kept"]["lines"] + table["total"]["glue"]["lines"]
    assert f"TCB: {shown} source lines ({original} -> {thin}, glue counted)" in checked
    assert f"TCB: {shown} source lines ({original} -> {thin}, glue counted)" in said
    assert f"all edges: {original} -> {thin} lines" in bounded
    assert f"{shown} lines\n" in bounded
    for name in ("REPORT.md", "report.html"):
        text = (tmp_path / "kept/split" / name).read_text()
        assert shown in text
        assert all(m.counts in text for m in MEASURES)
    assert COUNTED_LINES in bounded


def test_without_a_split_only_functions_leave(made: Made, tmp_path: Path) -> None:
    found = bounds(made.settings, made.space, out=tmp_path / "nothing there")
    split = bounds(made.settings, made.space, out=made.out)
    assert not found.whole.glue
    assert split.whole.glue
    assert found.whole.original.lines == split.whole.original.lines
    assert found.whole.thin.lines < found.whole.original.lines
    assert found.whole.saved != split.whole.saved  # the glue of a small program outweighs it


@pytest.mark.parametrize(
    ("saved", "text"), [(0.086, "-8.6 %"), (-0.5, "+50.0 %"), (0.0001, "0.0 %"), (0.0, "0.0 %")]
)
def test_changes_have_a_sign(saved: float, text: str) -> None:
    assert change(saved) == text
