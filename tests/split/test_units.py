# SPDX-License-Identifier: MIT
"""Which units each tree has: variants, headers, included sources, foreign code, odd paths."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tcbsplit.errors import ConflictError
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.split import split as split_trees
from tcbsplit.pipeline.workspace import Workspace
from tests.support.divided import laid_out

CUT = 'cuts: [{caller: "*", callee: moved, policy: stub, expression: "7", reason: known}]'
MAIN = "int moved (int n);\nint main (void) { return moved (3); }\n"
LIB = "int moved (int n) { return n + 4; }\n"
Units = list[tuple[str, list[str]]]


def emitted(folder: Path, files: dict[str, str], units: Units, cuts: str = CUT) -> Path:
    """Return OUT of the split of ``files``, of which ``units`` are compiled with flags."""
    commands = [(f, [*w, "-c", f, "-o", f"{i}.o"]) for i, (f, w) in enumerate(units)]
    settings = laid_out(folder, files, f"preprocess: [moved]\n{cuts}\n", commands)
    space = Workspace(folder / "out")
    analyze(settings, space)
    split_trees(settings, space, folder / "split")
    return folder / "split"


def symbols(out: Path) -> list[str]:
    """Compile the moved units of the guest; return the functions that their objects define."""
    makefile = (out / "guest/Makefile").read_text()
    found = re.search(r"^moved := build/adapter\.o(.*)$", makefile, re.MULTILINE)
    assert found is not None
    objects = found.group(1).split()
    assert len(set(objects)) == len(objects)
    subprocess.run(["make", "-s", *objects], cwd=out / "guest", check=True)
    text = subprocess.run(
        ["nm", "--defined-only", *objects], cwd=out / "guest", capture_output=True, check=True
    ).stdout.decode()
    return sorted(re.findall(r" [Tt] (\w+)", text))


def runs(tree: Path, units: Units, *more: str) -> int:
    """Build a tree and return the exit status of its program."""
    objects = []
    for i, (file, flags) in enumerate(units):
        objects.append(f"{i}.o")
        subprocess.run(["gcc", *flags, "-c", file, "-o", f"{i}.o"], cwd=tree, check=True)
    subprocess.run(["gcc", *objects, *more, "-o", "program"], cwd=tree, check=True)
    return subprocess.run(["./program"], cwd=tree).returncode


VARIANTS = {
    "main.c": "int kept (int n);\n" + MAIN.replace("moved (3)", "moved (3) + kept (3)"),
    "multi.c": "static int base (int n) { return n + 4; }\n"
    "#ifdef RUN\nint kept (int n) { return base (n); }\n#endif\n"
    "#ifdef SETUP\nint moved (int n) { return base (n); }\n#endif\n",
}


@pytest.mark.parametrize("order", [["-DRUN", "-DSETUP"], ["-DSETUP", "-DRUN"]])
def test_each_variant_of_a_source_is_an_object(order: list[str], tmp_path: Path) -> None:
    units: Units = [("main.c", []), *(("multi.c", [flag]) for flag in order)]
    out = emitted(tmp_path, VARIANTS, units)
    assert symbols(out) == ["base", "base", "moved"]
    assert runs(out / "thin", units) == 14


def test_a_function_of_a_header_moves(tmp_path: Path) -> None:
    header = "static inline int moved (int n) { static int calls; return calls++ + n + 4; }\n"
    files = {
        "part.h": f"#ifndef PART_H\n#define PART_H\n{header}#endif\n",
        "main.c": '#include "part.h"\nint main (void) { return moved (3); }\n',
    }
    units: Units = [("main.c", [])]
    out = emitted(tmp_path, files, units)
    assert symbols(out) == []
    assert header in (out / "guest/src/part.h").read_text()
    assert header not in (out / "thin/part.h").read_text()
    assert runs(out / "thin", units) == 7


def test_a_function_of_an_included_source_moves(tmp_path: Path) -> None:
    files = {
        "all.c": '#include "one.c"\n#include "two.c"\n',
        "one.c": LIB.replace("int moved", "static int moved"),
        "two.c": "int main (void) { return moved (3); }\n",
    }
    units: Units = [("all.c", ["-w"])]
    out = emitted(tmp_path, files, units)
    assert symbols(out) == ["moved"]
    assert runs(out / "thin", units) == 7


def test_a_path_may_have_blanks_and_signs(tmp_path: Path) -> None:
    name = "my dir/lib: a$b'c#.c"
    files = {"main.c": MAIN, name: LIB, "my_dir/lib__a_b_c_.c": "int other (void) { return 1; }\n"}
    units: Units = [("main.c", []), (name, []), ("my_dir/lib__a_b_c_.c", [])]
    out = emitted(tmp_path, files, units)
    assert symbols(out) == ["moved"]
    assert runs(out / "thin", units) == 7


FOREIGN = 'extern "C" int moved (int);\nextern "C" int foreign (void) { return moved (3); }\n'
ASKS = "int foreign (void);\nint main (void) { return foreign (); }\n"


def test_a_unit_in_another_language_is_a_caller(tmp_path: Path) -> None:
    units: Units = [("main.c", []), ("lib.c", []), ("glue.cc", [])]
    files = {"main.c": ASKS, "lib.c": LIB, "glue.cc": FOREIGN}
    out = emitted(tmp_path, files, units)
    assert runs(out / "thin", units) == 7


def test_a_unit_in_another_language_needs_a_cut(tmp_path: Path) -> None:
    units: Units = [("main.c", []), ("lib.c", []), ("glue.cc", [])]
    files = {"main.c": ASKS, "lib.c": LIB, "glue.cc": FOREIGN}
    with pytest.raises(ConflictError, match=r"glue\.cc.* -> moved: stays, but mentions what moves"):
        emitted(tmp_path, files, units, "cuts: []")


def test_code_without_source_finds_the_stub(tmp_path: Path) -> None:
    vendor = "int moved (int n);\nint foreign (void) { return moved (3); }\n"
    files = {"main.c": ASKS, "lib.c": LIB, "vendor.c": vendor}
    units: Units = [("main.c", []), ("lib.c", [])]
    out = emitted(tmp_path, files, units, CUT.replace("reason", "optional: true, reason"))
    subprocess.run(["gcc", "-c", "vendor.c", "-o", "vendor.o"], cwd=out / "thin", check=True)
    assert runs(out / "thin", units, "vendor.o") == 7
