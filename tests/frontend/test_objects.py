# SPDX-License-Identifier: MIT
"""Who leads to whom in an object: one line of assembly idiom each, and C against objdump."""

from __future__ import annotations

import re
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from tcbsplit.frontend.machine.code import read_object
from tcbsplit.model.machine import MachineCode
from tcbsplit.model.vocabulary import BranchKind

MINIVISOR = Path(__file__).resolve().parents[2] / "corpora/minivisor"

# name -> (source, edges that must be there, edges that must not)
CASES: dict[str, tuple[str, str, str]] = {
    "jump within a function stays in it": (".globl a\na: je b\nret\nb: call c\nret", "a>c", "a>b"),
    "jump between symbols": (
        ".globl a,b\na: jmp b\nb: ret", "a>b", "b>a"),
    "jump through a local label": (
        ".globl a\na: je .Lx\nret\n.globl b\nb: nop\n.Lx: ret", "a>b", ""),
    "fall through": (
        ".globl a,b\na: nop\nb: ret", "a>b", "b>a"),
    "fall through padding": (
        ".globl a,b\na: push %rax\n.balign 64\nb: ret", "a>b", ""),
    "no fall behind an end": (
        ".globl a,b,c,d\na: ret\nb: ud2\nc: iretq\n.balign 64\nd: jmp *%rax", "", "a>b b>c c>d"),
    "conditional and loops go on": (
        ".globl a,b,c\na: jne a\nb: loop b\nc: ret", "a>b b>c", ""),
    "stubs of a macro": (
        ".macro stub n\n.globl s\\n\ns\\n: push $\\n\njmp all\n.endm\nstub 1\nstub 2\n"
        "all: call out\nret", "s1>all s2>all all>out", "s1>s2"),
    "numeric labels": (
        ".globl a,b\na: jmp 1f\nb: nop\n1: ret", "a>b", ""),
    "alias by set": (
        ".globl a,b,c\na: call c\nret\n.set c, b\nb: ret", "a>c", ""),
    "alias by equals": (
        ".globl a,b\na: ret\nb = a\n.globl c\nc: jmp b", "c>b", ""),
    "symbol within": (
        ".globl a,b\na: nop\nret\nb = a + 1\n.globl c\nc: jmp b", "c>b", ""),
    "without type or size": (
        "x: ret\n.globl a\na: call x\nret", "a>x", ""),
    "with size": (
        ".globl a\n.type a,@function\na: jmp b\n.size a,.-a\n"
        ".type b,@function\nb: ret\n.size b,.-b",
        "a>b", ""),
    "code behind the size": (
        ".globl a,b\n.type a,@function\na: ret\n.size a,.-a\nrest: call c\nret\nb: jmp rest",
        "b>rest rest>c", ""),
    "place-relative table": (
        ".globl a,f\na: lea t(%rip),%rax\nret\nf: ret\n.section .rodata\nt: .long f - .",
        "t>f", ""),
    "table of offsets": (
        ".globl a\na: lea t(%rip),%rax\nret\nf: ret\ng: ret\n.section .rodata\n"
        "t: .long f - t, g - t", "t>f t>g", ""),
    "table of words": (
        ".globl a\na: jmp *t(,%rax,8)\nf: ret\n.section .rodata\nt: .quad f, out", "t>f t>out", ""),
    "table without a name": (
        ".globl a\na: jmp *.Lt(,%rax,8)\nf: ret\ng: ret\n.section .rodata\n"
        ".Lt: .quad f\n.Lu: .quad g\n.text\nb: jmp *.Lu(,%rax,8)", "", ""),
    "table in text": (
        ".globl a\na: jmp *t(,%rax,8)\nt: .quad f\nf: ret", "t>f", ""),
    "strings in text": (
        ".globl a,b\na: mov $s,%edi\nret\ns: .asciz \"t~u~v~w~x~\"\n.balign 16\nb: ret", "", "a>b"),
    "zeros in text": (
        ".globl a,b\na: mov z(%rip),%eax\nret\n.globl z\nz: .quad 0\nb: ret", "", "z>b"),
    "data behind an end": (
        ".globl a,b\na: ret\n.byte 0xeb, 0x02, 0x90, 0x90\nb: ret", "", "a>b"),
    "32-bit code": (
        ".code32\n.globl a\na: mov %eax,%cr3\nljmp $8,$b\n.globl c\nc: inc %eax\ninc %edx\n"
        "jne d\nret\n.globl d\nd: ret\n.code64\nb: ret", "c>d", ""),
    "16-bit code": (
        ".code16\n.globl a,b\na: mov %cs,%ax\nmov $0x1234,%bx\njmp b\nnop\nb: ret", "a>b", ""),
    "copied code among data": (
        ".data\n.globl a\na: call out\njmp b\nnumber: .quad 1\nb: call more\nret",
        "a>out a>b b>more", ""),
    "a section without flags": (
        ".section .entry\n.globl a\na: call out\nret", "a>out", ""),
    "weak": (".weak a\na: call b\nret\n.weak b\nb: ret", "a>b", ""),
    "through a table of the linker": (
        ".globl a\na: call *f@GOTPCREL(%rip)\nret", "a>f", ""),
    "far call": (".globl a\na: lcall *p(%rip)\nret\n.data\np: .quad f", "p>f", ""),
    "address": (".globl a\na: lea f(%rip),%rax\nret\nf: ret", "a>f", ""),
    "address within": (".globl a\na: lea f+1(%rip),%rax\nret\nf: nop\nret", "", "a>f"),
    "absolute address": (".globl a\na: movabs $f,%rax\nmov $g,%edi\nret\nf: ret\ng: ret", "a>f a>g",
                         ""),
    "push and return": (".globl a\na: push $f\nret\nf: ret", "a>f", ""),
    "repeated": (".globl a\na: .rept 3\ncall f\n.endr\nret\nf: ret", "a>f", ""),
    "sections": (".globl a\na: jmp b\n.section .text.b,\"ax\"\nb: call c\nret", "a>b b>c", ""),
    "subsections": (
        ".globl a,b\na: jmp b\n.subsection 1\nb: call c\nret\n.previous", "a>b b>c", ""),
}  # fmt: skip


