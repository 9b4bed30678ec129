# SPDX-License-Identifier: MIT
"""Marks of boot code: what lacks them by patches that apply and build, what contradicts them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from tcbsplit.cli.app import app
from tests.support.minivisor import CONFIG, Minivisor

MARKS = ("--annotate", "__init", "--data", "__initdata", "--constants", "__initconst")
HEADER = """\
#ifndef HV_INIT_H
#define HV_INIT_H
#define __init __attribute__ ((section (".init.text")))
#define __initdata __attribute__ ((section (".init.data")))
#define __initconst __attribute__ ((section (".init.rodata")))
#endif
"""
TREE = {
    "init.h": "#define __init __attribute__ ((cold))\n#define __initdata\n",
    "main.c": """\
#include "init.h"

static int __initdata once;
int later __initdata;
static struct { int a; } kinds[] = { { 1 } };
static const int (*wants[1]) (int, int);

static int __init right (int n)
{
	return n + once;
}

int __init wrong (int n)
{
	return n + later;
}

#ifdef NEVER
int __init nowhere;
#endif
void on_exit_ (void)
{
	later = wrong (later);
}
void helper (int n);
static void
lacks (void)
{
	helper (right (kinds[0].a + (wants[0] != 0)));
}
static inline int tiny (void) { return 1; }
void unreached (void) { }
void launch (void) { on_exit_ (); }
int main (void) { lacks (); once = tiny (); launch (); return 0; }
""",
    "helper.c": "/* A comment. */\nvoid helper (int n);\nvoid helper (int n)\n{\n\t(void) n;\n}\n",
}
SETTINGS = {
    "version": 1, "name": "case", "source": "tree", "image": "case",
    "roots": {"boot": ["main"], "runtime": ["on_exit_"]}, "launch": ["launch"],
    "components": {"aid": ["helper.c"], "main part": ["*"]},
}  # fmt: skip


def laid_out(folder: Path) -> Path:
    (folder / "tree").mkdir()
    for name, text in TREE.items():
        (folder / "tree" / name).write_text(text)
    commands = [
        {"directory": "tree", "file": f, "arguments": ["gcc", "-c", f]}
        for f in ("main.c", "helper.c")
    ]
    (folder / "cc.json").write_text(json.dumps(commands))
    config = folder / "case.yaml"
    config.write_text(yaml.safe_dump(SETTINGS))
    done = invoke("analyze", str(config), "--compdb", str(folder / "cc.json"))
    assert done.exit_code == 0, done.output
    return config


def invoke(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_marks_are_compared_with_the_graph(tmp_path: Path) -> None:
    config = laid_out(tmp_path)
    done = invoke("retire", str(config), *MARKS, "--include", "init.h", "--format", "json",
                  "--patches", str(tmp_path / "patches"))  # fmt: skip
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert {m["id"]: m["mark"] for m in found["missing"]} == {
        "helper": "__init", "main.c:lacks": "__init", "main.c:kinds": "__initdata",
        "main.c:wants": "__initdata",
    }  # fmt: skip
    assert [(m["id"], m["mark"], m["line"]) for m in found["contradicted"]] == [
        ("wrong", "__init", 13)
    ]
    assert found["present"] == 3
    assert [u["id"] for u in found["unplaced"]] == ["main.c:tiny"]
    first, second = sorted((tmp_path / "patches").iterdir())
    assert (first.name, second.name) == ("0001-aid.patch", "0002-main-part.patch")
    text = first.read_text()
    assert "[PATCH 1/2] aid: mark 1 function as __init" in text
    assert "- helper: called by lacks only" in text
    assert (
        "+#include <init.h>\n void helper (int n);\n-void helper (int n)\n+void __init helper"
        in text
    )
    text = second.read_text()
    assert "-static void\n+static void __init\n lacks (void)" in text
    assert "+static struct { int a; } kinds[] __initdata = { { 1 } };" in text
    assert "+static const int (*wants[1]) (int, int) __initdata;" in text
    assert "init.h" not in text


def test_findings_are_told_as_text_and_sarif(tmp_path: Path) -> None:
    config = laid_out(tmp_path)
    done = invoke("retire", str(config), *MARKS)
    said = done.stdout.splitlines()
    assert said[0] == (
        "main.c:13: mark-contradicted: wrong has __init, and is still run once boot is over "
        "(runtime): on_exit_ -> wrong"
    )
    assert said[1].endswith("mark-missing: helper lacks __init: called by lacks only")
    assert "4 marks are missing, 1 are contradicted, 3 agree" in said[-1]
    document = json.loads(invoke("retire", str(config), *MARKS, "--format", "sarif").stdout)
    results = document["runs"][0]["results"]
    assert [r["ruleId"] for r in results] == ["mark-contradicted", *["mark-missing"] * 4]
    assert results[0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 13


def test_without_marks_it_lists_what_could_be_erased(tmp_path: Path) -> None:
    config = laid_out(tmp_path)
    done = invoke("retire", str(config))
    assert done.exit_code == 0
    said = done.stdout.splitlines()
    assert said[0].endswith("before main calls launch")
    assert {"  helper", "  main.c:lacks", "  main.c:right", "  unreached"} <= set(said)
    assert "  wrong" not in said
    listed = json.loads(invoke("retire", str(config), "--format", "json").stdout)
    assert "main.c:lacks" in [p["id"] for p in listed["placed"]]


def test_patches_of_others_stay(tmp_path: Path) -> None:
    config = laid_out(tmp_path)
    folder = tmp_path / "patches"
    folder.mkdir()
    (folder / "0003-old.patch").write_text("earlier")
    (folder / "mine.patch").write_text("mine")
    invoke("retire", str(config), *MARKS, "--patches", str(folder))
    assert sorted(p.name for p in folder.iterdir()) == [
        "0001-aid.patch", "0002-main-part.patch", "mine.patch",
    ]  # fmt: skip


@pytest.mark.parametrize("words", [("--data", "__initdata"), ("--include", "init.h")])
def test_marks_need_one_of_functions(words: tuple[str, ...], tmp_path: Path) -> None:
    done = invoke("retire", str(tmp_path / "none.yaml"), *words)
    assert done.exit_code == 2
    assert "need --annotate" in done.output


@pytest.mark.long
def test_the_patched_minivisor_builds_and_lacks_nothing(
    minivisor: Minivisor, tmp_path: Path
) -> None:
    space = minivisor.analysed()
    words = (*MARKS, "--include", "hv/init.h", "--patches", str(tmp_path / "patches"))
    done = invoke(
        "retire", str(CONFIG), *words, "--artifacts", str(minivisor.copied(tmp_path / "a").folder)
    )
    assert done.exit_code == 0, done.output
    assert space.folder.is_dir()
    tree = tmp_path / "tree"
    shutil.copytree(minivisor.settings.source, tree, ignore=shutil.ignore_patterns("build"))
    git = ["git", "-c", "user.name=a", "-c", "user.email=b", "-C", str(tree)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-qm", "input"], check=True)
    mails = sorted(map(str, (tmp_path / "patches").iterdir()))
    assert len(mails) == 11
    subprocess.run([*git, "am", "-q", *mails], check=True)
    (tree / "include/hv/init.h").write_text(HEADER)
    built = subprocess.run(["make", "-j2"], cwd=tree, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr[-3000:]
    sections = subprocess.run(
        ["readelf", "-SW", tree / "build/minivisor64.elf"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert {".init.text", ".init.data", ".init.rodata"} <= set(sections.split())
