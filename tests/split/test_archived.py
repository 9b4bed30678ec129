# SPDX-License-Identifier: MIT
"""What stays in an archive is still taken out of it where only code that moved had led to it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tcbsplit.frontend.machine.parts import indexed, parts
from tcbsplit.model.edit import EXCISED, Emission
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import Style
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.split import split
from tcbsplit.pipeline.verify import verify
from tcbsplit.pipeline.workspace import Workspace, load
from tests.support.divided import laid_out
from tests.support.reading import IN_PROCESS

MAIN = "int head (void); int keep (void);\nint main (void) { return 10 * head () + keep (); }\n"
HEAD = "int keep (void);\nint head (void) { return keep (); }\n"
KEEP = "int keep (void) { return 3; }\n"
CONFIG = """\
preprocess: [head, {name: middle, optional: true}, {name: second, optional: true}]
cuts: [{caller: main, callee: head, policy: stub, expression: "1", reason: r}]
"""
# How the tree's authors link: all of OBJECTS is given, members stand in archives.
PARTIAL = [
    "ar rcs part.a {members}",
    "ld -r -o part.o {given} part.a",
    "{cc} -o whole main.o part.o",
]
ORDERED = [
    "ar rcs one.a keep.o", "ar rcs two.a {members}", "{cc} -o whole main.o {given} one.a two.a",
]  # fmt: skip


class Tree(NamedTuple):
    """Files that are linked as given, those in archives, and the commands of the link."""

    given: dict[str, str]
    archived: dict[str, str]
    link: list[str] = PARTIAL
    main: str = MAIN
    referring: int = 1  # references that are kept


TREES = {
    "a call": Tree({"head.c": HEAD}, {"keep.c": KEEP}),
    "a table": Tree(
        {"head.c": "int keep (void);\nint (*table[]) (void) = { keep };\n"
                   "int head (void) { return table[0] (); }\n"},
        {"keep.c": KEEP}),
    "a variable": Tree(
        {"head.c": "extern int kept;\nint head (void) { return kept; }\n"},
        {"keep.c": "int kept = 3;\n" + KEEP},
        main="extern int kept; int head (void);\n"
             "int main (void) { return 10 * head () + kept; }\n"),
    "a chain of what moves": Tree(
        {"head.c": "int middle (void);\nint head (void) { return middle (); }\n"},
        {"middle.c": "int keep (void);\nint middle (void) { return keep (); }\n", "keep.c": KEEP}),
    "a chain through what stays": Tree(
        {"head.c": "int between (void);\nint head (void) { return between (); }\n"},
        {"between.c": "int keep (void);\nint between (void) { return keep (); }\n",
         "keep.c": KEEP}),
    "an inline function": Tree(
        {"head.c": '#include "inline.h"\nint head (void) { return inlined (); }\n',
         "inline.h": "int keep (void);\nstatic inline int inlined (void) { return keep (); }\n"},
        {"keep.c": KEEP}),
    "a file without anything left": Tree(
        {"head.c": "int second (void);\nint head (void) { return second (); }\n",
         "second.c": "int keep (void);\nint second (void) { return keep (); }\n"},
        {"keep.c": KEEP}),
    "an archive before the one that needs it": Tree(
        {"head.c": HEAD},
        {"later.c": "int keep (void);\nint later (void) { return keep (); }\n"},
        ORDERED, "int head (void); int later (void);\n"
                 "int main (void) { return 10 * head () + later (); }\n"),
    "code beside it that stays": Tree(
        {"head.c": HEAD + "int other (void) { return keep (); }\n"}, {"keep.c": KEEP},
        main="int head (void); int keep (void); int other (void);\n"
             "int main (void) { return 10 * head () + keep () + 0 * other (); }\n",
        referring=0),
    "a plain link": Tree(
        {"head.c": HEAD}, {"keep.c": KEEP},
        ["ar rcs part.a {members}", "{cc} -o whole main.o {given} part.a"], referring=0),
}  # fmt: skip


def built(tree: Path, made: Tree, files: list[str], compiler: str = "gcc") -> int:
    """Build as the tree's authors do, without what an earlier build left; run the image."""
    for old in (*tree.glob("*.[oa]"), tree / "whole"):
        old.unlink(missing_ok=True)
    words = [compiler, "-Wall", "-Wextra", "-Werror", "-DTCBSPLIT_THIN", "-c"]
    subprocess.run([*words, *files], cwd=tree, check=True)
    places = {
        "given": " ".join(f"{Path(n).stem}.o" for n in made.given if n.endswith(".c")),
        "members": " ".join(f"{Path(n).stem}.o" for n in made.archived),
        "cc": compiler,
    }
    for command in made.link:
        subprocess.run(command.format(**places).split(), cwd=tree, check=True)
    return subprocess.run([tree / "whole"], check=False).returncode


