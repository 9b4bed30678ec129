# SPDX-License-Identifier: MIT
"""Screens in the documents are what the tool prints; their commands are run as a reader does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tcbsplit.pipeline.schema import artifact_schema
from tests.support.artifacts_page import FILES
from tests.support.documents import DOCS
from tests.support.screens import Shell, run_through, same, screens

TUTORIAL = DOCS / "tutorial/minivisor.md"


def pages() -> list[Path]:
    """The pages with screens; the tutorial makes the folder that the others go on in."""
    others = sorted(p for p in DOCS.rglob("*.md") if screens(p.read_text()))
    return [TUTORIAL, *(p for p in others if p != TUTORIAL)]


@pytest.fixture(scope="module")
def walked(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> tuple[Path, list[str]]:
    """The folder after all commands of all pages, and what is stale of the pages."""
    home = tmp_path_factory.mktemp("reader")
    shell, found = Shell(home), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "100")
        for page in pages():
            text, stale = run_through(page.read_text(), shell)
            if pytestconfig.getoption("--golden"):
                page.write_text(text)
            else:
                found += [f"{page.relative_to(DOCS)}:{what}" for what in stale]
    return home, found


@pytest.mark.live
@pytest.mark.long
@pytest.mark.xdist_group("screens")
def test_screens_are_current(walked: tuple[Path, list[str]]) -> None:
    _, stale = walked
    assert not stale, "stale: make golden\n" + "\n".join(stale)


@pytest.mark.live
@pytest.mark.long
@pytest.mark.xdist_group("screens")
def test_what_stages_wrote_fits_their_schemas(walked: tuple[Path, list[str]]) -> None:
    home, _ = walked
    there = {k: home / "first/reports/minivisor" / file for k, (file, _, _) in FILES.items()}
    there = {k: p for k, p in there.items() if p.is_file()}
    assert len(there) >= 7
    for kind, path in there.items():
        check = Draft202012Validator(artifact_schema(kind))
        document = json.loads(path.read_text())
        assert [e.message for e in check.iter_errors(document)] == [], kind
        assert list(check.iter_errors([document])), kind


def test_stale_screens_and_failed_commands_are_found(tmp_path: Path) -> None:
    page = """\
Text, and $ no command.
```console
$ cd here
$ echo one && echo two 1.5 s
one
two 9.3 s
$ echo three
four
$ false
$ echo $?
1
$ ls ~/none
$ tcbsplit help exit-statsu
$ echo $?
2
```
"""
    (tmp_path / "here").mkdir()
    text, stale = run_through(page, Shell(tmp_path))
    assert [s.splitlines()[0] for s in stale] == [
        "7: echo three: prints", "ls ~/none: exit status 2",
        "13: tcbsplit help exit-statsu: prints",
    ]  # fmt: skip
    assert "two 9.3 s\n$ echo three\nthree\n$ false" in text
    assert "did you mean exit-status?" in text
    assert len(run_through(text, Shell(tmp_path))[1]) == 1  # a command that fails stays one


def test_a_screen_may_leave_lines_out() -> None:
    printed = "one\ntwo, more\nthree\nfour\n"
    assert same(("one", "…", "four"), printed)
    assert same(("…", "two…", "…"), printed)
    assert not same(("one", "…", "five"), printed)
    assert not same(("one", "two…"), printed)
    assert not same(("one",), printed)


def test_no_screen_is_hidden_from_this_test() -> None:
    assert len(pages()) >= 3
    assert sum(len(screens(p.read_text())) for p in pages()) > 30
