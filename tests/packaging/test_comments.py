# SPDX-License-Identifier: MIT
"""The comments on pull and merge requests: made by the steps as they are, and sent nowhere."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from tests.packaging.test_ci_templates import REPOSITORY, grow, shell, step, tree

__all__ = ["tree"]  # the fixture

# Stands for a program that would send: keeps its words and what it would send.
GH = """#!/bin/bash
printf '%s\\n' "$*" >>gh.words
case "$*" in *--edit-last*) [ -e commented ] || exit 1 ;; esac
cp "$5" commented
"""
CURL = """#!/bin/bash
printf '%s\\n' "$@" >curl.words
cat >curl.body
"""


def standing_in(tree: Path, name: str, text: str) -> str:
    """A PATH with a program of this name and text before all others."""
    folder = tree / "standing in"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)
    return f"{folder}:/usr/local/bin:/usr/bin:/bin"


def test_the_action_comments_the_change(tree: Path) -> None:
    path = standing_in(tree, "gh", GH)
    grow(tree)
    assert shell(step("Check"), tree).returncode == 1
    for number in (1, 2):  # the first run has no comment to edit
        done = shell(step("Comment"), tree, NUMBER="17", PATH=path)
        assert done.returncode == 0, done.stderr
        words = (tree / "gh.words").read_text().splitlines()
        assert all(w.startswith("pr comment 17 --body-file tcbsplit-check.md") for w in words)
        assert len(words) == number + 1
    said = (tree / "commented").read_text()
    assert said == (tree / "tcbsplit-check.md").read_text()
    assert said.startswith("### Run-time TCB: changed\n") and "late" in said
    assert said.count("```") == 2


def test_the_gitlab_job_comments_the_change(tree: Path) -> None:
    if shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    grow(tree)
    job = yaml.safe_load((REPOSITORY / "ci/gitlab.yml").read_text())["tcbsplit"]
    lines = [x for x in job["script"] if "export TCBSPLIT=" not in x and not x.startswith("CHECK=")]
    script = "\n".join([f"CHECK={REPOSITORY}/ci/check.sh", *lines])
    merge = {
        "TCBSPLIT_TOKEN": "a token", "CI_MERGE_REQUEST_IID": "4", "CI_PROJECT_ID": "9",
        "CI_API_V4_URL": "https://gitlab.invalid/api/v4",
        "PATH": standing_in(tree, "curl", CURL),
    }  # fmt: skip
    done = shell(script, tree, **merge)
    assert done.returncode == 1, done.stderr
    words = (tree / "curl.words").read_text().splitlines()
    assert words[-1] == "https://gitlab.invalid/api/v4/projects/9/merge_requests/4/notes"
    assert "PRIVATE-TOKEN: a token" in words
    body = json.loads((tree / "curl.body").read_text())["body"]
    assert body == (tree / "tcbsplit-check.md").read_text()
    assert "### Run-time TCB: changed" in body
    for name in ("TCBSPLIT_TOKEN", "CI_MERGE_REQUEST_IID"):  # no comment without one of them
        (tree / "curl.words").unlink(missing_ok=True)
        assert shell(script, tree, **{**merge, name: ""}).returncode == 1
        assert not (tree / "curl.words").exists()


@pytest.mark.parametrize("status", [0, 1, 2])
def test_a_comment_is_never_too_long(tree: Path, status: int) -> None:
    (tree / "tool").write_text(
        f"#!/bin/sh\nyes 'main.c:1: late is new at run time' | head -n 5000\nexit {status}\n"
    )
    done = shell(step("Check"), tree)
    assert done.returncode == status
    said = (tree / "tcbsplit-check.md").read_text()
    assert 50_000 < len(said) < 65_536
    assert "the log of the job has the rest" in said and said.count("```") == 2
    assert done.stderr.count("is new at run time") == 5000
