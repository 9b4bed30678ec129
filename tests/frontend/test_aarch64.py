# SPDX-License-Identifier: MIT
"""AArch64: branches and addresses of assembly, objects and images; a small hypervisor."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tcbsplit.frontend.machine.code import read_image, read_object
from tcbsplit.model.analysis import Analysis
from tcbsplit.model.machine import MachineCode
from tcbsplit.model.vocabulary import BranchKind
from tcbsplit.pipeline.workspace import load
from tests.support.cli import tcbsplit

PROGRAM = Path(__file__).resolve().parents[1] / "data/arm64"
GCC = "aarch64-linux-gnu-gcc"
COMPILERS = {"gcc": [GCC], "clang": ["clang", "--target=aarch64-linux-gnu"]}
FLAGS = ["-ffreestanding", "-fno-pic", "-g", "-march=armv8-a", "-mgeneral-regs-only", "-O2"]

# name -> (source, edges that must be there, edges that must not)
CASES: dict[str, tuple[str, str, str]] = {
    "calls and jumps": (".globl a\na: bl b\nb c\n.globl b\nb: ret\n.globl c\nc: br x0", "a>b a>c",
                        "b>c"),
    "jumps that may be taken": (
        ".globl a\na: cbz x0,b\ntbz x1,#2,c\nb.lt d\nret\n.globl b,c,d\nb: ret\nc: ret\nd: ret",
        "a>b a>c a>d", "b>c c>d"),
    "no fall behind an end": (
        ".globl a,b,c,d,e\na: ret\nb: eret\nc: br x3\nd: b d\ne: ret", "", "a>b b>c c>d d>e"),
    "fall through": (".globl a,b\na: cbnz x0,a\n.balign 64\nb: ret", "a>b", "b>a"),
    "calls through registers go on": (".globl a,b\na: blr x1\nb: ret", "a>b", ""),
    "a look-up of vectors is no branch": (
        ".globl a,b\na: tbl v0.16b,{v1.16b},v2.16b\nb: ret", "a>b", ""),
    "address near by": (".globl a\na: adr x0,f\nret\nf: ret", "a>f", ""),
    "address by page": (".globl a\na: adrp x0,f\nadd x0,x0,:lo12:f\nret\nf: ret", "a>f", ""),
    "address by the table of the linker": (
        ".globl a\na: adrp x0,:got:f\nldr x0,[x0,:got_lo12:f]\nret", "a>f", ""),
    "constant among code": (
        ".globl a,b\na: ldr x0,=f\nbr x0\nf: ret\nb: ret\n.ltorg", "a>f", "b>f"),
    "constant of another object": (".globl a,b\na: ldr x0,=out\nbr x0\nb: ret", "a>out", "b>out"),
    "table among code": (".globl a\na: br x0\nt: .quad f, out\nf: ret", "t>f t>out", "a>f a>out"),
    "text among code": (
        ".globl a,b\na: ret\ns: .asciz \"a text\"\n.balign 4\nb: bl c\nret", "b>c", "s>b a>b"),
    "numbers that look like branches": (
        ".globl a,b\na: ret\n.word 0x14000001\nb: ret", "", "a>b"),
    "copied code among data": (
        ".data\n.globl a\na: bl out\nb b\n.globl b\nb: bl more\nret", "a>out b>more", ""),
    "weak": (".weak a\na: bl b\nret\n.weak b\nb: ret", "a>b", ""),
}  # fmt: skip


def assembled(folder: Path, source: str) -> MachineCode:
    (folder / "x.s").write_text(source + "\n")
    subprocess.run([GCC, "-c", "x.s", "-o", "x.o"], cwd=folder, check=True)
    return read_object(folder / "x.o", "x.s", assembly=True)


def pairs(code: MachineCode, *kinds: BranchKind) -> set[str]:
    return {
        f"{a.name}>{b.name}"
        for e in code.edges
        if not kinds or e.kind in kinds
        for a in code.nodes[e.source].names
        for b in code.nodes[e.target].names
    }


@pytest.mark.parametrize("name", CASES)
def test_assembly(name: str, tmp_path: Path) -> None:
    source, wanted, unwanted = CASES[name]
    found = pairs(assembled(tmp_path, source))
    assert set(wanted.split()) <= found
    assert not set(unwanted.split()) & found


@pytest.fixture(params=COMPILERS)
def built(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The small hypervisor, compiled and linked, with its compile database."""
    compiler = COMPILERS[request.param]
    entries = []
    for source in sorted(PROGRAM.glob("*.[cS]")):
        (tmp_path / source.name).write_bytes(source.read_bytes())
        words = [*compiler, *FLAGS, "-c", source.name, "-o", f"{source.stem}.o"]
        subprocess.run(words, cwd=tmp_path, check=True)
        entries.append({"directory": str(tmp_path), "file": source.name, "arguments": words})
    (tmp_path / "cc.json").write_text(json.dumps(entries))
    objects = [f"{s.stem}.o" for s in PROGRAM.glob("*.[cS]")]
    subprocess.run(
        ["aarch64-linux-gnu-ld", "-e", "entry", "-Ttext=0x40080000", "-o", "image", *objects],
        cwd=tmp_path, check=True,
    )  # fmt: skip
    (tmp_path / "a.yaml").write_text(
        "version: 1\nname: a\nsource: .\nimage: image\nlinked: image\nlaunch: [enter_guest]\n"
        "roots: {boot: [entry], runtime: [vectors, on_irq, on_sync]}\n"
    )
    return tmp_path


