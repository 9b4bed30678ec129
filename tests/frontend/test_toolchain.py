# SPDX-License-Identifier: MIT
"""A unit is parsed with target, macros and headers of its recorded compiler."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tcbsplit.frontend import toolchain
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand

CROSS = "aarch64-linux-gnu-gcc"
# Of GCC alone, of one target alone, and of headers that only the compiler has.
SOURCE = """
#include <stddef.h>
#include <stdint.h>
#ifdef __LITTLE_ENDIAN__
#error of Clang alone
#endif
__INT_FAST16_TYPE__ fast;
uint32_t made = __UINT32_C (5);
_Static_assert (sizeof (__INT_FAST16_TYPE__) == 8, "GCC's");
void f (void) { }
#ifdef __aarch64__
void arm (void) { f (); }
#endif
"""


def program(folder: Path, text: str, *words: str) -> Program:
    (folder / "x.c").write_text(text)
    command = CompileCommand(file="x.c", directory=str(folder), arguments=words)
    return read_program([command], folder, "x", jobs=1)


@pytest.mark.parametrize("compiler", ["gcc", CROSS])
def test_macros_of_the_compiler(tmp_path: Path, compiler: str) -> None:
    read = program(tmp_path, SOURCE, compiler, "-ffreestanding")
    assert not read.degraded
    assert ("arm" in read.functions) == (compiler == CROSS)


@pytest.mark.parametrize("flags", ["", "-O2", "-std=c99", "-fshort-wchar", "-funsigned-char"])
@pytest.mark.parametrize("compiler", ["gcc", CROSS, "clang"])
def test_libclang_has_the_macros_that_the_compiler_prints(
    tmp_path: Path, compiler: str, flags: str
) -> None:
    """Each as it is used; those that name the compiler are libclang's own."""
    argv = [compiler, *flags.split(), "-dM", "-E", "-x", "c", "/dev/null"]
    printed = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    own = ("__GNUC_", "__GNUC__", "__clang", "__GCC_HAVE_DWARF2")
    names = [line.split()[1] for line in printed.splitlines()]
    names = sorted(n for n in names if "(" not in n and not n.startswith(own))
    lines = [f"#ifndef {n}\n#error {n}\n#endif" for n in names]
    assert len(lines) > 200
    read = program(tmp_path, "\n".join([*lines, "int a;"]), compiler, *flags.split())
    assert not read.degraded, read.degraded


def test_a_processor_that_libclang_does_not_know(tmp_path: Path) -> None:
    text = "#ifndef __ARM_FEATURE_CRC32\n#error not octeontx\n#endif\nvoid f (void) { }\n"
    read = program(tmp_path, text, CROSS, "-mcpu=octeontx", "-ffreestanding")
    assert not read.degraded
    assert not read.unknown_flags
    assert "f" in read.functions
    assert program(tmp_path, text, CROSS).degraded  # the option is not lost


@pytest.mark.parametrize("flag", ["-march=armv8-z", "-mcpu=none-such", "-mabi=none-such"])
def test_an_option_that_nobody_knows_degrades_nothing(tmp_path: Path, flag: str) -> None:
    read = program(tmp_path, "void f (void) { }\n", CROSS, flag)
    assert not read.degraded
    assert "f" in read.functions
    assert bool(read.unknown_flags) == flag.startswith("-mabi")


def test_an_error_of_the_source_still_degrades(tmp_path: Path) -> None:
    for text in ("void f (void) { missing (); }", "#error no", "int x = y;"):
        read = program(tmp_path, text, CROSS, "-mcpu=octeontx", "-Werror")
        assert len(read.degraded) == 1, text


@pytest.mark.parametrize("compiler", ["gcc", CROSS])
def test_warnings_degrade_nothing(tmp_path: Path, compiler: str) -> None:
    text = "int f (int a) { int unused; if (a = 1) return 2; char *s = (void *) 3; a == 2; }\n"
    flags = ["-Wall", "-Wextra", "-Werror", "-Wnone-such", "-Werror=none-such", "-pedantic-errors"]
    assert not program(tmp_path, text, compiler, *flags, "-Wno-maybe-uninitialized").degraded


OLD = """
struct a; struct b;
void take (void (*f) (struct a *), char *s);
void cb (struct b *x);
k (v) { return v; }
static count;
int g (void);
int *f (void) { int *p = 5; take (cb, "a"); const char *s = g; int i = "a"; return 7; }
void nothing (void) { return 3; }
int something (void) { return; }
"""


@pytest.mark.parametrize("standard", ["gnu89", "gnu17"])
def test_what_gcc_only_warns_about_degrades_nothing(tmp_path: Path, standard: str) -> None:
    read = program(tmp_path, OLD, "gcc", f"-std={standard}")
    assert not read.degraded
    assert len(read.functions) == 4
    argv = ["gcc", "-w", f"-std={standard}", "-fsyntax-only", "x.c"]
    subprocess.run(argv, cwd=tmp_path, check=True)


def test_a_compiler_that_is_not_here_leaves_a_folder_of_headers(tmp_path: Path) -> None:
    words = ("riscv64-none-such-gcc", "-ffreestanding")
    command = CompileCommand(file="x.c", directory=str(tmp_path), arguments=words)
    found = toolchain.compiler_of(command, tmp_path)
    assert not found.macros
    assert (Path(found.own) / "stddef.h").is_file()
    text = '#include <stdint.h>\n_Static_assert (sizeof (long) == 8, "");\nuint8_t f = __riscv;\n'
    assert not program(tmp_path, text, *words).degraded


def test_one_question_for_units_that_differ_in_what_does_not_change_the_answer(
    tmp_path: Path,
) -> None:
    words = ("gcc", "-O2", "-march=core2")
    own = ["-DUNIT=1", "-DUNIT=2", "-Iof", "-Wall", "-Werror=undef", "-Wa,-I,of", "-Wl,-z,now"]
    asked = [
        toolchain.compiler_of(
            CompileCommand(file="f.c", directory="/", arguments=(*words, word)), tmp_path
        )
        for word in own
    ]
    assert all(one is asked[0] for one in asked)
    assert "__SSSE3__=1" in asked[0].macros
