# SPDX-License-Identifier: MIT
"""Inline assembly: templates as clang prints them, and what is said where none can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcbsplit.callgraph import build_graph
from tcbsplit.frontend.extract import asm
from tcbsplit.frontend.extract.template import (
    Operand,
    Statement,
    Transfer,
    instructions,
    statements,
    symbols,
    transfers,
    variants,
)
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import SymbolId, symbol_id

PRINTED = r"""void f(int n) {
    const char *s = "\n    asm (\"no statement\")";
    char c = '"';
    register int r asm("rdi") = n;
    asm volatile goto ("mov %[in], %0\n\tjmp %l[out] # \"q\"" : "=r" (c == ':' ? ({
        asm ("inner");
        r;
    }) : g(')', "x")) : [in] "rm" (n) : "memory", "cc" : out, other);
}
"""


def test_statements_are_read_with_operands_and_labels() -> None:
    outer, inner = statements(PRINTED)
    assert outer.template == 'mov %[in], %0\n\tjmp %l[out] # "q"'
    assert outer.operands == (Operand("", "=r"), Operand("in", "rm"))
    assert (outer.outputs, outer.labels, outer.extended) == (1, ("out", "other"), True)
    assert inner == Statement("inner")


def found(template: str, operands: int = 2) -> set[Transfer]:
    statement = Statement(template, tuple(Operand(f"n{i}", "r") for i in range(operands)), 0, (),
                          extended=True)  # fmt: skip
    return {t for v in variants(statement) for t in transfers(v, operands)}


TO_FIRST = Transfer((0,), (), False, False)
ANYWHERE = Transfer((), (), True, False)
RETURN = Transfer((), (), True, True)


@pytest.mark.parametrize(
    "template",
    ["call *%0", "jmp *%[n0]", "{call *%0|call %0}", "call %P0", "lcall *%0", "notrack jmp *%0",
     "blr %0", "bl %c0", "cbz x1, %c0", "b.eq %c0", "jalr %0", "mov pc, %0", "jne %c0",
     "lock; jmp *%0 /* jmp *%1 */", "call *8(%0)"],
)  # fmt: skip
def test_control_goes_to_an_operand(template: str) -> None:
    assert found(template) == {TO_FIRST}


@pytest.mark.parametrize("template", ["call *%%rax", "jmp *(%%rsp)", "br x0", "call [rax]",
                                      "jmp rax", "jmp qword ptr [rbx]", "bx lr"])  # fmt: skip
def test_control_goes_through_a_register(template: str) -> None:
    assert found(template) == {ANYWHERE}


@pytest.mark.parametrize("template", ["push %0; ret", "iretq", "lretq", "sysretq", "eret",
                                      "rep; ret", "pop {r4, pc}", "sret"])  # fmt: skip
def test_control_returns(template: str) -> None:
    assert found(template) == {RETURN}


@pytest.mark.parametrize(
    "template",
    ["jmp 1f; 1:", "call known", "jmp %l[n9]", "jmp %l2", "bt %0, %1", "bsf %0, %1", "bswap %0",
     "mov %0, %%rax # call *%0", "btr %1, %0", "xbegin 1f", "cmpxchg %0, %1", "b 1b",
     "tbz x0, #1, 1f"],
)  # fmt: skip
def test_no_control_leaves_through_an_operand(template: str) -> None:
    assert found(template) == set()


def test_a_variable_may_hold_the_target() -> None:
    assert found("call *hook(%%rip)") == {Transfer((), ("hook",), False, False)}


def test_escapes_and_dialects() -> None:
    one = Operand("", "r")
    assert variants(Statement("a %%b %{c%|d%}", (one,), 0, (), True)) == ("a %b {c|d}",)
    assert variants(Statement("{att|intel} x", (one,), 0, (), True)) == ("att x", "intel x")
    assert variants(Statement("a %%b {c|d}")) == ("a %%b {c|d}",)


def test_symbols_are_not_registers_or_operands() -> None:
    marked = variants(Statement("call %P[fn]; lea sym(%%rip), %0", (Operand("fn", "i"),), 0, (),
                                True))  # fmt: skip
    assert symbols(marked[0]) == ("sym",)
    assert symbols(".pushsection x, name; .quad entry - .; .popsection") == ("entry",)
    assert instructions("1: lock xadd %0, x # y\n") == (("label", "1"), ("xadd", "%0, x"))


def test_what_cannot_be_read_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asm, "printed", lambda cursor, terse: "")
    (tmp_path / "a.c").write_text(
        "void g (void) { } void h (void) { } void k (void) { }\n"
        "struct s { void (*f) (void); } s = { k };\n"
        'void start (void) { void (*p) (void) = h;\n asm ("" : "+r" (p) : "i" (g), "r" (&s)); }\n'
        'void alone (void) { asm (""); }\n'
    )
    command = CompileCommand(file="a.c", directory=str(tmp_path), arguments=("gcc",))
    graph = build_graph(
        read_program([command], tmp_path, "x", jobs=1),
        roots=[symbol_id("start"), symbol_id("alone")],
    )
    sites = {s.caller: s for s in graph.sites}
    assert {s.text for s in graph.sites} == {"asm: template not readable"}
    assert (sites[SymbolId("start")].status, sites[SymbolId("alone")].status) == (
        "assumed",
        "unresolved",
    )
    assert {e.callee for e in graph.edges if e.kind == "indirect"} == {"g", "h", "k"}
    assert ("start", "g", "asm") in {(e.caller, e.callee, e.kind) for e in graph.edges}
