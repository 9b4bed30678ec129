# SPDX-License-Identifier: MIT
"""The published figures are those of the tool as it is; the README's come from them."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from tcbsplit.model.vocabulary import Style
from tcbsplit.pipeline.saved import Analysed
from tcbsplit.pipeline.sizes import sizes
from tcbsplit.pipeline.workspace import Workspace
from tcbsplit.report.tables import HEADINGS, MEASURES, change, rows
from tests.figures.hypervisors import COLUMNS, published, with_table
from tests.figures.published import EXAMPLES, HEADLINE, KEPT, README
from tests.support.minivisor import Minivisor

FOLDER = EXAMPLES / "minivisor"
RENEW = "stale: make figures"


def saved() -> dict[tuple[str, str], dict[str, int]]:
    """The published sizes by measure and component."""
    with (FOLDER / "sizes.csv").open(newline="") as file:
        return {
            (row.pop("measure"), row.pop("component")): {k: int(v) for k, v in row.items()}
            for row in csv.DictReader(file)
        }


def stale(text: str, figures: dict[tuple[str, str], dict[str, int]]) -> list[str]:
    """The headlines in a text that are not those of the figures."""
    parts = []
    for measure, unit in (("lines", "source lines"), ("text_bytes", "bytes of functions")):
        total = figures[measure, "total"]
        saved = 1 - total["thin"] / total["original"]
        parts.append((change(saved), unit, total["original"], total["thin"]))
    wanted = "TCB: {} {} ({} -> {}, glue counted), ".format(*parts[0])
    wanted += "{} {} ({} -> {})".format(*parts[1])
    found = HEADLINE.findall(text)
    assert found
    return [line for line in found if line != wanted]


def test_the_readme_has_the_published_headline() -> None:
    for path in (README, FOLDER / "REPORT.md"):
        assert stale(path.read_text(), saved()) == [], RENEW


def test_a_stale_headline_is_found() -> None:
    figures = saved()
    figures["lines", "total"] = {**figures["lines", "total"], "thin": 1}
    assert stale(README.read_text(), figures)


@pytest.mark.long
def test_the_published_sizes_are_those_of_minivisor(minivisor: Minivisor) -> None:
    """Bytes depend on the compiler's version: the run of ``make figures`` has them."""
    trees = minivisor.divided(Style.EXCISE)
    analysed = Analysed.of(minivisor.settings, Workspace(trees.parent / "artifacts"))
    table = sizes(analysed, trees, how=minivisor.how)
    known = saved()
    for measure in MEASURES:
        if measure.figure == "text_bytes":
            continue
        for component, *figures in rows(table, measure.figure):
            now = dict(zip(HEADINGS[1:], map(int, figures), strict=True))
            assert known[measure.figure, component] == now, RENEW


def test_the_readme_has_the_published_hypervisors() -> None:
    text = README.read_text()
    assert with_table(text, published()) == text
    other = [{**row, "functions": "1"} for row in published()]
    assert with_table(text, other) != text


def test_other_hypervisors_have_a_commit_and_dates() -> None:
    found = published()
    assert len(found) >= 5
    for row in found:
        assert tuple(row) == COLUMNS
        assert re.fullmatch(r"[0-9a-f]{12}", row["commit"])
        assert all(re.fullmatch(r"20\d\d-\d\d-\d\d", row[k]) for k in ("committed", "analysed"))
        classes = sum(int(v) for k, v in row.items() if k.endswith("_functions"))
        assert classes == int(row["functions"])


def test_what_is_published_names_no_place_of_a_machine() -> None:
    names = {Path(n).name for n in KEPT}
    assert names | {"report.png"} == {p.name for p in FOLDER.iterdir()}
    for name in names:
        assert not re.search(r"/(tmp|home|root|work)/", (FOLDER / name).read_text()), name
