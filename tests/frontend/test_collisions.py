# SPDX-License-Identifier: MIT
"""Several strong definitions of one external name: which collide, and which the linker merges."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tcbsplit.callgraph import build_graph
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.collision import Collision, told
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import Language, SymbolId


def linked(folder: Path, files: Mapping[str, str], *commands: tuple[str, ...]) -> Program:
    """Write ``files`` and link their units, or ``commands``: each a source and its flags."""
    for name, text in files.items():
        (folder / name).write_text(text)
    chosen = commands or [(name,) for name in files if not name.endswith(".h")]
    return read_program(
        [
            CompileCommand(
                file=name, directory=str(folder), arguments=("gcc", *flags),
                language=Language.C if name.endswith(".c") else Language.ASSEMBLY,
            )
            for name, *flags in chosen
        ],
        folder,
        "image",
        jobs=1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("int f (void) { return 1; }", "int f (void) { return 2; }"),
        ("int v = 1;", "int v = 1;"),
        ("const char v[] = \"a\";", "const char v[] = \"a\";"),
        ("int f (void) { return 1; }", "int f = 2;"),
        ("void f (void) { }",
         "static void g (void) { } void f (void) __attribute__ ((alias (\"g\")));"),
        ("void f (void) { }", "__asm__ (\".globl f\\nf: ret\\n\");"),
        ("typedef int T; T f (T x) { return x; }", "void f (void) { }"),
    ],
)  # fmt: skip
def test_strong_definitions_collide(tmp_path: Path, first: str, second: str) -> None:
    program = linked(tmp_path, {"a.c": first, "b.c": second})
    assert not program.degraded
    (found,) = program.collisions
    assert found.units == ("a.c", "b.c")
    assert found.name in ("f", "v")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("int f (void) { return 1; }", "__attribute__ ((weak)) int f (void) { return 2; }"),
        ("__attribute__ ((weak)) int f (void) { return 1; }",
         "int f (void) __attribute__ ((weak)); int f (void) { return 2; }"),
        ("int f (void) { return 1; }", "#pragma weak f\nint f (void) { return 2; }"),
        ("int v;", "int v = 1;"),
        ("int v;", "int v;"),
        ("int v = 1;", "__attribute__ ((weak)) int v = 2;"),
        ("static int f (void) { return 1; } int g (void) { return f (); }",
         "int f (void) { return 2; }"),
        ("static int v = 1; int *g (void) { return &v; }", "int v = 2;"),
        ("int *g (void) { static int v = 1; return &v; }", "int v = 2;"),
        ("inline int f (void) { return 1; }", "int f (void) { return 2; }"),
        ("extern inline __attribute__ ((gnu_inline)) int f (void) { return 1; }",
         "int f (void) { return 2; }"),
        ("__attribute__ ((section (\".gnu.linkonce.t.f\"))) int f (void) { return 1; }",
         "__attribute__ ((section (\".gnu.linkonce.t.f\"))) int f (void) { return 1; }"),
        ("int f (void) { return 1; }", "__asm__ (\".weak f\\nf: ret\\n\");"),
        ("extern int v; int *g (void) { return &v; }", "int v = 2;"),
    ],
)  # fmt: skip
def test_what_a_linker_merges_does_not(tmp_path: Path, first: str, second: str) -> None:
    program = linked(tmp_path, {"a.c": first, "b.c": second})
    assert not program.degraded
    assert program.collisions == ()


def test_headers(tmp_path: Path) -> None:
    text = "static inline int f (void) { return 1; }\nextern inline int g (void) { return 2; }\n"
    files = {"f.h": text, "a.c": '#include "f.h"\n', "b.c": '#define X\n#include "f.h"\n'}
    assert linked(tmp_path, files).collisions == ()


def test_assembly(tmp_path: Path) -> None:
    label = ".globl f\n.type f, @function\nf: ret\n"
    files = {"a.c": "void f (void) { }", "b.S": label, "c.S": label.replace("globl", "weak")}
    assert linked(tmp_path, files, ("a.c",), ("c.S",)).collisions == ()
    program = linked(tmp_path, files, ("a.c",), ("b.S",))
    assert [c.units for c in program.collisions] == [("a.c", "b.S")]
    assert program.functions[
        SymbolId("f")
    ].assembly  # the one of which less is known stands for both


TWICE = """
static int one (void) { return 1; }
static int two (void) { return 2; }
int differs (void) {
#ifdef TWO
  return two ();
#else
  return one ();
#endif
}
int same (void) { return one (); }
"""


def test_a_unit_compiled_twice_collides_where_it_differs(tmp_path: Path) -> None:
    program = linked(tmp_path, {"a.c": TWICE}, ("a.c", "-O1"), ("a.c", "-O1", "-DTWO"))
    (found,) = program.collisions
    assert found == Collision(name="differs", units=("a.c (other flags)", "a.c (-DTWO)"))
    assert linked(tmp_path, {"a.c": TWICE}, ("a.c",), ("a.c", "-O2")).collisions == ()


def test_what_every_body_says_counts(tmp_path: Path) -> None:
    program = linked(tmp_path, {"a.c": TWICE}, ("a.c",), ("a.c", "-DTWO"))
    assert {"a.c:one", "a.c:two"} <= set(build_graph(program).reach([SymbolId("differs")]))
    files = {
        "a.c": "static void one (void) { } void f (void) { one (); }",
        "b.c": "static void two (void) { } void f (void) { two (); }",
    }
    assert {"a.c:one", "b.c:two"} <= set(
        build_graph(linked(tmp_path, files)).reach([SymbolId("f")])
    )


def test_groups_are_told_by_size() -> None:
    found = [Collision(name=f"f{i}", units=("a.c", "b.c")) for i in range(6)]
    found += [Collision(name=f"g{i}", units=("a.c", f"{i}.c")) for i in range(4)]
    assert told(found, 2) == [
        "a.c and b.c: f0, f1, f2, f3 and 2 more",
        "a.c and 0.c: g0",
        "… and 3 more names in 3 other groups of units",
    ]