def assembled(folder: Path, source: str, *flags: str) -> MachineCode:
    (folder / "x.s").write_text(source + "\n")
    subprocess.run(["gcc", *flags, "-c", "x.s", "-o", "x.o"], cwd=folder, check=True)
    return read_object(folder / "x.o", "x.s", assembly=True)


def pairs(code: MachineCode) -> set[str]:
    """``a>b`` of every edge; each label of an end counts."""
    return {
        f"{a.name}>{b.name}"
        for e in code.edges
        for a in code.nodes[e.source].names
        for b in code.nodes[e.target].names
    }


@pytest.mark.parametrize("name", CASES)
def test_assembly(name: str, tmp_path: Path) -> None:
    source, there, not_there = CASES[name]
    found = pairs(assembled(tmp_path, source))
    assert set(there.split()) <= found
    assert not set(not_there.split()) & found


def test_a_weak_body_that_loses_says_nothing(tmp_path: Path) -> None:
    code = assembled(tmp_path, ".weak a\na: call b\nret\n.globl c\nc: call b\nret")
    assert pairs(code) == {"a>b", "c>b"}
    assert pairs(code.without_losers({"c"})) == {"a>b", "c>b"}
    assert pairs(code.without_losers({"a"})) == {"c>b"}


def test_i386_has_its_addends_in_place(tmp_path: Path) -> None:
    source = (
        ".globl a,b\na: je b\ncall f\nmov $g,%eax\nret\nb: ret\nf: ret\n"
        ".data\nt: .long f, b\ng: .long 1"
    )
    found = pairs(assembled(tmp_path, source, "-m32"))
    assert {"a>b", "a>f", "t>f", "t>b"} <= found


def objdumps(path: Path) -> set[tuple[str, str]]:
    """(function, target) of every direct branch, as binutils' disassembler shows it."""
    done = subprocess.run(
        ["objdump", "-dr", "-w", "--no-show-raw-insn", str(path)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    found, function, pending = set(), "", ""
    for line in done.stdout.splitlines():
        if match := re.match(r"[0-9a-f]+ <(.+)>:$", line):
            function = match.group(1)
        elif match := re.match(
            r"\s+[0-9a-f]+:\t(?:call|j\w+)\s+[0-9a-f]+ <([^>+]+)[^>]*>\s*(.*)", line
        ):
            relocation = re.search(
                r"R_\w+_(?:PLT32|PC32)\s+([\w.]+?)(?:[-+]0x[0-9a-f]+)?$", match.group(2)
            )
            pending = relocation.group(1) if relocation else match.group(1)
            found.add((function, pending))
    return {(a, b) for a, b in found if a != b and not b.startswith(".")}


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("objects")
    made = []
    for source in sorted([*MINIVISOR.glob("core/*.c"), *MINIVISOR.glob("lib/*.c"),
                          *MINIVISOR.glob("arch/svm/*.c")]):  # fmt: skip
        for level in ("-O0", "-O2"):
            target = folder / f"{source.stem}{level}.o"
            subprocess.run(
                ["gcc", "-std=gnu11", "-ffreestanding", level, "-mgeneral-regs-only",
                 f"-I{MINIVISOR}", f"-I{MINIVISOR}/include", "-c", str(source), "-o", str(target)],
                check=True,
            )  # fmt: skip
            made.append(target)
    return made


def test_objects_of_c_have_the_branches_that_objdump_shows(objects: list[Path]) -> None:
    count = 0
    for path in objects:
        code = read_object(path, "x.c", assembly=False)
        found: defaultdict[str, set[str]] = defaultdict(set)
        for e in code.edges:
            if e.kind != BranchKind.ADDRESS:
                for a in code.nodes[e.source].names:
                    found[a.name] |= {b.name for b in code.nodes[e.target].names}
        wanted = objdumps(path)
        count += len(wanted)
        assert {(a, b) for a, b in wanted if b not in found[a]} == set(), path
        assert {(a, b) for a in found for b in found[a]} - wanted == set(), path
    assert count > 150


def test_a_damaged_object_is_an_error(tmp_path: Path) -> None:
    from tcbsplit.errors import BuildError

    (tmp_path / "x.o").write_bytes(b"\x7fELF" + bytes(60))
    with pytest.raises(BuildError, match=r"x\.o: not an ELF file, or a damaged one"):
        read_object(tmp_path / "x.o", "x.c", assembly=False)