@pytest.mark.parametrize("style", [EXCISED, Emission(style=Style.GUARD)], ids=["excise", "guard"])
@pytest.mark.parametrize("name", TREES)
def test_what_stays_in_an_archive_is_linked(tmp_path: Path, name: str, style: Emission) -> None:
    made = TREES[name]
    files = {"main.c": made.main, **made.given, **made.archived}
    if made.link is ORDERED:
        files["keep.c"] = KEEP
    sources = [f for f in files if f.endswith(".c")]
    settings = laid_out(tmp_path, files, CONFIG, [(f, ["-c", f]) for f in sources])
    assert built(tmp_path / "tree", made, sources) == 33
    space = Workspace(tmp_path / "artifacts")
    analyze(settings, space, how=IN_PROCESS)
    split(settings, space, tmp_path / "out", how=IN_PROCESS, emission=style)
    assert not verify(tmp_path / "out", how=IN_PROCESS).problems
    thin = tmp_path / "out/thin"
    texts = "".join((thin / f).read_text() for f in sources)
    assert texts.count(".dc.a") == made.referring
    for compiler in ("gcc", "clang"):
        assert built(thin, made, sources, compiler) == 13


def test_an_index_is_read_or_there_is_none(tmp_path: Path) -> None:
    """Of archives with and without an index, thin ones, damaged ones and what is none."""
    (tmp_path / "a.c").write_text("int one; void two (void) { } static int three;\n")
    subprocess.run(["gcc", "-c", "a.c"], cwd=tmp_path, check=True)
    for name, options in (("plain.a", "rcs"), ("thin.a", "rcsT"), ("bare.a", "rcS")):
        subprocess.run(["ar", options, name, "a.o"], cwd=tmp_path, check=True)
    assert sorted(indexed(tmp_path / "plain.a")) == ["one", "two"]
    assert sorted(indexed(tmp_path / "thin.a")) == ["one", "two"]
    assert not [*indexed(tmp_path / "bare.a")]
    whole = (tmp_path / "plain.a").read_bytes()
    for length in (0, 8, 40, 68, 70):
        (tmp_path / "cut.a").write_bytes(whole[:length])
        assert not [*indexed(tmp_path / "cut.a")]
    assert not [*indexed(tmp_path / "a.o")]
    assert not [*indexed(tmp_path / "missing.a")]


@pytest.mark.timeout(60)
def test_only_files_are_read(tmp_path: Path) -> None:
    """A pipe would never end, and neither would a device."""
    files = {"main.c": MAIN, "head.c": HEAD, "keep.c": KEEP}
    settings = laid_out(tmp_path, files, CONFIG, [(f, ["-c", f]) for f in files])
    os.mkfifo(tmp_path / "tree/pipe.a")
    os.mkfifo(tmp_path / "tree/pipe.o")
    (tmp_path / "tree/endless.a").symlink_to("/dev/zero")
    (tmp_path / "tree/folder.a").mkdir()
    space = Workspace(tmp_path / "artifacts")
    analyze(settings, space, how=IN_PROCESS)
    assert parts(load(space.program, Program), [tmp_path / "tree"]) == ()
