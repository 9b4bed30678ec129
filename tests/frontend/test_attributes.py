# SPDX-License-Identifier: MIT
"""What attributes and pragmas tell of functions and variables."""

from __future__ import annotations

from pathlib import Path

from tcbsplit.frontend.reading import read_program
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import SymbolId

SOURCE = r"""
#include "own.h"
#define INIT __attribute__ ((__constructor__ (101)))
__attribute__ ((used)) static void kept (void) { }
__attribute__ ((retain, noinline)) static void retained (void) { }
static void INIT first (void) { }
__attribute__ ((constructor, destructor (102))) static void both (void) { }
static void __attribute__ ((destructor)) last (void) { }
void plain (void (*f) (int) __attribute__ ((unused)))
{
  static int inside __attribute__ ((used, section (".inner")));
  extern int elsewhere __asm__ ("renamed");
  inside = elsewhere;
}
__attribute__ ((section (".a(b),c"), aligned (16), used)) int placed = 1;
void sectioned (void) { }
int early __attribute__ ((weak));
int early = 1;
void here (void) { }
void not_weak (void) { }
#if 0
#pragma weak not_weak
#endif
#pragma   weak   by_directive   =   here
_Pragma ("weak by_operator = here")
#define DO(x) _Pragma (#x)
DO (weak by_macro = placed)
#pragma weak plain
"""
HEADER = """\
void sectioned (void) __attribute__ ((section (".early"), cold));
#pragma weak here
"""


def read(folder: Path) -> Program:
    (folder / "a.c").write_text(SOURCE)
    (folder / "own.h").write_text(HEADER)
    command = CompileCommand(file="a.c", directory=str(folder), arguments=("gcc", "-std=gnu11"))
    return read_program([command], folder, "x", jobs=1)


def test_flags_are_those_of_the_declared_thing(tmp_path: Path) -> None:
    program = read(tmp_path)
    assert not program.degraded
    functions = {f.name: f for f in program.functions.values()}
    variables = {v.name: v for v in program.variables.values()}

    def told(flag: str) -> set[str]:
        return {name for name, f in functions.items() if getattr(f, flag)}

    assert told("used") == {"kept", "retained"}
    assert told("constructor") == {"first", "both"}
    assert told("destructor") == {"both", "last"}
    assert told("weak") == {"here", "plain", "by_directive", "by_operator"}
    assert {n: f.alias for n, f in functions.items() if f.alias} == {
        "by_directive": "here", "by_operator": "here",
    }  # fmt: skip
    assert {n: f.section for n, f in functions.items() if f.section} == {"sectioned": ".early"}
    assert (variables[SymbolId("placed")].section, variables[SymbolId("placed")].retained) == (
        ".a(b),c",
        True,
    )
    assert (variables["inside"].section, variables["inside"].retained) == (".inner", True)
    assert variables["by_macro"].alias == "placed"
    assert {n for n, v in variables.items() if v.weak} == {"early", "by_macro"}
    assert ("plain", "renamed") in {(r.source, r.target) for r in program.references}


def test_an_alias_has_a_place_of_its_own(tmp_path: Path) -> None:
    program = read(tmp_path)
    extent = program.functions[SymbolId("by_directive")].extent
    assert SOURCE[extent.start : extent.end] == "#pragma   weak   by_directive   =   here"
    assert program.variables[SymbolId("placed")].declarators == 1
