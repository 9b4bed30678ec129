# SPDX-License-Identifier: MIT
"""Linked images: what the linker decides, and that another disassembler shows the same branches."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tcbsplit.frontend.machine.code import read_image
from tcbsplit.frontend.machine.find import object_of
from tcbsplit.model.machine import MachineCode
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import BranchKind

C = """
int sink;
void hook (void) { sink = 1; }
void __wrap_hook (void) { sink = 2; }
"""
MAIN = """
extern int sink;
void hook (void);
void other (void);
void weak (void) __attribute__ ((weak));
void provided (void);
void start (void) { hook (); other (); provided (); if (weak) weak (); }
void last (void) { sink = 3; }
static void callback (void) { sink = 4; }
void (*const table[]) (void) = { last, callback };
"""
FLAGS = ("-O1", "-ffreestanding", "-fno-pic", "-fno-stack-protector", "-fcf-protection=none")


def linked(folder: Path, *options: str, flags: tuple[str, ...] = FLAGS) -> Path:
    (folder / "a.c").write_text(C)
    (folder / "b.c").write_text(MAIN)
    for name in ("a", "b"):
        subprocess.run(["gcc", *flags, "-c", f"{name}.c"], cwd=folder, check=True)
    kind = ["-m", "elf_i386"] if "-m32" in flags else []
    command = ["ld", *kind, "-e", "start", *options, "-o", "image", "b.o", "a.o"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "image"


OTHERS = ("--defsym=other=last", "--defsym=provided=last")


def pairs(code: MachineCode, *, addresses: bool = False) -> set[tuple[str, str]]:
    return {
        (a.name, b.name)
        for e in code.edges
        if (e.kind == BranchKind.ADDRESS) == addresses
        for a in code.nodes[e.source].names
        for b in code.nodes[e.target].names
    }


def test_a_wrapped_call_leads_to_the_wrapper(tmp_path: Path) -> None:
    found = pairs(read_image(linked(tmp_path, "--wrap=hook", *OTHERS), frozenset()))
    assert ("start", "__wrap_hook") in found
    assert ("start", "hook") not in found


def test_symbols_of_the_linker_are_the_places_they_stand_for(tmp_path: Path) -> None:
    found = pairs(read_image(linked(tmp_path, *OTHERS), frozenset()))
    assert {("start", "hook"), ("start", "other"), ("start", "last")} <= found


def test_words_of_data_hold_addresses(tmp_path: Path) -> None:
    found = pairs(read_image(linked(tmp_path, *OTHERS), frozenset()), addresses=True)
    assert {("table", "last"), ("table", "callback")} <= found


@pytest.mark.parametrize("container", ["elf64-x86-64", "elf32-i386"])
def test_the_code_tells_its_mode_not_the_file(tmp_path: Path, container: str) -> None:
    image = linked(tmp_path, *OTHERS)
    subprocess.run(["objcopy", "-O", container, "image", "other"], cwd=tmp_path, check=True)
    plain, other = (pairs(read_image(p, frozenset())) for p in (image, tmp_path / "other"))
    assert plain == other
    assert ("start", "hook") in plain


def test_i386(tmp_path: Path) -> None:
    found = read_image(linked(tmp_path, *OTHERS, flags=(*FLAGS, "-m32")), frozenset())
    assert ("start", "hook") in pairs(found)
    assert ("table", "last") in pairs(found, addresses=True)


def test_assembly_in_an_image(tmp_path: Path) -> None:
    """Padding that an assembler fills with jumps is nobody's; local labels count when known."""
    (tmp_path / "x.s").write_text(
        ".globl start,page,after\nstart: call local\nret\n.balign 4096\n"
        "page: ret\nlocal: call after\nret\n.balign 512\nafter: ret\n"
    )
    subprocess.run(["gcc", "-c", "x.s"], cwd=tmp_path, check=True)
    subprocess.run(["ld", "-e", "start", "-o", "image", "x.o"], cwd=tmp_path, check=True)
    unknown = pairs(read_image(tmp_path / "image", frozenset()))
    assert ("start", "page") in unknown  # the piece that holds the label
    known = pairs(read_image(tmp_path / "image", frozenset({"local"})))
    assert {("start", "local"), ("local", "after")} == known


@pytest.mark.parametrize("program", ["/usr/bin/make", "/bin/bash", "/usr/bin/objdump"])
def test_foreign_programs_are_stripped_and_say_nothing(program: str) -> None:
    if not Path(program).exists():
        pytest.skip(f"{program} is not there")
    assert read_image(Path(program), frozenset()).edges == ()


def test_the_branches_are_those_that_objdump_shows(tmp_path: Path) -> None:
    """A whole program with the C library in it, symbols kept."""
    (tmp_path / "p.c").write_text(
        '#include <stdio.h>\n#include <stdlib.h>\nint main (void) { printf ("%g", atof ("1")); }\n'
    )
    subprocess.run(["gcc", "-static", "-O2", "p.c", "-o", "p"], cwd=tmp_path, check=True)
    code = read_image(tmp_path / "p", frozenset())
    ours = {e.at for e in code.edges if e.kind != BranchKind.ADDRESS}
    done = subprocess.run(
        ["objdump", "-d", "-w", "--no-show-raw-insn", str(tmp_path / "p")],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    addresses = sorted({n.address for n in code.nodes if n.address >= 0})
    theirs, function = set(), -1
    for line in done.stdout.splitlines():
        if match := re.match(r"([0-9a-f]+) <", line):
            function = int(match.group(1), 16)
        elif match := re.match(
            r"\s+([0-9a-f]+):\t(?:call|j\w+|loop\w*|bnd call|bnd jmp)\s+([0-9a-f]+) <([^>+]+)>$",
            line,
        ):
            target = int(match.group(2), 16)
            if target in addresses and target != function and function in addresses:
                theirs.add(int(match.group(1), 16))
    missing = theirs - ours
    assert len(theirs) > 2000
    assert len(missing) <= len(theirs) * 0.002, [hex(a) for a in sorted(missing)][:10]


@pytest.mark.parametrize("output", [".c.o.tmp", "c.o.tmp", ".tmp_c.o", "c.o"])
def test_an_object_that_got_its_name_afterwards_is_found(tmp_path: Path, output: str) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/c.c").write_text("int x;")
    subprocess.run(["gcc", "-c", "c.c"], cwd=tmp_path / "d", check=True)
    command = CompileCommand(
        file="d/c.c", directory=str(tmp_path), arguments=("gcc",), output=f"d/{output}"
    )
    assert object_of(command, tmp_path, [tmp_path]) == tmp_path / "d/c.o"
    other = CompileCommand(file="d/c.c", directory=str(tmp_path), arguments=(), output="d/b.o.tmp")
    assert object_of(other, tmp_path, [tmp_path]) is None
