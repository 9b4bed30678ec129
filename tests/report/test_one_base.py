# SPDX-License-Identifier: MIT
"""The same split gives the same percentage in every output, and each says what it counts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tcbsplit.pipeline.bounds import bounds
from tcbsplit.report.html.page import html
from tcbsplit.report.tables import COUNTED_LINES, MEASURES, change, resident_line, resident_of
from tests.support.cli import tcbsplit
from tests.support.made import Made
from tests.support.pages import contents


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


def test_resident_is_on_the_base_of_thin() -> None:
    """Of 650 lines of thin, functions of 300 lines are erased."""
    report = contents(30).report
    assert resident_of(report.table.total, "lines", report.resident) == 350
    assert resident_of(report.table.total, "complexity", report.resident) is None
    assert resident_of(report.table.total, "lines", None) is None
    assert report.resident is not None
    assert "-65.0 % source lines (1000 -> 350)" in resident_line(report.table, report.resident)
    shown = html(contents(30))
    assert 'resident: 350"' in shown
    assert "not measured" in html(
        replace(contents(30), report=msgspec.structs.replace(report, resident=None))
    )


@pytest.mark.parametrize(
    ("saved", "text"), [(0.086, "-8.6 %"), (-0.5, "+50.0 %"), (0.0001, "0.0 %"), (0.0, "0.0 %")]
)
def test_changes_have_a_sign(saved: float, text: str) -> None:
    assert change(saved) == text
