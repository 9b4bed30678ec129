# SPDX-License-Identifier: MIT
"""Tables and pictures of a report: a stable schema, texts that cannot be taken for more."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from tcbsplit.model.report import Report
from tcbsplit.model.table import BARS, FILES, JSON, LATEX, TREEMAP, Table, TableName
from tcbsplit.pipeline.report import report
from tcbsplit.pipeline.verify import verify
from tcbsplit.report.exports import exports
from tcbsplit.report.exports.text import csv_text, latex_text
from tests.support.made import Made
from tests.support.pages import HOSTILE, contents

GOLDEN = Path(__file__).resolve().parent / "golden"


def schema(found: dict[str, Any]) -> str:
    lines = [f"version {found['version']}"]
    for table in found["tables"]:
        columns = ", ".join(f"{c['name']}: {c['kind']}" for c in table["columns"])
        lines.append(f"{table['name']}: {columns}")
    return "\n".join(lines) + "\n"


def test_the_schema_is_stable(golden: Callable[[Path, str], None]) -> None:
    """A change of names or order needs another TABLES_VERSION; new columns come last."""
    golden(GOLDEN / "tables.txt", schema(json.loads(exports(contents(60))[JSON])))


def test_csv_and_json_hold_the_same(tiny: Path, tmp_path: Path) -> None:
    made = Made(tiny, tmp_path)
    report(made.settings, made.space, made.out)
    folder = made.out / "tables"
    assert {f"tables/{p.name}" for p in folder.iterdir()} == FILES
    found = json.loads((folder / JSON).read_text())
    assert [t["name"] for t in found["tables"]] == list(TableName)
    for table in found["tables"]:
        with (folder / f"{table['name']}.csv").open(newline="") as file:
            head, *rows = csv.reader(file)
        assert head == [c["name"] for c in table["columns"]]
        assert len(rows) == len(table["rows"])
        for row, values in zip(rows, table["rows"], strict=True):
            assert row == [shown(v) for v in values]
    by_name = {t["name"]: t["rows"] for t in found["tables"]}
    assert by_name["functions"] and by_name["sizes"] and by_name["cuts"]
    assert verify(made.out).problems == ()
    (folder / "another.csv").write_text("")
    assert any("another.csv" in p for p in verify(made.out).problems)


def shown(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "", True: "true", False: "false"}[value]
    return str(value)


def test_a_value_is_no_formula() -> None:
    table = Table(
        name=TableName.DOUBTS, about="", columns=contents_table().columns,
        rows=(("=1+1", "@a", None, "-b,\"c\"\n"),),
    )  # fmt: skip
    (_, row) = csv.reader(io.StringIO(csv_text(table), newline=""))
    assert row == ["'=1+1", "'@a", "", '\'-b,"c"\n']


def contents_table() -> Table:
    text = exports(contents(60))[JSON]
    found = msgspec.convert(json.loads(text)["tables"][-1], Table)
    assert found.name is TableName.DOUBTS
    return found


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="has not 4 values"):
        msgspec.structs.replace(contents_table(), rows=(("a",),))


@pytest.mark.parametrize("name", [BARS, TREEMAP])
def test_pictures_are_xml_with_every_text_escaped(name: str) -> None:
    root = ElementTree.fromstring(exports(contents(3000))[name])
    assert root.tag.endswith("svg")
    tags = {e.tag.rpartition("}")[2] for e in root.iter()}
    assert tags == {"svg", "title", "rect", "text"}


def test_the_treemap_has_areas_by_size(tiny: Path, tmp_path: Path) -> None:
    made = Made(tiny, tmp_path)
    report(made.settings, made.space, made.out)
    root = ElementTree.parse(made.out / "tables" / TREEMAP).getroot()
    areas = {}
    for box in root.iter("{http://www.w3.org/2000/svg}rect"):
        title = box.find("{http://www.w3.org/2000/svg}title")
        if title is not None and (
            match := re.fullmatch(r"all/(\w+\.c): (\d+) lines, \w+", title.text or "")
        ):
            areas[match[1]] = (
                float(box.get("width", 0)) * float(box.get("height", 0)) / int(match[2])
            )
    assert len(areas) > 2
    assert max(areas.values()) < 1.05 * min(areas.values())


def test_latex_escapes_names() -> None:
    found = contents(60).report
    text = latex_text(msgspec.structs.replace(found, name=r"50%_#{\}$&~^"))
    assert r"50\%\_\#\{\textbackslash{}\}\$\&\textasciitilde{}\textasciicircum{}" in text
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == 1
    assert "<script" not in text
    assert HOSTILE not in text
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert len(rows) == 2 + len(found.table.rows) + 2
    assert isinstance(found, Report)
    assert LATEX in exports(contents(60))
