# SPDX-License-Identifier: MIT
"""Help is whole, and the same source makes the manual page and the completion of shells."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tcbsplit.cli.app import COMMANDS, main_command
from tcbsplit.cli.completing import Shell, script
from tcbsplit.cli.described import described
from tcbsplit.cli.manual import EXAMPLES, GROUPS, TOPICS
from tests.support.cli import refused, tcbsplit, tcbsplit_process


def test_every_subcommand_has_a_place_and_an_example() -> None:
    placed = [n for names in GROUPS.values() for n in names]
    assert set(COMMANDS) <= set(placed)
    assert len(placed) == len(set(placed))
    assert set(COMMANDS) <= EXAMPLES.keys()


def test_examples_name_options_that_exist() -> None:
    known: dict[str, set[str]] = {}
    for d in described(main_command()):
        known.setdefault(d.words[0], set()).update(n for o in d.options for n in o.names)
    for name in COMMANDS:
        words = EXAMPLES[name].split(f"tcbsplit {name}", 1)[1].split(" -- ")[0]
        for option in re.findall(r"(?<!\S)(--?[a-z][\w-]*)", words):
            assert option in known[name], EXAMPLES[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_whole_in_a_narrow_terminal(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    run = tcbsplit_process if name in ("cache", "config") else tcbsplit  # read when imported
    done = run(name, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "…" not in done.stdout
    assert not [x for x in done.stdout.splitlines() if x.endswith(("…", " ...", "w...", "e..."))]
    plain = [x for x in done.stdout.split("Example:")[0].splitlines() if not x.startswith("Usage")]
    words = {w for x in plain for w in x.split() if len(x) > 60}
    assert not words, plain
    assert "--out " not in done.stdout
    if name not in ("cache", "config"):
        assert "Example:" in done.stdout and "Exit status: 0 on success" in " ".join(
            done.stdout.split()
        )


def test_former_names_are_still_taken(tiny: Path, tmp_path: Path) -> None:
    words = ("analyze", tiny / "tiny.yaml", "--compdb", tiny / "compile_commands.json")
    done = tcbsplit(*words, "--out", tmp_path / "kept", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "kept/analysis.json").is_file()


def test_topics(tmp_path: Path) -> None:
    listed = tcbsplit("help", cwd=tmp_path).stdout
    assert all(topic in listed for topic in TOPICS)
    for topic, text in TOPICS.items():
        assert tcbsplit("help", topic, cwd=tmp_path).stdout.strip() == text.strip()
    assert "--budget-cuts" in tcbsplit("help", "suggest", cwd=tmp_path).stdout
    refused(tcbsplit("help", "exit-statsu", cwd=tmp_path), "no topic", "did you mean exit-status?")


def test_the_manual_page_names_every_option(tmp_path: Path) -> None:
    page = tcbsplit("help", "--man", cwd=tmp_path).stdout
    for d in described(main_command()):
        assert f".SS {' '.join(d.words)}".replace("-", "\\-") in page
        for option in d.options:
            assert option.names[0].replace("-", "\\-") in page
    if shutil.which("groff"):
        done = subprocess.run(
            ["groff", "-man", "-Tascii", "-ww"], input=page, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "")


def bash(folder: Path, *words: str) -> list[str]:
    text = script(Shell.BASH, main_command())
    quoted = " ".join(f"'{w}'" for w in words)
    text += f"\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _tcbsplit\n"
    text += 'printf "%s\\n" "${COMPREPLY[@]}"\n'
    done = subprocess.run(["bash", "-c", text], cwd=folder, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_bash_completes(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").touch()
    assert bash(tmp_path, "tcbsplit", "sug") == ["suggest"]
    assert "--artifacts" in bash(tmp_path, "tcbsplit", "split", "--a")
    assert bash(tmp_path, "tcbsplit", "split", "--style", "g") == ["guard"]
    assert bash(tmp_path, "tcbsplit", "config", "ch") == ["check"]
    assert bash(tmp_path, "tcbsplit", "split", "mi") == ["mine.yaml"]
    assert "--out" not in bash(tmp_path, "tcbsplit", "split", "--o")


@pytest.mark.parametrize("shell", list(Shell))
def test_completion_names_all_and_is_syntax_of_the_shell(shell: Shell, tmp_path: Path) -> None:
    text = tcbsplit("completion", shell, cwd=tmp_path).stdout
    assert all(re.search(rf"\b{name}\b", text) for name in COMMANDS)
    if shutil.which(shell):
        flag = ["--no-execute"] if shell is Shell.FISH else ["-n"]
        done = subprocess.run([shell, *flag], input=text, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


def test_the_version_names_what_results_depend_on(tmp_path: Path) -> None:
    said = tcbsplit("--version", cwd=tmp_path).stdout
    assert said.startswith("tcbsplit ")
    assert all(word in said for word in ("libclang", "gcc", "qemu-system-x86_64", "Python"))


@pytest.mark.parametrize("colours", [True, False])
def test_colours_on_terminals_only_and_not_where_they_are_not_wanted(
    tmp_path: Path, colours: bool
) -> None:
    leader, follower = pty.openpty()
    env = {**os.environ, "TERM": "xterm"}
    env.pop("NO_COLOR", None)
    subprocess.run(
        [sys.executable, "-m", "tcbsplit", "status", "none.yaml"], cwd=tmp_path, stderr=follower,
        env=env if colours else {**env, "NO_COLOR": "1"}, check=False,
    )  # fmt: skip
    os.close(follower)
    said = os.read(leader, 10_000)
    os.close(leader)
    assert b"none.yaml: no such configuration" in said
    assert (b"\x1b[" in said) == colours
