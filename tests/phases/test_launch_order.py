# SPDX-License-Identifier: MIT
"""What stands before, around and after a launch: every form of control flow, in small programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcbsplit.callgraph import build_graph
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.graph import chain
from tcbsplit.model.phase import Cut
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import CutPolicy, Phase, SymbolId
from tcbsplit.phases import Directory, Request, classify
from tcbsplit.phases.classify import staying
from tcbsplit.phases.request import resolve
from tests.support.launch import DONE, HEAD, expect, phases

# (what start does, run time after it, never run time)
CASES = {
    "after": ("a (); launch (); b ();", "b", "a"),
    "for": ("va (); for (a (); c (); b ()) { d (); launch (); }", "b d", "a va"),
    "for-no-condition": ("for (a ();; b ()) { launch (); }", "b", "a"),
    "for-no-step": ("for (int i = va (); vb ();) launch ();", "vb", "va"),
    "for-only-condition": ("for (; va ();) launch ();", "va", ""),
    "for-only-step": ("a (); for (;; b ()) launch ();", "b", "a"),
    "for-comments": ("for (/* ; */ a () /* ; */; /**/; b ()) launch ();", "b", "a"),
    "for-macro": ("EACH (b ()) { d (); launch (); }", "b d", "va"),
    "while": ("a (); while (va ()) { b (); launch (); }", "va b", "a"),
    "do": ("a (); do { b (); launch (); } while (va ());", "va b", "a"),
    "do-once": ("do { a (); launch (); b (); } while (0);", "b", "a"),
    "loop-before": ("while (va ()) a (); launch (); b ();", "b", "a va"),
    "loop-before-a-loop": ("while (c ()) a (); for (;;) { b (); launch (); }", "b", "a"),
    "loop-after": ("for (;;) { if (launch ()) break; } while (c ()) a ();", "a", ""),
    "nested-loops": ("a (); while (c ()) { b (); while (c ()) { d (); launch (); } }", "b d", "a"),
    "continue": ("while (c ()) { if (va ()) { launch (); continue; } b (); }", "va b", ""),
    "break": ("while (c ()) { a (); launch (); break; }", "", "a"),
    "endless": ("for (;;) launch (); a ();", "", "a"),
    "endless-while": ("while (1) { launch (); } a ();", "", "a"),
    "return": ("if (c ()) { launch (); return; } a ();", "", "a"),
    "else": ("if (c ()) launch (); else a (); b ();", "b", "a"),
    "else-in-a-loop": ("while (c ()) if (c ()) launch (); else a ();", "a", ""),
    "back": ("a (); again: b (); launch (); if (c ()) goto again; d ();", "b d", "a"),
    "back-within": ("a (); again: if (c ()) { b (); goto again; } launch ();", "", "a b"),
    "forward": ("if (c ()) goto out; a (); launch (); b (); out: d ();", "b d", "a"),
    "into-a-loop": ("goto in; while (c ()) { a (); in: launch (); }", "a", ""),
    "there-and-back": (
        "goto two; one: a (); goto end; two: launch (); goto one; end: b ();", "a b", ""),
    "computed": ("void *t[] = {&&x, &&y}; a (); x: b (); y: launch (); goto *t[c ()];", "b", "a"),
    "static-table": ("static void *t[] = {&&x}; a (); x: b (); launch (); goto *t[0];", "b", "a"),
    "asm-goto": ("a (); x: b (); launch (); asm goto (\"jmp %l0\" : : : : x);", "b", "a"),
    "asm-goto-macro": ("a (); x: b (); launch (); GOTO (x);", "b", "a"),
    "asm-calls": ("asm (\"call a\"); launch (); asm (\"call b\");", "b", "a"),
    "asm-operands": ("asm (\"call *%0\" : : \"r\" (a)); launch (); "
                     "asm (\"jmp %P0\" : : \"i\" (b));", "b", "a"),
    "asm-around": ("asm (\"call a\" : : \"r\" (va ())); asm (\"nop\" : : \"r\" (launch ())); b ();",
                   "b", "a va"),
    "callee-comma": ("(va (), a) (); launch (); (vb (), b) ();", "vb b", "va a"),
    "callee-statements": ("({ va (); a; }) (); launch (); ({ vb (); b; }) ();", "vb b", "va a"),
    "callee-either": ("launch (); (c () ? leave : away) (); d ();", "b d", ""),
    "never-returning": ("launch (); attributed (); d ();", "", "d"),
    "given-what-never-returns": ("launch (); given (attributed); d ();", "d", ""),
    "returns-what-never-returns": ("launch (); returned (); d ();", "d", ""),
    "builtin": ("__builtin_memcpy (buffer, buffer, c ()); launch ();", "", "memcpy"),
    "builtin-after": ("launch (); __builtin_memcpy (buffer, buffer, c ());", "memcpy", ""),
    "designated": ("struct s s = { .y = va (), .x = launch () }; b ();", "va b", ""),
    "switch": ("switch (c ()) { case 1: a (); break; case 2: launch (); break; } b ();", "b", "a"),
    "fallthrough": ("switch (c ()) { case 1: launch (); case 2: a (); break; }", "a", ""),
    "switch-in-a-loop": ("for (;;) switch (c ()) { case 1: launch (); break; default: a (); }",
                         "a", ""),
    "duff": ("switch (c ()) { case 0: while (c ()) { a (); case 1: launch (); } } b ();",
             "a b", ""),
    "setjmp": ("if (setjmp (buffer)) a (); b (); launch (); leave ();", "a b", ""),
    "returns-twice": ("d (); if (twice ()) a (); launch ();", "a", "d"),
    "conditional": ("c () ? (a (), launch ()) : (b (), 1);", "", "a b"),
    "logical": ("va () && launch () && vb ();", "vb", "va"),
    "comma": ("va (), launch (), vb ();", "vb", "va"),
    "operand": ("take (va (), launch (), vb ());", "va vb take", ""),
    "sum": ("c () + va () + launch ();", "va", ""),
    "assigned": ("int t[9]; t[va ()] = launch ();", "va", ""),
    "initialised": ("a (); int t[] = {va (), launch ()}; b ();", "va b", "a"),
    "argument": ("a (); take (launch (), 1, 2);", "take", "a"),
    "within": ("launch (va ());", "", "va"),
    "line": ("a (); hook (); b ();", "b", "a"),
    "line-of-macros": ("ONCE (a ()); ONCE (hook ()); ONCE (b ());", "b", "a"),
    "macro-body": ("FIXED;", "b", "a"),
    "macro-body-indirect": ("HOOKED;", "b", "a"),
    "nested-macros": ("ALL (a (), hook (), b ());", "b", "a"),
    "macro-twice": ("FIXED; d (); FIXED;", "a b d", ""),
    "statement-expression": ("int x = ({ a (); launch (); }); b ();", "b", "a"),
    "cleanup": ("__attribute__ ((cleanup (done))) int x = va (); launch ();", "done", "va"),
    "noreturn-after": ("launch (); leave (); a ();", "", "a"),
    "recursion": ("if (c ()) { a (); start (); b (); } launch ();", "b", "a"),
    "recursion-after": ("a (); launch (); start ();", "a", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_order(name: str, tmp_path: Path) -> None:
    body, late, early = CASES[name]
    source = HEAD + DONE + f"void start (void) {{ {body} }}\n"
    if name == "within":
        source = source.replace("int launch (void)", "int launch ()")
    expect(phases(tmp_path, source), late, early)


CALLERS = {
    "up-to-the-root": (
        "void one (void) { launch (); } void two (void) { va (); one (); vb (); }"
        "void start (void) { a (); two (); b (); }", "b vb start two", "a va"),
    "loop-around-a-caller": (
        "void one (void) { launch (); }"
        "void start (void) { a (); for (;;) { b (); one (); } }", "b", "a"),
    "caller-never-returns": (
        "void one (void) { launch (); for (;;) va (); }"
        "void start (void) { a (); one (); b (); }", "va", "a b start"),
    "caller-ends-in-one-that-never-does": (
        "void end (void) { for (;;) vb (); } void one (void) { a (); launch (); end (); }"
        "void start (void) { one (); b (); }", "vb end", "a b start"),
    "only-one-way-ends": (
        "void end (void) { for (;;) ; } void one (void) { launch (); if (c ()) end (); }"
        "void start (void) { a (); one (); b (); }", "b", "a"),
    "declared-noreturn": (
        "_Noreturn void one (void) { launch (); leave (); }"
        "void start (void) { a (); one (); b (); }", "", "a b start"),
    "through-a-pointer": (
        "void one (void) { launch (); } static void (*way) (void) = one;"
        "void start (void) { a (); way (); b (); }", "b", "a"),
    "another-name": (
        "void one (void) { va (); launch (); } void two (void) __attribute__ ((alias (\"one\")));"
        "void start (void) { a (); two (); b (); }", "b", "a va"),
    "mutual-recursion": (
        "void two (void); void one (void) { if (c ()) { a (); two (); b (); } launch (); }"
        "void two (void) { va (); one (); vb (); } void start (void) { d (); one (); }",
        "b vb", "d a va"),
    "handed-to-code-without-source": (
        "void elsewhere (int (*) (void)); "
        "void start (void) { a (); elsewhere (launch); b (); }", "b", "a"),
    "handed-over-earlier": (
        "void elsewhere (void (*) (void)); "
        "void start (void) { elsewhere (a); b (); launch (); }", "a", "b"),
    "jump-into-a-caller": (
        "void one (void) { launch (); for (;;) ; }"
        "void start (void) { d (); if (setjmp (buffer)) a (); one (); }", "a", "d"),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLERS)
def test_callers(name: str, tmp_path: Path) -> None:
    body, late, early = CALLERS[name]
    expect(phases(tmp_path, HEAD + body), late, early)


def test_nothing_follows_a_launch_that_ends_in_a_loop(tmp_path: Path) -> None:
    head = HEAD.replace(
        "int launch (void) { return c (); }", "int launch (void) { for (;;) c (); }"
    )
    found = phases(tmp_path, head + "void start (void) { a (); launch (); b (); }")
    expect(found, "launch", "a b start")


def test_a_cut_of_what_never_returns_lets_control_go_on(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text(
        HEAD + "_Noreturn void last (void) { for (;;) ; }"
        "void one (void) { launch (); last (); } void start (void) { a (); one (); b (); }"
    )
    command = CompileCommand(file="a.c", directory=str(tmp_path), arguments=("gcc",))
    program = read_program([command], tmp_path, "x")
    cut = Cut(caller="one", callee="last", policy=CutPolicy.ELIDE, reason="test", where="")
    for cuts, late in (((), False), ((cut,), True)):
        request = Request(boot=("start",), launch=("launch",), cuts=cuts)
        found = classify(build_graph(program), Directory(program), request)
        assert ("runtime" in found.functions[SymbolId("a.c:b")].phases) == late
        assert "runtime" not in found.functions[SymbolId("a.c:a")].phases


def test_run_time_code_that_launches_runs_whole(tmp_path: Path) -> None:
    source = HEAD + (
        "void one (void) { a (); launch (); b (); } void wake (void) { one (); }"
        "void start (void) { d (); one (); }"
    )
    found = phases(tmp_path, source, runtime=("wake",))
    expect(found, "a b one", "d")


def test_chains_lead_to_the_root_by_which_a_function_runs_whole(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text(
        HEAD + "void one (void) { a (); launch (); b (); } void wake (void) { one (); }"
        "void start (void) { one (); d (); }"
    )
    command = CompileCommand(file="a.c", directory=str(tmp_path), arguments=("gcc",))
    program = read_program([command], tmp_path, "x")
    graph = build_graph(program)
    request = Request(boot=("start",), runtime=("wake",), launch=("launch",))
    found = staying(graph, resolve(graph, Directory(program), request))[Phase.RUNTIME]
    assert chain(found, SymbolId("a.c:a")).ids == ("wake", "one", "a.c:a")
    assert chain(found, SymbolId("a.c:d")).ids == ("start", "a.c:d")
