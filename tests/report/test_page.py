# SPDX-License-Identifier: MIT
"""The data of report.html: the chains of the analysis, prices, and no way out of its element."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tcbsplit.errors import Defect
from tcbsplit.model.page import PageEdge, PageFunction, PageVariable
from tcbsplit.model.phase import Classification
from tcbsplit.model.vocabulary import Phase
from tcbsplit.phases.prices import borders, cut_prices
from tcbsplit.pipeline.explain import explain
from tcbsplit.pipeline.report import report
from tcbsplit.pipeline.saved import Analysed
from tcbsplit.pipeline.what_if import what_if
from tcbsplit.pipeline.workspace import load
from tcbsplit.report.html import map as source_map
from tcbsplit.report.html import page as rendering
from tcbsplit.report.html.environment import asset
from tcbsplit.report.html.page import embedded, html
from tests.support.made import Made
from tests.support.pages import HOSTILE, contents


class Scripts(HTMLParser):
    """The text of each script element, as a browser divides the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "script":
            self.found.append("")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.found[-1] += data


@pytest.fixture
def made(tiny: Path, tmp_path: Path) -> Made:
    return Made(tiny, tmp_path)


def test_the_page_has_the_chains_of_the_analysis(made: Made) -> None:
    report(made.settings, made.space, made.out)
    text = (made.out / "report.html").read_text()
    data, details = map(json.loads, Scripts(text).found[:2])
    classes = load(made.space.classes, Classification)
    ids = [f[0] for f in data["functions"]]
    assert set(ids) == set(classes.functions)
    walked = 0
    for function in data["functions"]:
        for phase, arrival in zip(data["phases"], function[10], strict=True):
            way = [function[0]]
            while arrival >= 0:
                caller = data["functions"][details["edges"][arrival][0]]
                way.insert(0, caller[0])
                arrival = caller[10][data["phases"].index(phase)]
            known = classes.functions[function[0]].chains.get(Phase(phase))
            assert (known is None) == (arrival == -2)
            if known is not None:
                assert tuple(way) == known.ids
                walked += 1
    assert walked > 5


def test_dominators_are_those_of_explain(made: Made) -> None:
    report(made.settings, made.space, made.out)
    data = json.loads(Scripts((made.out / "report.html").read_text()).found[0])
    ids = [f[0] for f in data["functions"]]
    some = 0
    for function in data["functions"]:
        way, at = [], function[9]
        while at >= 0:
            way.append(ids[at])
            at = data["functions"][at][9]
        assert tuple(way) == explain(made.settings, made.space, function[0]).dominators
        some += bool(way)
    assert some


def test_the_page_names_no_place_of_this_machine(made: Made) -> None:
    report(made.settings, made.space, made.out)
    text = (made.out / "report.html").read_text()
    assert str(made.out.parent) not in text
    assert not re.search(r"(src|href)=[\"']?(https?:|//)", text)


def test_prices_agree_with_what_if(made: Made) -> None:
    analysed = Analysed.of(made.settings, made.space)
    request = analysed.request()
    scale = analysed.scale(None)
    found = borders(analysed.graph, request, scale, lambda f: f)  # each function by itself
    freeing = next(b for b in found if b.frees.lines)
    cut = what_if(made.settings, made.space, [f"{freeing.caller}->{freeing.callee}"], "", [])
    assert freeing.frees.lines <= cut.leaves.lines
    assert freeing.frees.functions >= 1
    classes = load(made.space.classes, Classification)
    prices = cut_prices(analysed.graph, request, classes.cut_edges, scale)
    assert len(prices) == len({c.cut for c in classes.cut_edges})
    assert any(p.frees.lines for p in prices)


def test_nothing_in_the_data_ends_its_element() -> None:
    text = embedded({"a": HOSTILE})
    assert json.loads(text) == {"a": HOSTILE}
    assert not re.search("[<>&]", text)
    page = html(contents(60))
    assert page.count("hit=1</script>") == 0
    assert len(Scripts(page).found) == len(rendering._SCRIPTS) + 2


def test_a_script_that_ends_its_element_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "asset", lambda name: "var a = '</script>'")
    with pytest.raises(Defect):
        html(contents(30))


def test_what_is_drawn_together_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_map, "_MOST", 2)
    tiles = source_map.first_map(contents(200).page)
    together = [t for t in tiles if t.title.split(":")[0].endswith(" more")]
    assert together and all(not t.address for t in together)
    assert sum(t.place.width * t.place.height for t in tiles if t.address == "#map/") == (
        source_map.WIDTH * source_map.HEIGHT
    )
    page = html(contents(200))
    assert 'href=""' not in page
    assert page.count("<g><rect") == len(together)


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def test_the_scripts_read_rows_in_the_order_of_their_fields() -> None:
    text = asset("base.js")
    fields = re.findall(r'"(\w+)"', re.findall(r"const fields = \[(.*?)\];", text, re.DOTALL)[0])
    assert fields == [camel(f) for f in PageFunction.__struct_fields__]
    for kind, name in ((PageEdge, "edges"), (PageVariable, "variables")):
        (row,) = re.findall(rf"more\.{name}\.map\(\(\[(.*?)\]\)", text)
        assert row.split(", ") == [camel(f) for f in kind.__struct_fields__]
