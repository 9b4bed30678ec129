# SPDX-License-Identifier: MIT
"""Entries of compile databases: response files, quoting, sources, languages, unknown flags."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest

from tcbsplit.errors import CompileDatabaseError
from tcbsplit.frontend import compiledb, flags, responses
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import SymbolId


def loaded(folder: Path, *entries: Mapping[str, object]) -> tuple[CompileCommand, ...]:
    database = folder / "db.json"
    database.write_text(json.dumps([{"directory": str(folder), **e} for e in entries]))
    return compiledb.Database(database, folder).commands()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("a.c", "b.c", "a.S", "odd.inc"):
        (tmp_path / name).write_text("")
    return tmp_path


@pytest.mark.parametrize(
    "text",
    ["-Da -Db", "'-Da b' -Dc", '"-Da b"', "-Da\\ b", "'-Da\\'b'", "-Da'b'\"c\"d",
     "\n\t-Da\r\n-Db\f",
     "-Da\\\\b", "'-DX=\"a b\"'", "\"-DS='x'\"", "-Da'b c", "-Da\\",
     "-D'a\"b'", '-D"a\\"b"', ""],
)  # fmt: skip
def test_response_files_are_split_as_gcc_does(tmp_path: Path, text: str) -> None:
    (tmp_path / "r").write_bytes(text.encode())
    (tmp_path / "show").write_text('#!/bin/sh\nfor a; do printf "%s\\0" "$a"; done > shown\n')
    (tmp_path / "show").chmod(0o755)
    (tmp_path / "a.c").write_text("")
    subprocess.run(
        ["gcc", "@r", "-E", "a.c", "-wrapper", "./show"], cwd=tmp_path, check=True,
        capture_output=True,
    )  # fmt: skip
    words = (tmp_path / "shown").read_bytes().decode().split("\0")
    defined = [f"-D{b}" for a, b in pairwise(words) if a == "-D"]
    assert responses.split(text) == defined


def test_an_empty_pair_of_quotes_is_a_word() -> None:
    assert responses.split("'' a \"\"") == ["", "a", ""]


def test_a_missing_response_file_is_an_error_with_the_entry(tree: Path) -> None:
    good = {"file": "a.c", "arguments": ["gcc", "a.c"]}
    with pytest.raises(CompileDatabaseError, match=r"entry 1: response file .*/no\.rsp"):
        loaded(tree, good, {"file": "b.c", "arguments": ["gcc", "@no.rsp", "b.c"]})
    (tree / "loop.rsp").write_text("@loop.rsp")
    with pytest.raises(CompileDatabaseError, match=r"entry 0: .*includes itself"):
        loaded(tree, {"file": "a.c", "arguments": ["gcc", "@loop.rsp", "a.c"]})
    (tree / "folder").mkdir()
    with pytest.raises(CompileDatabaseError, match=r"entry 0: response file .*folder"):
        loaded(tree, {"file": "a.c", "arguments": ["gcc", "@folder", "a.c"]})


def test_an_excluded_source_needs_no_response_file(tree: Path) -> None:
    (tree / "db.json").write_text(json.dumps([
        {"directory": str(tree), "file": "a.c", "arguments": ["gcc", "a.c"]},
        {"directory": str(tree), "file": "b.c", "arguments": ["gcc", "@no.rsp", "b.c"]},
    ]))  # fmt: skip
    assert [c.file for c in compiledb.Database(tree / "db.json", tree).commands(["b.c"])] == ["a.c"]


def test_response_files_are_inputs_of_the_analysis(tree: Path) -> None:
    (tree / "x.rsp").write_text("-DX @y.rsp")
    (tree / "y.rsp").write_text("-c a.c -o out/a.o")
    (command,) = loaded(tree, {"file": "a.c", "arguments": ["gcc", "@x.rsp"]})
    assert command.arguments == ("gcc", "-DX")
    assert command.output == "out/a.o"
    inputs = read_program([command], tree, "x", jobs=1).inputs
    assert {str(tree / "x.rsp"), str(tree / "y.rsp")} <= set(inputs)


def test_captured_response_files_outlive_the_build(tree: Path) -> None:
    (tree / "x.rsp").write_text("'-DX=a b'")
    database = tree / "db.json"
    database.write_text(
        json.dumps([{"directory": str(tree), "file": "a.c", "command": "gcc @x.rsp a.c"}])
    )
    compiledb.settle(database)
    (tree / "x.rsp").unlink()
    (command,) = compiledb.Database(database, tree).commands()
    assert command.arguments == ("gcc", "-DX=a b")


def test_a_parallel_build_gives_the_same_database_each_time(tree: Path) -> None:
    entries = [
        {"directory": str(tree), "file": f, "arguments": ["gcc", f, *more], "output": o}
        for f, o, *more in (
            ("b.c", "b.o"), ("a.c", "z.o"), ("a.S", "s.o"), ("a.c", "a.o", "-DFIRST"),
            ("a.c", "a.o", "-DAGAIN"),
        )
    ]  # fmt: skip
    database, found = tree / "db.json", set()
    # A unit's two compilations into one object come one after the other in any build.
    for order in ((0, 1, 2, 3, 4), (3, 2, 4, 1, 0), (3, 4, 2, 0, 1)):
        database.write_text(json.dumps([entries[n] for n in order]))
        compiledb.settle(database)
        found.add(tuple(" ".join(e["arguments"]) for e in json.loads(database.read_text())))
    (words,) = found
    assert words == (
        "gcc a.S", "gcc a.c -DFIRST", "gcc a.c -DAGAIN", "gcc a.c", "gcc b.c",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("gcc -D'X=\"a b\"' -c a.c", ("gcc", '-DX="a b"')),
        ('gcc "-DX=\\"a b\\"" a.c -c', ("gcc", '-DX="a b"')),
        ("gcc '' a.c", ("gcc", "")),
        ("ccache gcc -O2 a.c -o a.o", ("gcc", "-O2")),
        ("env -i -u X LC_ALL=C gcc -O2 -c a.c", ("gcc", "-O2")),
        ("LC_ALL=C nice -n 5 ccache gcc -O2 -c a.c", ("gcc", "-O2")),
        ("/bin/sh ./libtool --tag=CC --mode=compile gcc -O2 -c a.c", ("gcc", "-O2")),
        ("gcc ./a.c b.c -O1", ("gcc", "-O1")),
        ("gcc -include a.c -c a.c", ("gcc", "-include", "a.c")),
        ("gcc --include=b.c --include-directory x -c a.c", ("gcc", "-include", "b.c", "-Ix")),
        ("gcc -o a.c.o a.c -MD -MFa.d -MTx -MQ y", ("gcc",)),
        ("gcc -O2 -- a.c", ("gcc", "-O2")),
        ("gcc -Wp,-MMD,x.d,-DY -Wp,-MD,z.d a.c", ("gcc", "-Wp,-DY")),
    ],
)
def test_commands(tree: Path, command: str, arguments: tuple[str, ...]) -> None:
    (found,) = loaded(tree, {"file": "a.c", "command": command})
    assert found.arguments == arguments


def test_a_command_with_an_open_quote_is_an_error_with_the_entry(tree: Path) -> None:
    with pytest.raises(CompileDatabaseError, match="entry 0: command"):
        loaded(tree, {"file": "a.c", "command": "gcc -DX='a a.c"})


def test_assembly_keeps_its_command(tree: Path) -> None:
    words = [
        "gcc",
        "--include-directory=x",
        "-Wa,-Iy",
        "-Wp,-DX",
        "-DZ",
        "-fno-such",
        "-Xassembler",
        "-L",
    ]
    (command,) = loaded(tree, {"file": "a.S", "arguments": [*words, "-c", "a.S", "-o", "a.o"]})
    assert command.language == "asm"
    assert sorted(command.arguments) == sorted(words)


@pytest.mark.parametrize(
    ("file", "words", "language"),
    [
        ("odd.inc", "-x c odd.inc", "c"),
        ("odd.inc", "-xc odd.inc", "c"),
        ("odd.inc", "--language=c odd.inc", "c"),
        ("a.c", "a.c -x c++ other.cc", "c"),
        ("a.c", "-x c++ -x none a.c", "c"),
        ("a.c", "-x assembler-with-cpp a.c", "asm"),
    ],
)
def test_languages(tree: Path, file: str, words: str, language: str) -> None:
    (command,) = loaded(tree, {"file": file, "arguments": ["gcc", *words.split()]})
    assert (command.file, command.language) == (file, language)


def test_a_source_of_another_language_is_left_out(tree: Path) -> None:
    entries = [{"file": "a.c", "arguments": ["gcc", "a.c"]},
               {"file": "b.c", "arguments": ["gcc", "-x", "c++", "b.c"]}]  # fmt: skip
    assert [c.file for c in loaded(tree, *entries)] == ["a.c"]


@pytest.mark.parametrize(
    "flag",
    ["-fplugin=x.so", "-finstrument-functions", "-specs=x", "-fexec-charset=latin1", "-msuch",
     "-pg", "-finput-charset=EBCDIC", "-mabi=ms", "--no-such", "-std=c77", "-march=pdp11",
     "-Wp,-fno-such", "-Xclang -such", "-traditional-cpp", "-fno-such", "-Aa=b", "-fprofile-arcs"],
)  # fmt: skip
def test_unknown_flags_are_said(tree: Path, flag: str) -> None:
    entries = [{"file": f, "arguments": ["gcc", *flag.split(), "-O2", f]} for f in ("a.c", "b.c")]
    program = read_program(loaded(tree, *entries), tree, "x", jobs=1)
    (said,) = program.unknown_flags
    assert (said.flag, said.unit, said.units) == (flag, "a.c", 2)
    assert not program.degraded


def test_a_database_of_clang(tree: Path) -> None:
    (tree / "a.c").write_text(
        "int\n#if defined X && defined __aarch64__ && defined __clang__ && "
        "__has_feature (address_sanitizer)\nyes\n#else\nno\n#endif\n;\n"
    )
    words = ["clang", "--target=aarch64-linux-gnu", "-Xclang", "-DX", "-fsanitize=address",
             "-mllvm", "-x", "-Qunused-arguments", "-fcolor-diagnostics", "-nostdinc"]  # fmt: skip
    program = read_program(
        loaded(tree, {"file": "a.c", "arguments": [*words, "a.c"]}), tree, "x", jobs=1
    )
    assert list(program.variables) == ["yes"]
    assert not program.unknown_flags
    assert not program.degraded


def test_a_cross_compiler_says_its_target(tree: Path) -> None:
    (tree / "a.c").write_text("int size[sizeof (long)];\n#ifdef __riscv\nint riscv;\n#endif\n")
    entry = {
        "file": "a.c",
        "arguments": ["/opt/bin/riscv32-unknown-elf-gcc-12", "-nostdinc", "a.c"],
    }
    program = read_program(loaded(tree, entry), tree, "x", jobs=1)
    assert set(program.variables) == {"size", "riscv"}
    assert program.variables[SymbolId("size")].size == 16
    assert flags.implied(["gcc-12"]) == flags.implied(["c99-gcc"])


def test_a_relative_directory_is_below_the_folder_of_the_database(tree: Path) -> None:
    (tree / "sub").mkdir()
    (tree / "sub/c.c").write_text("")
    (tree / "db.json").write_text(
        json.dumps([{"directory": "sub", "file": "./c.c", "arguments": ["gcc", "-c", "./c.c"]}])
    )
    (command,) = compiledb.Database(tree / "db.json", tree).commands()
    assert (command.file, command.directory) == ("sub/c.c", str(tree / "sub"))


def entry(arguments: str, file: str = "a.c") -> dict[str, object]:
    return {"file": file, "command": arguments}


def test_a_compilation_counts_once_whoever_recorded_it(tree: Path) -> None:
    wrapper = entry("cc -DV -c a.c -o a.o")
    driver = entry("/usr/bin/gcc -DV -fPIC -c a.c -o ./a.o")
    proper = entry("/usr/lib/gcc/x86_64-linux-gnu/12/cc1 -quiet -D V a.c -o a.s")
    libtool = entry("libtool --mode=compile gcc -DV -c a.c -o a.lo")
    (command,) = loaded(tree, wrapper, driver, proper, libtool)
    assert command.arguments == ("/usr/bin/gcc", "-DV", "-fPIC")
    (command,) = loaded(tree, proper)
    assert command.arguments[0].endswith("cc1")
    variants = loaded(tree, entry("gcc -DA -c a.c -o x.o"), entry("gcc -DB -c a.c -o y.o"))
    assert [c.output for c in variants] == ["x.o", "y.o"]
    probes = [entry(f"gcc -D{n} -c a.c -o /dev/null") for n in "AB"]
    assert len(loaded(tree, *probes)) == 2


def test_a_link_is_the_file_that_it_leads_to(tree: Path) -> None:
    (tree / "sub").mkdir()
    (tree / "sub/near.h").write_text("int near (void);\n")
    (tree / "b.c").write_text('#include "near.h"\nint b (void) { return near (); }\n')
    (tree / "sub/copy.c").symlink_to("../b.c")
    (command,) = loaded(tree, entry("gcc -c sub/copy.c", "sub/copy.c"))
    assert (command.file, command.link) == ("b.c", "sub/copy.c")
    program = read_program([command], tree, "x", jobs=1)
    assert program.functions[SymbolId("b")].extent.file == "b.c"
    assert program.degraded == ()


def test_a_tree_may_be_seen_through_a_link(
    tree: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    link = tmp_path_factory.mktemp("other") / "view"
    link.symlink_to(tree)
    words = ["gcc", f"-I{link}/x", "-include", f"{link}/y.h", "-c", f"{link}/a.c"]
    record = {"directory": str(link), "file": str(link / "a.c"), "arguments": words}
    (command,) = loaded(tree, record)
    assert (command.file, command.directory, command.link) == ("a.c", str(tree), "")
    assert command.arguments == ("gcc", f"-I{tree}/x", "-include", f"{tree}/y.h")
