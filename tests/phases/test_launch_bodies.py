# SPDX-License-Identifier: MIT
"""Launches through registries and headers, and bodies that control cannot leave."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tcbsplit.callgraph import build_graph
from tcbsplit.config.settings import Registry
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.body import Body
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import KeyMatch, SymbolId
from tcbsplit.phases import Directory, Request, classify
from tests.support.launch import DONE, HEAD, expect, phases

RECORDS = """
struct entry { const char *name; int (*run) (void); };
static int first (void) { a (); return 0; }
static int last (void) { return vb (); }
struct entry entries[] = {{"early", first}, {"late0", launch}, {"late1", last}};
"""


def test_a_launch_through_a_registry(tmp_path: Path) -> None:
    registry = msgspec.convert(
        {"name": "r", "record": "struct entry", "key": "name", "function": "run",
         "dispatch": "all", "match": KeyMatch.PREFIX}, Registry)  # fmt: skip
    source = HEAD + RECORDS + (
        "static void one (struct entry *e) { b (); e->run (); d (); }"
        "void all (const char *n) { for (int i = va (); i < 3; i++) one (&entries[i]); }"
        'void start (void) { all ("early"); take (0, 0, 0); all ("late"); done (0); }'
    ).replace("void start", DONE + "void start")  # fmt: skip
    # The dispatcher goes on, but returns to those only who asked for what launches.
    expect(phases(tmp_path, source, (registry,)), "b d last vb done all", "a first va take")


def test_a_launch_through_a_registry_without_keys(tmp_path: Path) -> None:
    registry = Registry(name="r", register="add", function="0", dispatch="all")
    source = HEAD + (
        "static int (*list[9]) (void); void add (int (*f) (void)) { list[c ()] = f; }"
        "void all (void) { a (); list[c ()] (); b (); }"
        "void start (void) { add (launch); d (); all (); vb (); }"
    )
    expect(phases(tmp_path, source, (registry,)), "b vb", "a d add")


def test_a_body_that_cannot_be_parsed_counts_whole(tmp_path: Path) -> None:
    source = HEAD + "void start (void) { a (); launch (); }\nvoid wrong (void) { nothing; }\n"
    expect(phases(tmp_path, source), "a", "")


def test_units_that_see_a_header_differently(tmp_path: Path) -> None:
    (tmp_path / "h.h").write_text(
        "int launch (void); int c (void); void a (void);\n"
        "#ifdef LOOP\n#define AROUND while (c ())\n#else\n#define AROUND\n#endif\n"
        "static inline void start (void) { AROUND { a (); launch (); } }\n"
    )
    (tmp_path / "a.c").write_text('#include "h.h"\nvoid a (void) { } void one (void) { start (); }')
    (tmp_path / "b.c").write_text(
        '#define LOOP\n#include "h.h"\n'
        "int launch (void) { return 0; } void two (void) { start (); }"
    )
    commands = [
        CompileCommand(file=f, directory=str(tmp_path), arguments=("gcc",)) for f in ("a.c", "b.c")
    ]
    program = read_program(commands, tmp_path, "x")
    request = Request(boot=("one", "two"), launch=("launch",))
    found = classify(build_graph(program), Directory(program), request)
    assert "runtime" in found.functions[SymbolId("a")].phases


@pytest.mark.parametrize(
    ("body", "endless"),
    [
        ("for (;;) ;", True),
        ("for (int i = 0;; i++) ;", True),
        ("while (1) a ();", True),
        ("while ((1)) a ();", True),
        ("do a (); while (1);", True),
        ("again: a (); goto again;", True),
        ("a (); leave ();", True),
        ("a (); __builtin_unreachable ();", True),
        ("attributed ();", True),
        ("given (attributed);", False),
        ("returned ();", False),
        ("returned () ();", True),
        ("if (c ()) leave (); else for (;;) ;", True),
        ("for (;;) if (c ()) break;", False),
        ("for (;;) if (c ()) return;", False),
        ("for (;;) if (c ()) goto out; out: ;", False),
        ("for (;;) switch (c ()) { case 1: break; case 2: return; }", False),
        ("for (;;) switch (c ()) { case 1: break; }", True),
        ("for (;;) { while (c ()) break; }", True),
        ("for (;c ();) ;", False),
        ("while (c ()) ;", False),
        ("while (0) ; ", False),
        ("do a (); while (0);", False),
        ("while (c) ;", False),
        ("c () && (leave (), 1);", False),
        ('for (;;) asm ("hlt");', True),
        ('for (;;) asm ("ret");', False),
        ('for (;;) asm ("jmp a");', False),
        ('for (;;) asm ("jz a");', False),
        ('for (;;) asm ("call a");', True),
        ('for (;;) asm ("jmp *%0" : : "r" (a));', False),
        ('for (;;) asm ("call *%0" : : "r" (a));', True),
        ('for (;;) asm ("1: dec %0; jnz 1b; jmp 2f; 2:" : "+r" (x));', True),
        ('for (;;) asm ("here: dec %0; jnz here; jmp .Lx; .Lx:" : "+r" (x));', True),
        ('asm ("nop"); for (;;) asm ("ret");', False),
        ('asm ("ret"); for (;;) asm ("nop");', False),
        ('asm ("nop"); for (;;) asm ("nop");', True),
        ("for (;;) GOTO (out); out: ;", False),
        ('for (;;) asm goto ("jmp %l0" : : : : out); out: ;', False),
        ("void *p = &&out; for (;;) goto *p; out: ;", False),
        ("({ return; 1; }); for (;;) ;", False),
    ],
)
def test_what_cannot_end(body: str, endless: bool, tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text(HEAD + f"void f (int x) {{ {body} }}\n")
    command = CompileCommand(file="a.c", directory=str(tmp_path), arguments=("gcc",))
    found = read_program([command], tmp_path, "x").functions[SymbolId("f")].body
    assert found is not None
    assert found.endless == endless


def test_what_follows_in_a_body() -> None:
    loop = Body(last=4, jumps=(1, 4, 3, 1), stops=(3,))
    assert loop.after([2]) == {1, 2, 3, 4}
    assert Body(last=4, stops=(3,)).after([1]) == {2, 3}
    assert Body(last=4).after([1], barred={2}) == {2}
