# SPDX-License-Identifier: MIT
"""history: the TCB over revisions of the small program, what moved it, and what is kept."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path

import pytest

from tcbsplit.report.history import COLUMNS
from tests.report.test_page import Scripts
from tests.support.cli import edit, refused, tcbsplit

SUBJECT = "<b>grow</b> & |more|"


class Repository:
    """The small program in git, below the top of its repository, with a revision that is broken."""

    def __init__(self, tiny: Path, tmp_path: Path) -> None:
        self.top, self.tree, self.out = tiny.parent, tiny, tmp_path / "out"
        self.builds = tmp_path.with_name(f"{tmp_path.name} builds")  # outside
        self.delay = tmp_path.with_name(f"{tmp_path.name} delay")  # seconds of each build
        self.delay.write_text("0")
        (tiny / "compile_commands.json").unlink()
        self.git("init", "-q", "-b", "main")
        self.commit("begin")
        edit(tiny / "main.c", "total += table", "total += never_called (i) + table")
        self.commit(SUBJECT)
        edit(tiny / "main.c", "never_called (i) + table", "does not compile")
        self.commit("break it")
        edit(tiny / "main.c", "does not compile", "table")
        self.commit("mend it")

    def git(self, *words: str) -> str:
        return subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@t", *words],
            cwd=self.top, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip

    def commit(self, subject: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", subject)

    def history(self, revisions: str, *words: object) -> subprocess.CompletedProcess[str]:
        build = ("sh", "-c", f"echo built >> '{self.builds}'; sleep $(cat '{self.delay}'); make")
        return tcbsplit(
            "history", revisions, "--config", self.tree / "tiny.yaml", "--artifacts", self.out,
            *words, "--", *build, cwd=self.top,
        )  # fmt: skip

    @property
    def built(self) -> int:
        return self.builds.read_text().count("built")


@pytest.fixture
def repository(tiny: Path, tmp_path: Path) -> Repository:
    return Repository(tiny, tmp_path)


def test_history_names_what_moved_the_tcb(repository: Repository) -> None:
    done = repository.history("HEAD~3..HEAD")
    assert done.returncode == 0, done.stderr
    assert "entered by tiny tree/main.c" not in done.stdout  # paths are those of the source tree
    assert "run -> never_called: never_called" in done.stdout
    assert "left with main.c" in done.stdout
    assert "skipped: " in done.stdout
    folder = repository.out / "history"
    found = json.loads((folder / "history.json").read_text())
    begin, grown, broken, mended = found["steps"]
    assert grown["runtime"]["lines"] > begin["runtime"]["lines"] == mended["runtime"]["lines"]
    assert grown["entered"][0]["edge"] == "run -> never_called"
    assert mended["left"][0]["functions"] == ["never_called"]
    assert "exit status" in broken["error"]
    assert f"{repository.top}/" not in (folder / "history.json").read_text()
    with (folder / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [r["runtime_lines"] for r in rows].count("") == 1
    assert rows[1]["edges"] == "run -> never_called"
    page = (folder / "history.html").read_text()
    assert "&lt;b&gt;grow&lt;/b&gt; &amp; |more|" in page
    assert SUBJECT not in page
    assert Scripts(page).found == []


def test_history_goes_on_where_it_stopped(repository: Repository) -> None:
    assert repository.history("HEAD~3..HEAD~2").returncode == 0
    assert repository.built == 2
    first = repository.history("HEAD~3..HEAD")
    assert repository.built == 4  # only the two that were not known, the broken one included
    again = repository.history("HEAD~3..HEAD")
    assert repository.built == 4
    assert again.stdout == first.stdout
    edit(repository.tree / "tiny.yaml", "launch: [run]", "launch: [run] # another text")
    repository.history("HEAD~3..HEAD")
    assert repository.built == 4  # nothing that an analysis depends on
    edit(repository.tree / "tiny.yaml", "preprocess: [settings_init, key_init]", "preprocess: []")
    repository.history("HEAD~1..HEAD")
    assert repository.built == 6


def test_history_leaves_the_repository_as_it_was(repository: Repository) -> None:
    before = repository.git("status", "--porcelain")
    assert repository.history("HEAD~3..HEAD").returncode == 0
    assert len(repository.git("worktree", "list").splitlines()) == 1
    assert repository.git("status", "--porcelain") == before
    (repository.out / "history/worktree").mkdir()  # what a killed run leaves
    (repository.out / "history/worktree/old").touch()
    edit(repository.tree / "tiny.yaml", "preprocess: [settings_init, key_init]", "preprocess: []")
    assert repository.history("HEAD~1..HEAD").returncode == 0


def test_history_of_what_is_not_there(repository: Repository) -> None:
    refused(repository.history("HEAD"), "HEAD: must be two revisions")
    refused(repository.history("nothing..HEAD"), "nothing..HEAD: ", "bad revision")
    done = tcbsplit("history", "HEAD~1..HEAD", cwd=repository.top)
    refused(done, "--config CONFIG -- make")


def test_history_without_any_revision_that_builds(repository: Repository) -> None:
    done = repository.history("HEAD~1..HEAD~1")
    assert done.returncode == 2
    assert "no revision could be read; the first: " in done.stderr
