# SPDX-License-Identifier: MIT
"""report.html in a browser: what a reader does with it works, and fast enough."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tcbsplit.pipeline.explain import explain
from tcbsplit.pipeline.report import report
from tcbsplit.report.html.map import WIDTH
from tcbsplit.report.html.page import html
from tests.support.browser import Browser, Keys, keystroke, missing
from tests.support.made import Made
from tests.support.pages import HOSTILE, contents

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=missing()),
    pytest.mark.xdist_group("browser"),
    pytest.mark.long,
]

MANY = 10_000  # functions
MOST = 15_000_000  # bytes of a page with so many
PICTURE, KEYSTROKE = 2000, 100  # milliseconds at most


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(html(contents(MANY)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture
def browser(running: Browser, page: Path) -> Iterator[Browser]:
    """A page that is loaded anew, and that says nothing on its console."""
    running.show(page)
    yield running
    assert running.complaints() == []


def rows(browser: Browser) -> list[str]:
    script = "return [...document.querySelectorAll('#space > [role=row]')].map(r => r.innerText)"
    return [str(r).split("\n")[0] for r in browser.run(script)]


def test_the_size_and_the_times(running: Browser, page: Path) -> None:
    """The bounds hold beside other work: of three loads the best counts."""
    assert page.stat().st_size <= MOST
    drawn, keyed = [], []
    for _ in range(3):
        running.show(page)
        drawn.append(running.run("return performance.getEntriesByName('map drawn')[0].startTime"))
        keyed += [keystroke(running, word) for word in ("f", "function_77")]
    assert min(drawn) < PICTURE
    assert min(keyed) < KEYSTROKE
    assert len(rows(running)) < 60  # of ten thousand: only what is seen


def test_the_first_picture_needs_no_script(browser: Browser, page: Path, tmp_path: Path) -> None:
    """Without scripts the page has the map of the whole source, as the scripts draw it then."""
    boxes = """
        return [...document.querySelectorAll("#map-picture .tile")].map(t => [t.classList[1],
            ...["x", "y", "width", "height"].map(a => Math.round(Number(t.getAttribute(a))))])"""
    width = "return document.getElementById('map-picture').clientWidth"
    assert browser.run(width) == WIDTH  # of the window of these tests
    drawn = browser.run(boxes)
    still = tmp_path / "still.html"
    still.write_text(page.read_text(encoding="utf-8").partition("<script>")[0], encoding="utf-8")
    browser.driver.get(still.as_uri())
    first = browser.run(boxes)
    assert len(first) == len(drawn) > 50
    assert all(
        one[0] == other[0] and all(abs(a - b) <= 1 for a, b in zip(one[1:], other[1:], strict=True))
        for one, other in zip(first, drawn, strict=True)
    )


def test_what_one_function_needs_is_read_when_one_is_opened(
    running: Browser, page: Path, tmp_path: Path
) -> None:
    """A page whose details cannot be read has its map and its table all the same."""
    damaged = tmp_path / "damaged.html"
    text = page.read_text(encoding="utf-8")
    damaged.write_text(text.replace('id="details">', 'id="details">!'), encoding="utf-8")
    running.show(damaged)
    running.type("#search", "function_12")
    assert all(r.startswith("function_12") for r in rows(running))
    assert running.complaints() == []
    running.run("location.hash = '#f/function_12'")
    running.wait("return location.hash === '#f/function_12'")
    assert any("JSON" in c for c in running.complaints())


def test_search_sort_and_filters(browser: Browser) -> None:
    assert "10000 of 10000 functions" in browser.text("#count")
    browser.type("#search", "function_123 folder0")
    assert rows(browser) == ["function_123"]
    browser.run("document.getElementById('search').value = ''")
    browser.type("#search", "function_99")
    browser.click("#head [role=columnheader]:nth-child(1) button")
    assert rows(browser)[:2] == ["function_99", "function_990"]
    browser.click("#head [role=columnheader]:nth-child(1) button")
    assert rows(browser)[0] == "function_9998"
    browser.run(
        "const c = document.getElementById('class'); c.value = 'boot';"
        "c.dispatchEvent(new Event('change'))"
    )
    assert "boot" in browser.text("#space")
    assert "runtime" not in browser.text("#space")


def test_keys_open_and_close_a_function(browser: Browser) -> None:
    browser.type("#search", "function_500" + Keys.ENTER)
    browser.driver.switch_to.active_element.send_keys(Keys.ARROW_DOWN + Keys.ARROW_UP + Keys.ENTER)
    browser.wait("return document.querySelector('#detail h3') !== null")
    assert browser.text("#detail h3") == "function_500"
    assert browser.run("return location.hash") == "#f/function_500"
    assert "function_249" in browser.text("#detail .chain")  # by which it is reached
    browser.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert browser.run("return document.activeElement.id") == "table"
    assert browser.run("return location.hash") == "#functions"
    browser.driver.switch_to.active_element.send_keys(Keys.END)
    assert browser.run(
        "return document.getElementById('table').getAttribute('aria-activedescendant')"
    )


def test_deep_links(browser: Browser, page: Path) -> None:
    browser.show(page, "#f/function_9000")
    assert browser.text("#detail h3") == "function_9000"
    assert "Leaves the TCB with any of" in browser.text("#detail")
    browser.show(page, "#map/folder1/sub0")
    assert browser.text("#map-path") == "all / folder1 / sub0"
    browser.show(page, "#boot/1")
    assert browser.run("return document.getElementById('boot/1').open")
    browser.show(page, "#f/nobody")
    assert browser.text("#detail") == "No function nobody."


def test_the_map_opens_folders_and_highlights(browser: Browser) -> None:
    labels = "return [...document.querySelectorAll('#map-picture text')].map(t => t.textContent)"
    assert any(label.startswith("folder2") for label in browser.run(labels))
    browser.run("location.hash = '#map/folder2'")
    browser.wait("return document.getElementById('map-picture').dataset.drawn === 'folder2'")
    assert "sub1" in browser.run("return document.getElementById('map-list').textContent")
    count = """
        const tiles = [...document.querySelectorAll("#map-picture .tile")];
        return new Set(tiles.map(t => getComputedStyle(t).fill)).size"""
    before = browser.run(count)
    browser.type("#map-search", "no function is called so")
    browser.wait(f"{count} < {before}")


def test_markup_in_names_is_text(browser: Browser) -> None:
    browser.run(
        "location.hash = arguments[0]", f"#f/{quote(f'odd/{HOSTILE}.c:{HOSTILE}', safe='')}"
    )
    browser.wait("return document.querySelector('#detail h3') !== null")
    assert browser.text("#detail h3") == f"odd/{HOSTILE}.c:{HOSTILE}"
    browser.run("location.hash = arguments[0]", f"#map/{quote('odd', safe='')}")
    browser.wait("return document.getElementById('map-picture').dataset.drawn === 'odd'")
    assert browser.run("return window.hit") is None
    assert browser.run("return document.querySelectorAll('img, main b b').length") == 0
    inputs = browser.run("return document.querySelector('#inputs li').textContent")
    assert inputs == HOSTILE


def test_both_schemes(browser: Browser, page: Path) -> None:
    paper = "return getComputedStyle(document.body).backgroundColor"
    found = {}
    for name in ("light", "dark"):
        browser.scheme(name)
        browser.show(page)
        found[name] = browser.run(paper)
    assert found == {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}
    browser.click("#scheme")
    assert browser.run(paper) == found["light"]


def test_static_tables_sort(browser: Browser) -> None:
    browser.click("#handoff th:nth-child(2) button")
    assert (
        browser.run("return document.querySelector('#handoff th[aria-sort]').textContent")
        == "bytes"
    )


def test_the_page_of_an_analysed_program(running: Browser, tiny: Path, tmp_path: Path) -> None:
    """Chains, data and cuts of a real report are shown as explain has them."""
    made = Made(tiny, tmp_path)
    report(made.settings, made.space, made.out)
    running.show(made.out / "report.html", "#f/run")
    shown = running.text("#detail")
    found = explain(made.settings, made.space, "run")
    for way in found.chains.values():
        assert all(name in shown for name in way.ids)
    assert all(use.variable in shown for use in found.uses)
    running.run("location.hash = '#f/key_init'")
    running.wait("return document.querySelector('#detail h3').textContent === 'key_init'")
    assert "the key is derived once, before the target starts" in running.text("#detail")
    assert "after the split: guest" in running.text("#detail")
    assert running.complaints() == []


def test_a_page_that_reaches_out_is_found(running: Browser, page: Path, tmp_path: Path) -> None:
    """An injected script is refused, and the console says so: its check can fail."""
    bad = tmp_path / "bad.html"
    text = page.read_text(encoding="utf-8")
    bad.write_text(text.replace("</main>", "<script>hit=1</script></main>"), encoding="utf-8")
    running.show(bad)
    assert running.run("return window.hit") is None
    assert any("Content Security Policy" in c for c in running.complaints())
