# SPDX-License-Identifier: MIT
"""A compile database from somebody else runs nothing of its own and writes nowhere."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from unittest import mock

import pytest

from tcbsplit.frontend import trusted
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import Language
from tests.support.cli import tcbsplit

CONFIG = "version: 1\nname: a\nsource: tree\nimage: a\nroots: {boot: [main]}\n"
SOURCES = {
    "broken.c": "#include <none.h>\nint broken (void) { return missing; }\n",
    "main.c": "#include <stddef.h>\nextern int f (void);\nint main (void) { return f (); }\n",
    "f.S": "#ifdef USED\n.globl f\nf: call g\n ret\n#endif\n",
    "g.c": "int g (void) { return 4; }\n",
}
# Of an assembly command: what would run the script `evil`, or write where it should not.
ATTACKS = {
    "wrapper": ["-wrapper", "{evil}"],
    "plugin": ["-fplugin={evil}.so"],
    "specs": ["-specs={tree}/evil.specs"],
    "specs in two words": ["--specs", "{tree}/evil.specs"],
    "folder of programs": ["-B{tree}/bin/"],
    "prefix": ["--prefix={tree}/bin/"],
    "response file": ["@{tree}/evil.rsp"],
    "of the assembler": ["-Wa,--MD,{tree}/written"],
    "of the assembler, in two parts": ["-Wa,-I,@{tree}/evil.as,--defsym,--MD,{tree}/written"],
    "a listing": ["-Wa,-aln={tree}/written"],
    "the assembler's response file": ["-Wa,@{tree}/evil.as"],
    "to the assembler": ["-Xassembler", "--MD", "-Xassembler", "{tree}/written"],
    "dependencies": ["-Wp,-MD,{tree}/written"],
    "output": ["-o", "{tree}/written"],
    "dump": ["-dumpdir", "{tree}/written", "-save-temps"],
    "no assembler of Clang's own": ["-fno-integrated-as", "--sysroot={tree}", "-B{tree}/bin"],
    "toolchain": ["--gcc-toolchain={tree}", "-fno-integrated-as"],
    "profile": ["-fprofile-use={tree}/x", "-fdump-tree-all={tree}/written"],
}
COMPILERS = {
    "relative": "./gcc",
    "in the tree": "{tree}/gcc",
    "in a folder beside": "{base}/gcc",
    "by a link": "{base}/cc",
    "of another name": "{evil}",
    "on a relative PATH": "gcc",
}


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A tree with a program that leaves a mark, under the names of compilers and assemblers."""
    tree = tmp_path / "tree"
    (tree / "bin").mkdir(parents=True)
    for name, text in SOURCES.items():
        (tree / name).write_text(text)
    for place in (tree / "evil", tree / "gcc", tree / "bin/as", tree / "bin/cc1", tmp_path / "gcc"):
        place.write_text(f"#!/bin/sh\ntouch '{tree}/written'\nexit 1\n")
        place.chmod(0o755)
    (tmp_path / "cc").symlink_to(tree / "gcc")
    (tree / "evil.specs").write_text(f"*asm:\n{tree}/evil\n\n*invoke_as:\n{tree}/evil\n")
    (tree / "evil.rsp").write_text(f"-wrapper {tree}/evil\n")
    (tree / "evil.as").write_text(f"--MD {tree}/written\n")
    return tree


def analysed(tree: Path, compiler: str, options: list[str], *more: str) -> str:
    names = {"tree": tree, "evil": tree / "evil", "base": tree.parent}
    words = [w.format(**names) for w in (compiler, *options, "-DUSED", "-c")]
    entries = [
        {"directory": str(tree), "file": f, "arguments": [*words, f]}
        for f in SOURCES
    ]  # fmt: skip
    (tree.parent / "a.yaml").write_text(CONFIG)
    (tree.parent / "cc.json").write_text(json.dumps(entries))
    database = tree.parent / "cc.json"
    with mock.patch.dict(os.environ, PATH=f".:{os.environ['PATH']}"):
        done = tcbsplit(
            "analyze",
            tree.parent / "a.yaml",
            "--compdb",
            database,
            "--no-cache",
            *more,
            cwd=tree.parent,
        )
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("options", ATTACKS.values(), ids=ATTACKS.keys())
@pytest.mark.parametrize("compiler", ["/usr/bin/gcc", "clang"])
def test_options_of_a_database_do_nothing(hostile: Path, compiler: str, options: list[str]) -> None:
    before = sorted(p.relative_to(hostile) for p in hostile.rglob("*"))
    shown = analysed(hostile, compiler, options)
    assert sorted(p.relative_to(hostile) for p in hostile.rglob("*")) == before, shown


@pytest.mark.parametrize("compiler", COMPILERS.values(), ids=COMPILERS.keys())
def test_compilers_of_a_database_are_not_run(hostile: Path, compiler: str) -> None:
    analysed(hostile, compiler, [])
    assert not (hostile / "written").exists()


def test_the_attacks_work_if_the_database_is_trusted(hostile: Path) -> None:
    shown = analysed(hostile, "{tree}/gcc", [], "--trust-database")
    assert (hostile / "written").exists(), shown
    (hostile / "written").unlink()
    analysed(hostile, "/usr/bin/gcc", ["-wrapper", "{evil}"], "--trust-database")
    assert (hostile / "written").exists()


def test_a_unit_without_a_known_compiler_is_named(hostile: Path) -> None:
    shown = analysed(hostile, "{evil}", [])
    assert "f.S:0: " in shown
    assert "is no compiler that this machine has under a known name" in shown
    assert "--trust-database" in shown


def command(*words: str) -> CompileCommand:
    return CompileCommand(file="f.S", directory="/", arguments=words, language=Language.ASSEMBLY)


@pytest.mark.parametrize(
    "words",
    [
        "-DX -D Y=2 -I/a -isystem /b -include c.h -m32 -mno-red-zone -march=i686 -nostdinc",
        "-std=gnu11 -x assembler-with-cpp -Wa,--noexecstack -Wa,--defsym,A=1,-I/x -undef -fpic",
        "-m64 -Wa,-I,core/x86 -Wa,--divide",
    ],
)
def test_what_changes_the_code_is_kept(words: str) -> None:
    kept = trusted.asked(command("gcc", *words.split()), Path("/nowhere")).arguments
    assert list(kept[1:]) == words.split()
    assert subprocess.run([kept[0], "--version"], capture_output=True, check=True).stdout


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("gcc", True), ("gcc-12", True), ("x86_64-linux-gnu-gcc-12", True), ("clang", True),
        ("aarch64-none-elf-gcc", True), ("gcc.sh", False), ("mygcc", False), ("cc1", False),
        ("python3", False), ("gcc-wrapper", False), ("", False), ("..", False),
    ],
)  # fmt: skip
def test_known_names(
    name: str, known: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    if name not in ("", ".."):
        (tmp_path / "bin" / name).write_text("#!/bin/sh\n")
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    found = trusted.compiler(name, Path("/nowhere"))
    assert found == (str(tmp_path / "bin" / name) if known else "")
    assert trusted.compiler(name, tmp_path) == ""
