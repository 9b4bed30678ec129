# SPDX-License-Identifier: MIT
"""The site builds without a warning, needs no other host, and shows what the pages mean."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support.documents import DOCS, REPOSITORY


def build(config: Path, site: Path) -> subprocess.CompletedProcess[str]:
    # Not quietly: what is not said is not counted.
    words = ["-m", "mkdocs", "build", "--strict", "-f", str(config), "-d", str(site)]
    env = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, env=env, timeout=120
    )


_NO_PROSE = ("code", "pre", "script", "style", "h1", "h2", "h3", "h4")


class Page(HTMLParser):
    """What a page fetches, and its text outside of code and headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.prose: list[str] = []
        self._article = self._other = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in ("script", "img", "iframe", "source"):
            self.fetched.append(named.get("src") or "")
        if tag == "link" and named.get("rel") != "canonical":
            self.fetched.append(named.get("href") or "")
        self._article += tag == "article"
        self._other += tag in _NO_PROSE

    def handle_endtag(self, tag: str) -> None:
        self._article -= tag == "article"
        self._other -= tag in _NO_PROSE
        self.prose.append("\n" if tag in ("p", "li", "td", "th") else "")

    def handle_data(self, data: str) -> None:
        if self._article and not self._other:
            self.prose.append(data)


def raw(page: Page) -> list[str]:
    """What is left of Markdown in the text: a list, table or block that was not taken as one."""
    return re.findall(r"^.*(?:```|\| ---|^(?:[-*]|\d+\.) \S).*$", "".join(page.prose), re.M)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = build(REPOSITORY / "mkdocs.yml", folder)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


def test_the_site_has_every_page_and_fetches_nothing(site: Path) -> None:
    pages = {p.relative_to(site): Page(p.read_text()) for p in site.rglob("*.html")}
    wanted = {p.relative_to(DOCS).with_suffix(".html") for p in DOCS.rglob("*.md")}
    assert wanted <= pages.keys()
    assert {str(p): u for p, page in pages.items() for u in page.fetched if "//" in u} == {}
    assert not [p for p in site.rglob("*.css") if re.search(r"url\(['\"]?https?:", p.read_text())]


def test_no_markdown_is_left_in_the_text(site: Path) -> None:
    pages = {str(p.relative_to(site)): raw(Page(p.read_text())) for p in site.rglob("*.html")}
    assert {p: found for p, found in pages.items() if found} == {}


def test_what_is_left_and_what_is_fetched_is_found() -> None:
    page = Page(
        "<nav>- menu</nav><article><h2>1. Heading</h2><p>Two:\n- one\n- two</p>"
        "<pre>- three</pre><p>| a |\n| --- |</p><p>```c</p></article>"
        "<script src='https://example.org/x.js'></script>"
    )
    assert raw(page) == ["- one", "- two", "| --- |", "```c"]
    assert page.fetched == ["https://example.org/x.js"]


def test_a_broken_page_stops_the_build(tmp_path: Path) -> None:
    shutil.copy(REPOSITORY / "mkdocs.yml", tmp_path)
    shutil.copytree(DOCS, tmp_path / "docs")
    with (tmp_path / "docs/index.md").open("a") as page:
        page.write("\n[x](how-to/adapter.md#no-such-heading) [y](none.md)\n")
    (tmp_path / "docs/stray.md").write_text("# In no menu\n")
    done = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert done.returncode != 0
    for name in ("no-such-heading", "none.md", "stray.md"):
        assert name in done.stderr
