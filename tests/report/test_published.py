# SPDX-License-Identifier: MIT
"""The published figures are those of the tool as it is; the README's come from them."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from tcbsplit.model.vocabulary import Style
from tcbsplit.pipeline.saved import Analysed
from tcbsplit.pipeline.sizes import measured
from tcbsplit.pipeline.workspace import Workspace
from tcbsplit.report.tables import HEADINGS, MEASURES, change, rows
from tests.figures.compared import COMPARED, disagreements, with_figures
from tests.figures.hypervisors import COLUMNS, published, with_table
from tests.figures.published import EXAMPLES, HEADLINE, KEPT, README, RESIDENT
from tests.support.minivisor import Minivisor

FOLDER = EXAMPLES / "minivisor"
RENEW = "stale: make figures"


def saved(folder: Path = FOLDER) -> dict[tuple[str, str], dict[str, int]]:
    """The published sizes by measure and component."""
    with (folder / "sizes.csv").open(newline="") as file:
        return {
            (row.pop("measure"), row.pop("component")): {k: int(v) for k, v in row.items() if v}
            for row in csv.DictReader(file)
        }


def wanted(figures: dict[tuple[str, str], dict[str, int]]) -> dict[re.Pattern[str], str]:
    """The sentences that a text must have, by the pattern that finds them."""

    def figure(measure: str, column: str) -> tuple[str, int, int]:
        total = figures[measure, "total"]
        return change(1 - total[column] / total["original"]), total["original"], total[column]

    thin = "TCB: {} source lines ({} -> {}, glue counted), ".format(*figure("lines", "thin"))
    thin += "{} bytes of functions ({} -> {})".format(*figure("text_bytes", "thin"))
    resident = "resident while the target runs: {} source lines ({} -> {}), "
    resident = resident.format(*figure("lines", "resident"))
    resident += "{} bytes of functions ({} -> {})".format(*figure("text_bytes", "resident"))
    return {HEADLINE: thin, RESIDENT: resident}


def stale(text: str, figures: dict[tuple[str, str], dict[str, int]]) -> list[str]:
    """The sentences in a text that are not those of the figures."""
    found = {line: right for p, right in wanted(figures).items() for line in p.findall(text)}
    assert len(found) == 2
    return [line for line, right in found.items() if line != right]


def test_the_readme_has_the_published_headline() -> None:
    for path in (README, FOLDER / "REPORT.md"):
        assert stale(path.read_text(), saved()) == [], RENEW


def test_a_stale_headline_is_found() -> None:
    for column in ("thin", "resident"):
        figures = saved()
        figures["lines", "total"] = {**figures["lines", "total"], column: 1}
        assert len(stale(README.read_text(), figures)) == 1


@pytest.mark.long
def test_the_published_sizes_are_those_of_minivisor(minivisor: Minivisor) -> None:
    """Bytes, and what is resident of inline functions, depend on the compiler: not compared."""
    trees = minivisor.divided(Style.EXCISE)
    analysed = Analysed.of(minivisor.settings, Workspace(trees.parent / "artifacts"))
    table, beside = measured(analysed, trees, how=minivisor.how)
    known = saved()
    for measure in MEASURES:
        if measure.figure == "text_bytes":
            continue
        for component, *figures in rows(table, measure.figure, beside):
            now = {
                h: int(n)
                for h, n in zip(HEADINGS[1:], figures, strict=True)
                if n and h != "resident"
            }
            was = {h: n for h, n in known[measure.figure, component].items() if h != "resident"}
            assert was == now, RENEW


def test_the_readme_has_the_published_hypervisors() -> None:
    text = README.read_text()
    assert with_table(text, published()) == text
    other = [{**row, "functions": "1"} for row in published()]
    assert with_table(text, other) != text


def test_the_comparison_has_the_published_hypervisors() -> None:
    """docs/explanation/hypervisors.md says of each what hypervisors.csv says."""
    text = COMPARED.read_text()
    assert with_figures(text, published()) == text
    assert disagreements(text, published()) == []
    for column in ("commit", "units", "lines", "runtime_functions"):
        other = [{**row, column: "1234567"} for row in published()]
        assert with_figures(text, other) != text, column


@pytest.mark.parametrize("column", ["indirect", "unresolved", "assumed_edges"])
def test_a_comparison_that_disagrees_is_found(column: str) -> None:
    text = COMPARED.read_text()
    other = [{**row, column: "7"} if row["name"] == "bao" else row for row in published()]
    assert all(d.startswith("bao: ") for d in disagreements(text, other))
    assert disagreements(text, other)
    assert disagreements(text.replace("(0.37 %)", "(0.38 %)"), published())
    assert disagreements(text.replace("| empty, external", "| others"), published())


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
    assert names == {p.name for p in FOLDER.iterdir()}
    for name in names:
        assert not re.search(r"/(tmp|home|root|work)/", (FOLDER / name).read_text()), name


def test_the_split_of_bitvisor_is_of_the_published_commit() -> None:
    (row,) = (r for r in published() if r["name"] == "bitvisor")
    text = (EXAMPLES.parent / "README.md").read_text()
    assert f"`{row['repository']}` {row['commit']} of {row['committed']}" in " ".join(text.split())
    total = saved(EXAMPLES / "bitvisor")["lines", "total"]
    assert total["original"] == int(row["lines"])
    assert total["kept"] + total["glue"] == total["thin"] < total["original"]
