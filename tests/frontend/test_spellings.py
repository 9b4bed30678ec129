# SPDX-License-Identifier: MIT
"""Patterns name entries as the tree, the file system or the database does; `linked` needs none."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tcbsplit.errors import CompileDatabaseError
from tcbsplit.frontend.compiledb import Database
from tests.support.cli import tcbsplit

SOURCES = {
    "tree/main.c": "int f (void); int main (void) { return f (); }\n",
    "tree/f.c": "int f (void) { return 1; }\n",
    "tree/spare.c": "int spare (void) { return 1; }\n",
    "tools/gen.c": "int generate (void) { return 2; }\n",
}
CONFIG = "version: 1\nname: a\nsource: tree\nimage: image\nroots: {boot: [main]}\n"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A tree with an image, and a tool beside the tree that the same build makes."""
    entries = []
    for name, text in SOURCES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        spelt = f"../{name}" if name.startswith("tools") else Path(name).name
        output = Path(name).stem + ".o"
        words = ["gcc", "-g", "-c", spelt, "-o", output]
        subprocess.run(words, cwd=tmp_path / "tree", check=True)
        directory = str(tmp_path / "tree")
        entries.append({"directory": directory, "file": spelt, "arguments": words})
    linked(tmp_path, "main.o", "f.o")
    (tmp_path / "cc.json").write_text(json.dumps(entries))
    return tmp_path


def linked(base: Path, *words: str) -> None:
    argv = ["gcc", "-nostdlib", "-Wl,-e,0", *words, "-o", "image"]
    subprocess.run(argv, cwd=base / "tree", check=True)


def analysed(base: Path, more: str) -> str:
    (base / "a.yaml").write_text(CONFIG + more)
    done = tcbsplit("analyze", "a.yaml", "--compdb", "cc.json", "--no-cache", cwd=base)
    return done.stdout + done.stderr


@pytest.mark.parametrize("pattern", ["../tools/*", "{base}/tools/*", "*/gen.c", "gen.o"])
def test_a_source_outside_of_the_tree_is_excluded(base: Path, pattern: str) -> None:
    shown = analysed(base, f"exclude: ['{pattern.format(base=base)}']\n")
    assert "3 functions" in shown


@pytest.mark.parametrize("pattern", ["spare.c", "{base}/tree/spare.c", "{base}/tree/spare.o"])
def test_a_source_of_the_tree_is_excluded(base: Path, pattern: str) -> None:
    shown = analysed(base, f"exclude: ['../tools/*', '{pattern.format(base=base)}']\n")
    assert "2 functions" in shown


def test_a_source_outside_of_the_tree_is_an_error_otherwise(base: Path) -> None:
    assert f"{base}/tools/gen.c is not below {base}/tree" in analysed(base, "")
    shown = analysed(base, "exclude: ['../tools/*', '../tols/*']\n")
    assert "a.yaml:6: exclude: no source or output in the compile database is ../tols/*" in shown
    assert "did you mean" in shown


def test_what_is_not_linked_may_lie_anywhere(base: Path) -> None:
    shown = analysed(base, "linked: image\n")
    assert "2 functions" in shown
    assert "2 sources are not part of the linked image: ../tools/gen.c, spare.c" in shown


def test_what_is_linked_may_not(base: Path) -> None:
    linked(base, "gen.o")
    assert f"{base}/tools/gen.c is not below {base}/tree" in analysed(base, "linked: image\n")


def test_an_image_without_the_symbols_that_its_hash_table_looks_up(base: Path) -> None:
    script = base / "s.lds"
    script.write_text(
        "SECTIONS { .text : { *(.text*) } .data : { *(.data*) *(.rodata*) } .hash : { *(.hash) "
        "*(.gnu.hash) } .rela : { *(.rela*) } /DISCARD/ : { *(.dyn*) *(.interp) *(.note*) } }\n"
    )
    options = "-Wl,--no-dynamic-linker,--hash-style=both,--build-id=none"
    linked(base, "-pie", options, "-T", str(script), "main.o", "f.o")
    shown = analysed(base, "linked: image\n")
    assert "2 functions" in shown


def test_commands_outside_are_only_given_on_request(base: Path) -> None:
    database = Database(base / "cc.json", base / "tree")
    with pytest.raises(CompileDatabaseError, match="is not below"):
        database.commands()
    commands = database.commands(outside=True)
    assert len(commands) == len(SOURCES)
    with pytest.raises(CompileDatabaseError, match=r"entry 3: .*gen.c is not below"):
        database.refuse_outside(commands)
    database.refuse_outside([c for c in commands if not c.file.startswith("..")])
