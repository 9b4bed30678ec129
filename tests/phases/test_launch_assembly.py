# SPDX-License-Identifier: MIT
"""A launch from assembly: what stands before, around and after it, by the instructions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcbsplit.callgraph import build_graph
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import Language
from tcbsplit.phases import Directory, Request, classify

C = "int x; void a (void) { x = 1; } void b (void) { x = 2; } void d (void) { x = 3; }"

# What start does, run time after its call of launch, never run time.
CASES = {
    "after": ("call a; call launch; call b; ret", "b", "a"),
    "stopped": ("call a; call launch; 1: hlt; jmp 1b", "", "a"),
    "stopped-below": ("call a; call inner; call b; ret; .globl inner;"
                      "inner: call launch; 1: hlt; jmp 1b", "", "a b"),
    "loop": ("call a; 1: call b; call launch; jmp 1b", "b", "a"),
    "counted": ("call a; mov $3, %ecx; 1: call b; call launch; dec %ecx; jnz 1b; call d; ret",
                "b d", "a"),
    "forward": ("jz 1f; call a; call launch; jmp 2f; 1: call b; 2: call d; ret", "d", "a b"),
    "jump-out": ("call a; call launch; jmp b", "b", "a"),
    "conditional-jump-out": ("call a; call launch; jz b; call d; ret", "b d", "a"),
    "from-the-entry": ("call a; call launch; jmp start", "a", ""),
    "fall": ("call a; call launch; jz behind; behind: call b; ret", "b", "a"),
    "falls-before": ("jz 1f; jmp behind; 1: call a; call launch; hlt; behind: call b; ret",
                     "b", "a"),
    "indirect": ("call a; call launch; jmp *%rax", "a", ""),
    "indirect-call": ("call a; call launch; call *%rax; call b; ret", "b", "a"),
    "address": ("lea b(%rip), %rbx; call a; call launch; call *%rbx; ret", "b", "a"),
    "returned": ("jz 1f; call a; call launch; ret; 1: call b; ret", "", "a b"),
    "within": ("call a; call 1f; call d; ret; 1: call launch; call b; ret", "b d", "a"),
    "twice": ("call a; call 1f; 1: call b; call launch; ret", "b", "a"),
    "again": ("call a; jz 1f; call start; call b; 1: call launch; ret", "b", ""),
    "inner": ("call a; call launch; ret; .globl other; other: jmp middle; ret", "", "a"),
    "above": ("call a; call inner; call d; ret; .globl inner; inner: call b; call launch; ret",
              "d", "a b"),
    "in-another-section": ("call a; call far; .section .late, \"ax\";"
                           "far: call launch; call b; ret", "b", "a"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_order_of_instructions(case: str, tmp_path: Path) -> None:
    body, late, early = CASES[case]
    (tmp_path / "a.c").write_text(C)
    (tmp_path / "s.S").write_text(
        ".text\n.globl launch\nlaunch: ret\n.globl middle\nmiddle: ret\n.globl start\n"
        f"start:\n{body}\n"
    )
    commands = [
        CompileCommand(file="a.c", directory=str(tmp_path), arguments=("gcc",)),
        CompileCommand(
            file="s.S", directory=str(tmp_path), arguments=("gcc",), language=Language.ASSEMBLY
        ),
    ]
    program = read_program(commands, tmp_path, "x")
    assert not program.degraded
    request = Request(boot=("start",), launch=("launch",))
    found = classify(build_graph(program), Directory(program), request).functions
    runtime = {i for i, c in found.items() if "runtime" in c.phases}
    assert [f for f in late.split() if f not in runtime] == [], "not run time"
    assert [f for f in early.split() if f in runtime] == [], "run time"
