# SPDX-License-Identifier: MIT
"""report.html on paper: a summary of few pages, with all that a picture needs to be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest

from tcbsplit.model.order import BootOrder, LateState
from tcbsplit.model.vocabulary import SymbolId
from tcbsplit.report.html.page import ON_PAPER, html
from tests.support.browser import Browser, missing
from tests.support.pages import contents

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=missing()),
    pytest.mark.xdist_group("browser"),
    pytest.mark.long,
]

MANY = 400  # functions, and items of a list
PAGES = 4


@pytest.fixture(scope="module")
def printing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A page with a list that would fill sheets."""
    page = tmp_path_factory.mktemp("paper") / "report.html"
    made = contents(MANY)
    writers = (SymbolId("late_init"),)
    late = tuple(
        LateState(name=f"variable_{n}", writers=writers, readers=(), ways=()) for n in range(MANY)
    )
    order = BootOrder(places=(), late=late)
    split = msgspec.structs.replace(made.split, order=order)
    page.write_text(html(replace(made, split=split)), encoding="utf-8")
    browser = Browser()
    browser.show(page)
    yield browser
    assert browser.complaints() == []
    browser.close()


def sheets(pdf: bytes) -> int:
    """Pages of a PDF (ISO 32000-1, table 29: Count of the root of the tree of pages)."""
    return max(int(n) for n in re.findall(rb"/Count (\d+)", pdf))


def test_a_report_is_a_summary_of_few_pages(printing: Browser) -> None:
    before = printing.run("return document.querySelector('#map-picture svg').outerHTML")
    assert 1 <= sheets(printing.printed()) <= PAGES
    after = printing.run("return document.querySelector('#map-picture svg').outerHTML")
    assert after == before  # the screen is as it was
    printing.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    printing.run("document.querySelectorAll('style')[0].textContent += '.listed > li "
                 "{ display: block !important; }'")  # fmt: skip
    assert sheets(printing.printed()) > PAGES  # the count sees what is too much


def test_what_needs_a_screen_is_left_out(printing: Browser) -> None:
    shown = "return getComputedStyle(document.querySelector(arguments[0])).display"
    only_here = ("header nav", "#functions", "#map .tools label", "#map .screen", ".copy")
    wanted = ("h1 .paper", "#map .legend", "#map-picture svg", "#sizes details[open]")
    try:
        printing.medium("print")
        for one in only_here:
            if printing.run("return document.querySelector(arguments[0]) !== null", one):
                assert printing.run(shown, one) == "none", one
        assert all(printing.run(shown, one) != "none" for one in wanted)
        assert "more, in report.html" in printing.text("#handoff")
    finally:
        printing.medium("")
    assert printing.run(shown, "h1 .paper") == "none"
    assert printing.run(shown, "header nav") != "none"


def test_a_long_list_ends_early_on_paper_only(printing: Browser) -> None:
    printing.driver.refresh()
    count = """return [...document.querySelectorAll(".listed > li")].filter(
        i => getComputedStyle(i).display !== "none").length"""
    assert printing.run(count) == MANY
    try:
        printing.medium("print")
        assert printing.run(count) == ON_PAPER
    finally:
        printing.medium("")