def analysed(folder: Path) -> tuple[Analysis, str]:
    done = tcbsplit("analyze", "a.yaml", "--compdb", "cc.json", "--no-cache", cwd=folder)
    assert done.returncode == 0, done.stderr
    return load(folder / "reports/a/analysis.json", Analysis), done.stdout


def test_the_whole_program(built: Path) -> None:
    analysis, shown = analysed(built)
    assert not analysis.degraded
    assert not analysis.unknown_flags
    assert " 0 contradictions" in shown
    kinds = {f.id: str(f.kind) for f in analysis.functions}
    runtime = {"handle", "handle_irq", "on_irq", "main.c:uart", "main.c:timer", "main.c:decode"}
    boot = {"entry", "on_start", "main.c:probe", "main.c:setup", "board_hook", "late_hook"}
    assert {kinds[f] for f in runtime} == {"runtime"}
    assert {f: kinds[f] for f in boot if kinds[f] != "boot"} == {}
    assert kinds["main_c"] == "runtime"  # what follows the launch
    assert "boot.S:version" not in kinds
    edges = {(e.caller, e.callee) for e in analysis.edges}
    wanted = (
        "handle main.c:uart, handle main.c:timer, entry main_c, entry vectors, entry on_start, "
        "entry on_check, resume handle, on_sync resume, vectors on_irq"
    )
    assert {tuple(pair.split()) for pair in wanted.split(", ")} <= edges
    assert {caller for caller, callee in edges if callee == "on_check"} <= {
        "entry",
        "boot.S:version",
    }


def test_the_image_agrees_alone(built: Path) -> None:
    analysed(built)
    done = tcbsplit("audit", "a.yaml", "--no-boot", "--image", "image", cwd=built)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 contradictions" in done.stdout


def test_an_image_with_another_branch_contradicts(built: Path) -> None:
    analysed(built)
    text = (built / "main.c").read_text().replace("handle (0);", "handle (0); late_hook ();")
    (built / "main.c").write_text(text)
    entries = json.loads((built / "cc.json").read_text())
    (words,) = (e["arguments"] for e in entries if e["file"] == "main.c")
    subprocess.run(words, cwd=built, check=True)
    subprocess.run(
        ["aarch64-linux-gnu-ld", "-e", "entry", "-o", "other", "boot.o", "main.o", "board.o"],
        cwd=built, check=True,
    )  # fmt: skip
    done = tcbsplit("audit", "a.yaml", "--no-boot", "--image", "other", cwd=built)
    assert done.returncode == 1
    assert "handle_irq -> late_hook" in done.stdout


def test_addresses_in_an_image(built: Path) -> None:
    found = pairs(read_image(built / "image", frozenset({"vectors"})), BranchKind.ADDRESS)
    assert {"entry>vectors", "entry>on_start", "entry>on_check"} <= found


def test_the_branches_are_those_that_objdump_shows(built: Path) -> None:
    code = read_image(built / "image", frozenset({"save", "last", "never"}))
    ours = {e.at for e in code.edges if e.kind is BranchKind.BRANCH}
    done = subprocess.run(
        ["aarch64-linux-gnu-objdump", "-d", "-w", "--no-show-raw-insn", "image"],
        cwd=built, check=True, capture_output=True, text=True,
    )  # fmt: skip
    starts = {n.address for n in code.nodes if n.code}
    theirs, function = set(), -1
    for line in done.stdout.splitlines():
        if match := re.match(r"([0-9a-f]+) <", line):
            at = int(match[1], 16)
            function = at if at in starts else function
        match = re.match(r"\s+([0-9a-f]+):\t(?:b\S*|cbn?z|tbn?z)\s.*?([0-9a-f]+) <([^+>]+)", line)
        if match and int(match[2], 16) in starts - {function}:
            theirs.add(int(match[1], 16))
    assert theirs
    assert theirs == ours


def test_a_processor_whose_code_is_not_read_is_named(tmp_path: Path) -> None:
    sources = {"m.c": "void out (void);\nvoid start (void) { out (); }\n",
               "s.S": ".globl out\nout: nop\n"}  # fmt: skip
    entries = []
    for name, text in sources.items():
        (tmp_path / name).write_text(text)
        words = ["clang", "--target=riscv64-linux-gnu", "-c", name, "-o", f"{name[0]}.o"]
        subprocess.run(words, cwd=tmp_path, check=True)
        entries.append({"directory": str(tmp_path), "file": name, "arguments": words})
    (tmp_path / "cc.json").write_text(json.dumps(entries))
    (tmp_path / "a.yaml").write_text(
        "version: 1\nname: a\nsource: .\nimage: image\nroots: {boot: [start]}\n"
    )
    analysis, shown = analysed(tmp_path)
    assert [d.unit for d in analysis.degraded] == ["s.S"]
    assert "s.S:0: machine code of RISCV is not read: that of x86 and AArch64 is: its br" in shown
    assert "machine code (original): machine code of RISCV is not read" in shown
    assert ("start", "out") in {(e.caller, e.callee) for e in analysis.edges}
    done = tcbsplit("audit", "a.yaml", "--no-boot", "--image", "m.o", cwd=tmp_path)
    assert done.returncode == 2
    assert "machine code of RISCV is not read: that of x86 and AArch64 is: nothing" in done.stderr
