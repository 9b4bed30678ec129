# SPDX-License-Identifier: MIT
"""What the recorded compiler reads otherwise than libclang is found, and named."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tcbsplit.config.load import load
from tcbsplit.errors import BrokenContract, EnvironmentProblem
from tcbsplit.frontend import compiledb
from tcbsplit.frontend.fidelity import Fidelity, compare
from tcbsplit.frontend.reading import read_units
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.extraction import Extraction
from tcbsplit.pipeline.workspace import Workspace

SOURCE = """\
#include "h.h"
void used (void);
void start (void) {
#ifdef HIDDEN
    used ();
#else
    other (1,
           2);
#endif
}
"""
HEADER = "void other (int a, int b);\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    (folder / "other").mkdir(parents=True)
    (folder / "a.c").write_text(SOURCE)
    (folder / "h.h").write_text(HEADER)
    (folder / "other/extra.h").write_text("int extra;\n")
    return folder


def compiler(folder: Path, adds: str) -> str:
    """A compiler that does more than its command says."""
    path = folder / "mygcc"
    path.write_text(f'#!/bin/sh\nexec gcc {adds} "$@"\n')
    path.chmod(0o755)
    return str(path)


def compared(folder: Path, *arguments: str) -> Fidelity:
    database = folder / "db.json"
    entry = {"directory": str(folder), "file": "a.c", "arguments": [*arguments, "-c", "a.c"]}
    database.write_text(json.dumps([entry]))
    return compare(
        read_units(compiledb.Database(database, folder).commands(), folder, jobs=1), folder
    )


@pytest.mark.parametrize("name", ["gcc", "clang"])
def test_agreement(tree: Path, name: str) -> None:
    for flags in (
        [],
        ["-DHIDDEN"],
        ["-Wp,-DHIDDEN", "-ansi"],
        ["-O2", "-fPIC", "-isystem", "other"],
    ):
        found = compared(tree, name, *flags)
        assert not found.differences
        assert found.compared == 1


def test_another_branch_is_named_with_its_condition(tree: Path) -> None:
    told = compared(tree, compiler(tree, "-DHIDDEN")).differences
    assert len(told) == 2
    assert "a.c: a.c:4: #ifdef HIDDEN: only mygcc compiles what follows" in told[0]
    assert "a.c: a.c:6: #else: only the analysis compiles what follows" in told[1]
    assert all("-D in the compile database" in line for line in told)


def test_another_header_is_named(tree: Path) -> None:
    (told,) = compared(tree, compiler(tree, "-include other/extra.h")).differences
    assert told.startswith("a.c: other/extra.h: only mygcc reads it")


def test_the_likely_flag_is_named(tree: Path) -> None:
    (tree / "plugin.specs").write_text("*cpp_unique_options:\n+ -DHIDDEN\n")
    told = compared(tree, "gcc", f"-specs={tree}/plugin.specs").differences
    assert told
    assert all(f"likely for: -specs={tree}/plugin.specs" in line for line in told)


def test_clang_is_compared_by_what_it_compiles(tree: Path) -> None:
    (told,) = compared(tree, compiler(tree, "-DHIDDEN").replace("mygcc", "mygcc")).differences[:1]
    assert "only mygcc" in told
    path = tree / "myclang"
    path.write_text('#!/bin/sh\nexec clang -DHIDDEN "$@"\n')
    path.chmod(0o755)
    (told,) = compared(tree, str(path)).differences
    assert "#ifdef HIDDEN: only myclang compiles what follows" in told


def test_line_ends_of_dos_make_no_difference(tree: Path) -> None:
    (tree / "h.h").write_bytes(HEADER.replace("\n", "\r\n").encode())
    (tree / "a.c").write_bytes(SOURCE.replace("\n", "\r\n").encode())
    assert not compared(tree, "gcc").differences


def test_macros_over_several_lines_make_no_difference(tree: Path) -> None:
    (tree / "h.h").write_text("#define CALL(f, \\\n a) f \\\n (a)\n#define NOTHING(x)\n")
    (tree / "a.c").write_text(
        '#include "h.h"\nint g (int);\nint f (void) {\n NOTHING (\n  1\n )\n return CALL (g,\n'
        "  /* c\n  */ 2) +\n#if 0\n 1 don't\n#else\n 2;\n#endif\n}\n"
    )
    assert not compared(tree, "gcc").differences


def test_a_command_that_fails_is_said(tree: Path) -> None:
    (told,) = compared(tree, compiler(tree, "-include missing.h")).differences
    assert told.startswith("a.c: not compared: the recorded command does not preprocess it")


def test_a_missing_compiler_is_said(tree: Path) -> None:
    found = compared(tree, "no-such-gcc")
    assert found.missing == ("no-such-gcc",)
    assert found.compared == 0


CONFIG = """\
version: 1
name: t
source: {source}
image: t
roots: {{boot: [start], runtime: [start]}}
launch: []
"""


def analysed(folder: Path, compiler: str, work: Path) -> None:
    entries = [{"directory": str(folder), "file": "a.c", "arguments": [compiler, "a.c"]}]
    config = work / "t.yaml"
    texts = {folder / "db.json": json.dumps(entries), config: CONFIG.format(source=folder)}
    for path, text in texts.items():
        if not path.is_file() or path.read_text() != text:  # an old file may be up to date
            path.write_text(text)
    settings = load(config, compdb=folder / "db.json")
    how = Extraction(cache=work / "cache.sqlite", verify=True)
    result = analyze(settings, Workspace(work / "out"), how=how)
    assert result.compared == 1


def test_differences_break_the_contract_until_they_are_gone(tree: Path, tmp_path: Path) -> None:
    lying = compiler(tree, "-DHIDDEN")
    for _ in range(2):  # what differs is compared again
        with pytest.raises(BrokenContract, match="#ifdef HIDDEN"):
            analysed(tree, lying, tmp_path)
    assert (tmp_path / "out/analysis.json").is_file()
    honest = compiler(tree, "")
    analysed(tree, honest, tmp_path)
    analysed(tree, honest, tmp_path)
    time.sleep(0.2)  # until the compiler is old enough for the analysis to be up to date
    analysed(tree, honest, tmp_path)
    compiler(tree, "-DHIDDEN")  # another compiler under the same name
    with pytest.raises(BrokenContract, match="#ifdef HIDDEN"):
        analysed(tree, honest, tmp_path)


def test_no_compiler_at_all_is_no_verification(tree: Path, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="no-such-gcc"):
        analysed(tree, "no-such-gcc", tmp_path)
