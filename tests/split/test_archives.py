# SPDX-License-Identifier: MIT
"""Stubs in archives that are linked into a part of the image: the linker still finds them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tcbsplit.model.edit import EXCISED, Emission
from tcbsplit.model.vocabulary import Style
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.split import split
from tcbsplit.pipeline.workspace import Workspace
from tests.support.divided import laid_out
from tests.support.reading import IN_PROCESS

MAIN = "int head (void); int leaf (void);\nint main (void) { return 10 * head () + leaf (); }\n"
LEAF = "int leaf (void) { return 3; }\n"
MIDDLE = "int leaf (void);\nint middle (void) { return leaf (); }\n"
# What is linked as given and what stands in the archive; main's object is linked with the whole.
TREES = {
    "a call": ({"head.c": "int leaf (void);\nint head (void) { return leaf (); }\n"},
               {"leaf.c": LEAF}),
    "a table": ({"head.c": "int leaf (void);\nint (*table[]) (void) = { leaf };\n"
                           "int head (void) { return table[0] (); }\n"},
                {"leaf.c": LEAF}),
    "a chain": ({"head.c": "int middle (void);\nint head (void) { return middle (); }\n"},
                {"middle.c": MIDDLE, "leaf.c": LEAF}),
    "a file without anything left": (
        {"head.c": "int second (void);\nint head (void) { return second (); }\n",
         "second.c": "int leaf (void);\nint second (void) { return leaf (); }\n"},
        {"leaf.c": LEAF}),
    "another name for the linker": (
        {"head.c": 'int other (void) __asm__ ("leaf");\nint head (void) { return other (); }\n'},
        {"leaf.c": LEAF}),
    "beside unreached code that leaves as well": (
        {
            "head.c": "int leaf (void);\nint head (void) { return leaf (); }\n"
            "int spare (void) { return leaf (); }\n"
        },
        {"leaf.c": LEAF},
    ),
    "line ends of DOS": (
        {"head.c": "int leaf (void);\r\nint head (void) { return leaf (); }\r\n"},
        {"leaf.c": LEAF}),
}  # fmt: skip
# Files that must refer to the stub themselves: another one that does may not be linked.
REFER = {"a file without anything left": ["head.c", "second.c"]}
CONFIG = """\
preprocess: [head, leaf, {name: middle, optional: true}, {name: second, optional: true}]
cuts: [{caller: main, callee: "*", policy: stub, expression: "1", reason: r}]
"""


def linked(tree: Path, given: list[str], archived: list[str], compiler: str = "gcc") -> int:
    """Build as the tree's authors do: ``ld -r`` of a part with its archive, then the whole."""
    words = [compiler, "-Wall", "-Wextra", "-Werror", "-DTCBSPLIT_THIN", "-c"]
    subprocess.run([*words, "main.c", *given, *archived], cwd=tree, check=True)
    objects = [f"{Path(name).stem}.o" for name in given]
    (tree / "part.a").unlink(missing_ok=True)
    members = [f"{Path(name).stem}.o" for name in archived]
    subprocess.run(["ar", "rcs", "part.a", *members], cwd=tree, check=True)
    subprocess.run(["ld", "-r", "-o", "part.o", *objects, "part.a"], cwd=tree, check=True)
    subprocess.run([compiler, "-o", "whole", "main.o", "part.o"], cwd=tree, check=True)
    return subprocess.run([tree / "whole"], check=False).returncode


@pytest.mark.parametrize("style", [EXCISED, Emission(style=Style.GUARD)], ids=["excise", "guard"])
@pytest.mark.parametrize("name", TREES)
def test_a_stub_in_an_archive_is_linked(tmp_path: Path, name: str, style: Emission) -> None:
    given, archived = TREES[name]
    files = {"main.c": MAIN, **given, **archived}
    settings = laid_out(tmp_path, files, CONFIG, [(f, ["-c", f]) for f in files])
    assert linked(tmp_path / "tree", [*given], [*archived]) == 33
    for made in (*(tmp_path / "tree").glob("*.[oa]"), tmp_path / "tree/whole"):
        made.unlink()
    space = Workspace(tmp_path / "artifacts")
    analyze(settings, space, how=IN_PROCESS)
    split(settings, space, tmp_path / "out", how=IN_PROCESS, emission=style)
    assert all(".dc.a leaf" in (tmp_path / "out/thin" / f).read_text() for f in REFER.get(name, ()))
    for compiler in ("gcc", "clang"):
        thin = tmp_path / "out/thin"
        assert linked(thin, [*given], [*archived], compiler) == 11
        loaded = subprocess.run(
            ["readelf", "-SW", thin / "whole"], check=True, capture_output=True, text=True
        ).stdout
        (line,) = [line for line in loaded.splitlines() if ".tcbsplit.stubs" in line]
        assert " A " not in line, "it is not loaded"
