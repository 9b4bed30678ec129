# SPDX-License-Identifier: MIT
"""The steps of the GitHub Action and of the GitLab template, run by a shell."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.cli import tcbsplit

REPOSITORY = Path(__file__).resolve().parents[2]
TOOL = f'#!/bin/sh\nexec "{sys.executable}" -m tcbsplit "$@"\n'


@pytest.fixture
def tree(tiny: Path) -> Path:
    """The small program with a lock file, and a ``tcbsplit`` to run."""
    (tiny / "tool").write_text(TOOL)
    (tiny / "tool").chmod(0o755)
    (tiny / ".gitignore").write_text("tool\n")
    words = ("check", tiny / "tiny.yaml", "--compdb", tiny / "compile_commands.json", "--update")
    assert tcbsplit(*words, "--baseline", tiny / "tcb.lock", cwd=tiny).returncode == 0
    return tiny


def environment(tree: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "TCBSPLIT": str(tree / "tool"),
        "PATH_OF_TCBSPLIT": str(tree / "tool"),
        "GITHUB_ACTION_PATH": str(REPOSITORY),
        "GITHUB_STEP_SUMMARY": str(tree / "summary.md"),
        "CONFIG": "tiny.yaml",
        "COMPDB": "compile_commands.json",
        "BUILD": "",
        "BASELINE": "tcb.lock",
    }


def step(name: str) -> str:
    action: dict[str, Any] = yaml.safe_load((REPOSITORY / "action.yml").read_text())
    return str(next(s["run"] for s in action["runs"]["steps"] if s["name"] == name))


def shell(text: str, tree: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", text], cwd=tree, env={**environment(tree), **more},
        capture_output=True, text=True, timeout=400,
    )  # fmt: skip


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_action_installs_itself(tree: Path, tmp_path: Path) -> None:
    files = subprocess.run(
        ["git", "ls-files"], cwd=REPOSITORY, check=True, capture_output=True, text=True
    ).stdout.split()
    for file in files:  # pip builds in the folder that it is given
        (tmp_path / "action" / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPOSITORY / file, tmp_path / "action" / file)
    places = {"RUNNER_TEMP": str(tmp_path), "GITHUB_ACTION_PATH": str(tmp_path / "action")}
    done = shell(step("Install"), tree, PYTHONPATH="", **places)
    assert done.returncode == 0, done.stderr
    tool = tmp_path / "tcbsplit/bin/tcbsplit"
    done = shell(step("Check"), tree, PYTHONPATH="", **places, PATH_OF_TCBSPLIT=str(tool))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "### Run-time TCB: as agreed" in done.stdout


def grow(tree: Path) -> None:
    """Let run-time code call what nothing called."""
    before, name, after = (tree / "main.c").read_text().partition("on_exit_key (int reason)")
    head, brace, body = after.partition("{")
    (tree / "main.c").write_text(
        f"int late (void);\n{before}{name}{head}{brace}\n\tlate ();{body}"
        "\nint\nlate (void)\n{\n\treturn 3;\n}\n"
    )


def test_the_action_passes_what_is_as_agreed(tree: Path) -> None:
    done = shell(step("Check"), tree)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "### Run-time TCB: as agreed" in done.stdout
    assert (tree / "summary.md").read_text() == (tree / "tcbsplit-check.md").read_text()


def test_the_action_fails_and_names_what_entered(tree: Path) -> None:
    grow(tree)
    done = shell(step("Check"), tree)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "### Run-time TCB: changed" in done.stdout
    assert "late" in done.stdout and "--update --reason" in done.stdout


def test_the_action_tells_a_problem_from_a_change(tree: Path) -> None:
    done = shell(step("Check"), tree, CONFIG="none.yaml")
    assert done.returncode == 2
    assert "### Run-time TCB: not compared" in done.stdout
    assert "none.yaml: no such configuration" in done.stdout


def test_the_database_is_captured_if_it_is_missing(tree: Path) -> None:
    (tree / "compile_commands.json").unlink()
    done = shell(step("Check"), tree, BUILD="make clean && make")
    assert (tree / "compile_commands.json").is_file(), done.stdout + done.stderr


def test_the_gitlab_job_has_the_same_step(tree: Path) -> None:
    job = yaml.safe_load((REPOSITORY / "ci/gitlab.yml").read_text())["tcbsplit"]
    lines = [x for x in job["script"] if "export TCBSPLIT=" not in x and not x.startswith("CHECK=")]
    script = "\n".join([f"CHECK={REPOSITORY}/ci/check.sh", *lines])
    assert shell(script, tree).returncode == 0
    grow(tree)
    done = shell(script, tree)
    assert done.returncode == 1
    assert "### Run-time TCB: changed" in done.stdout


def test_the_hooks_run_subcommands_that_exist(tree: Path) -> None:
    hooks = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text())
    for hook in hooks:
        words = hook["entry"].split()[1:]
        assert tcbsplit(*words, "--help", cwd=tree).returncode == 0
    assert tcbsplit("config", "check", "tiny.yaml", cwd=tree).returncode == 0
