# SPDX-License-Identifier: MIT
"""``config check``: all mistakes before any stage finds them one by one; ``config schema``."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.support.cli import edit, refused, tcbsplit

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


def check(tiny: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return tcbsplit("config", "check", tiny / "tiny.yaml", *words, cwd=tiny.parent)


def analyse(tiny: Path) -> None:
    time.sleep(0.1)  # an analysis of files that change meanwhile is not remembered
    words = ("analyze", tiny / "tiny.yaml", "--compdb", tiny / "compile_commands.json")
    assert tcbsplit(*words, cwd=tiny.parent).returncode == 0


def without_split(tiny: Path) -> None:
    text = (tiny / "tiny.yaml").read_text()
    (tiny / "tiny.yaml").write_text(text[: text.index("split:\n")])


def test_a_right_configuration(tiny: Path) -> None:
    done = check(tiny)
    assert done.returncode == 0, done.stderr
    assert "not checked: names of files and flags" in done.stdout
    analyse(tiny)
    done = check(tiny)
    assert (done.returncode, done.stderr) == (0, "")
    assert "not checked" not in done.stdout
    assert "no mistakes" in done.stdout


@pytest.mark.parametrize("analysed", [False, True])
def test_the_least_section_split_is_shown_and_would_do(tiny: Path, analysed: bool) -> None:
    without_split(tiny)
    if analysed:
        analyse(tiny)
    done = check(tiny)
    refused_text = done.stderr
    assert done.returncode == 2
    assert "no section split" in refused_text
    assert "entries: [settings_init, key_init]" in refused_text
    if not analysed:
        return
    least = refused_text[refused_text.index("split:\n") :]
    assert "include_in: main.c" in least
    (tiny / "tiny").mkdir()
    for name in ("thin.c", "guest.c"):
        (tiny / "tiny" / name).write_text("/* empty */\n")
    with (tiny / "tiny.yaml").open("a") as stream:
        stream.write(least)
    analyse(tiny)
    assert check(tiny).returncode == 0
    done = tcbsplit("split", tiny / "tiny.yaml", "--trees", tiny.parent / "o", cwd=tiny.parent)
    assert done.returncode == 0, done.stderr


def test_mistakes_that_only_split_finds(tiny: Path) -> None:
    analyse(tiny)
    edit(tiny / "tiny.yaml", "entries: [settings_init, key_init]", "entries: [settings_init]")
    refused(check(tiny), "policy handoff, but key_init is not among split.guest.entries")
    edit(tiny / "tiny.yaml", "entries: [settings_init]", "entries: [settings_init, key_init]")
    text = (tiny / "tiny.yaml").read_text()
    first, _, rest = text.partition('  - caller: "*"\n    callee: key_init\n')
    (tiny / "tiny.yaml").write_text(first + rest[rest.index("handoff:") :])
    refused(check(tiny), "key_init: stays, but mentions what moves")


def test_mistakes_in_names_of_both_kinds_at_once(tiny: Path) -> None:
    analyse(tiny)
    edit(tiny / "tiny.yaml", "boot: [main]", "boot: [man]")
    without_split(tiny)
    edit(tiny / "tiny.yaml", "image: tiny", "image: tiny\nexclude: [nowhere/*]")
    done = check(tiny)
    refused(done, "no function man; did you mean main", "is nowhere/*", "no section split")


def test_it_writes_nothing(tiny: Path) -> None:
    analyse(tiny)
    before = {p: p.stat().st_mtime_ns for p in tiny.rglob("*")}
    check(tiny)
    assert {p: p.stat().st_mtime_ns for p in tiny.rglob("*")} == before


def schema(*words: str) -> Draft202012Validator:
    done = tcbsplit(*words, cwd=CONFIGS)
    found = json.loads(done.stdout)
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


@pytest.mark.parametrize("name", ["minivisor.yaml", "bitvisor.yaml"])
def test_the_schema_accepts_what_is_right_and_refuses_what_is_not(name: str) -> None:
    validator = schema("config", "schema")
    right: dict[str, Any] = yaml.safe_load((CONFIGS / name).read_text())
    assert list(validator.iter_errors(right)) == []
    for wrong in (
        {**right, "lanch": []},
        {k: v for k, v in right.items() if k != "roots"},
        {**right, "launch": 5},
        {**right, "path": "x"},
        {**right, "cuts": [{"caller": "a", "callee": "b", "policy": "hand", "reason": "r"}]},
    ):
        assert list(validator.iter_errors(wrong)), wrong
