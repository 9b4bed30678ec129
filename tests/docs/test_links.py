# SPDX-License-Identifier: MIT
"""Every link, anchor and name of a file in a document is of something that exists."""

from __future__ import annotations

import re
import subprocess

from tests.support.documents import DOCS, REPOSITORY, broken_links, codes, documents

# Files of this repository, as text and code name them.
_FILE = re.compile(
    r"(?<![\w./*-])(?:\.ci|ci|configs|corpora|docs|reports|tcbsplit|tests)/[\w./*-]*[\w/*]"
)
_MADE = ("reports/minivisor", "reports/mine", "tcbsplit/embedded")  # by runs, or by the build


def unknown_files(text: str) -> list[str]:
    """The names of files of this repository that nothing has."""
    names = {n for n in _FILE.findall(text) if not n.startswith(_MADE) and "NAME" not in n}
    return sorted(n for n in names if not any(REPOSITORY.glob(n.rstrip("/"))) and not _begins(n))


def _begins(name: str) -> bool:
    """Whether it is the number of a decision, as in docs/decisions/0019."""
    return name.startswith("docs/decisions/") and any(REPOSITORY.glob(name + "-*.md"))


def test_every_link_leads_somewhere() -> None:
    found = documents()
    assert len(found) > 30
    assert [w for p in found for w in broken_links(p, p.read_text())] == []


def test_broken_links_are_found() -> None:
    page = DOCS / "how-to/adapter.md"
    text = (
        "# Two words\n[a](../reference/configuration.md#names-and-patterns) [b](#two-words)\n"
        "[c](none.md)\n[d](#three-words)\n[e](../reference/configuration.md#none)\n"
        "[f](../../README.md)\n```\n[g](none.md)\n```\n"
    )
    wrong = [w.partition("adapter.md:")[2] for w in broken_links(page, text)]
    assert wrong == [
        "3: none.md: no such file",
        "4: #three-words: no such heading",
        "5: ../reference/configuration.md#none: no such heading",
        "6: ../../README.md: is no part of the site",
    ]


def test_files_that_documents_name_exist() -> None:
    """In code of the documents; what begins with one of the folders here."""
    wrong = {
        str(p.relative_to(REPOSITORY)): found
        for p in documents()
        if p.name != "CHANGELOG.md"
        if (found := [f for c in codes(p.read_text()) for f in unknown_files(c.text)])
    }
    assert wrong == {}


def test_documents_that_sources_name_exist() -> None:
    listed = subprocess.run(
        ["git", "grep", "-hoIE", r"docs/[a-z-]+/[a-z-]+\.md", "--", ":!*/hostile/*"],
        cwd=REPOSITORY, check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    assert len(listed) > 10
    assert [n for n in listed if unknown_files(n)] == []


def test_names_of_no_file_are_found() -> None:
    assert unknown_files("see docs/split.md and docs/how-to/adapter.md") == ["docs/split.md"]
    assert unknown_files("tests/none/*.py, tests/docs/*.py") == ["tests/none/*.py"]
    assert unknown_files("docs/decisions/0010 but not docs/decisions/9999") == [
        "docs/decisions/9999"
    ]
