# SPDX-License-Identifier: MIT
"""What ran in which phase: on tiny machines whose executed functions are known exactly."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tcbsplit.config.scenario import Boundary, Machine, Module, Scenario, Typed
from tcbsplit.errors import BuildError
from tcbsplit.model.result import BootResult
from tcbsplit.model.trace import Trace
from tcbsplit.model.vocabulary import Virtualization
from tcbsplit.validate.boot import Bench, boot
from tcbsplit.validate.evidence.symbols import read_code
from tcbsplit.validate.evidence.watching import Tracer, linux_entries, places_of, traced
from tcbsplit.validate.machine.folders import run_folder
from tests.support.boots import wanted
from tests.support.programs import real
from tests.support.traces import by_phase

# Functions are of the image, each with its size, so that every one is known by its symbol.
MACROS = """
.macro function name
.globl \\name
.type \\name, @function
\\name:
.endm
.macro end name
.size \\name, . - \\name
.endm
.macro say text
    mov $9f, %esi
    call print
    jmp 8f
9:  .asciz "\\text\\n"
8:
.endm
"""
PROGRAM = """
.section .text
.align 4
.long 0x1BADB002, 3, -0x1BADB005
function _start
    mov $stack, %esp
    mov %ebx, %ebp
    call early
    call both
    call target
end _start
function early
    ret
end early
function both
    ret
end both
function unused
    ret
end unused
function target
BEFORE
    call late
    call both
FINISH
end target
function late
    call inner
    ret
end late
function inner
    ret
end inner
function print
    mov $0x3f8, %dx
1:  lodsb
    test %al, %al
    jz 2f
    outb %al, %dx
    jmp 1b
2:  ret
end print
.bss
.skip 4096
stack:
"""
EXIT = "say done\n mov $16, %eax; outl %eax, $0xf4"
HANG = "say done\n 1: jmp 1b"
LISTEN = """
    say go
    mov $0x3fd, %dx
1:  inb %dx, %al
    test $1, %al
    jz 1b
"""
# Copies the module (its start is in the multiboot information) to where it runs, and starts it.
CHAIN = """
    mov 24(%ebp), %esi
    mov (%esi), %eax
    mov 4(%esi), %ecx
    mov %eax, %esi
    sub %eax, %ecx
    add $0x1000, %esi
    mov $0x300000, %edi
    rep movsb
    mov $0x300000, %eax
    call *%eax
"""
GUEST = """
.section .text
function _start
    mov $0x1234, %eax
    mov $0x5678, %ebx
    ret
end _start
"""


def program(folder: Path, before: str = "", finish: str = EXIT, name: str = "program") -> Path:
    return assembled(
        folder, PROGRAM.replace("BEFORE", before).replace("FINISH", finish), name, 0x100000
    )


def assembled(folder: Path, code: str, name: str, address: int) -> Path:
    source, image = folder / f"{name}.S", folder / f"{name}.elf"
    source.write_text(MACROS + code)
    subprocess.run(
        ["gcc", "-m32", "-nostdlib", "-static", f"-Wl,-Ttext={address:#x},--build-id=none",
         "-Wl,-z,max-page-size=4096", "-o", str(image), str(source)], check=True,
    )  # fmt: skip
    return image


def run(
    bench: Bench, image: Path, boundary: Boundary, *expect: str, **more: Any
) -> tuple[BootResult, Trace]:
    more = {"machine": Machine(virtualization=Virtualization.NONE), "exit": 33, **more}
    scenario: Scenario = wanted(*(expect or ("done",)), boundaries=(boundary,), **more)
    watched = real(bench, image, watcher=Tracer(bench.base / "cache"))
    (result,) = boot({"case": scenario}, watched)
    place = run_folder(watched.folder, "case", "original")
    return result, traced(place, "case", "original", scenario, image)


START = {"_start", "early", "both"}
RUNTIME = {"target", "late", "inner", "both", "print"}


@pytest.mark.parametrize("finish", [EXIT, HANG])
def test_functions_by_phase_with_their_callers(bench: Bench, tmp_path: Path, finish: str) -> None:
    # A machine that hangs is killed: what it ran is known all the same.
    boundary = Boundary(phase="runtime", symbol="target")
    exits = {"exit": 33} if finish == EXIT else {"exit": None}
    result, found = run(bench, program(tmp_path, finish=finish), boundary, **exits)
    assert (result.verdict, result.cause) == ("pass", "")
    assert by_phase(found) == {"start": START, "runtime": RUNTIME}
    assert (found.foreign, found.outside) == (0, 0)
    callers = {(f.name, e.phase): e.caller for f in found.functions for e in f.entered}
    assert callers["both", "start"] == "_start"
    assert callers["both", "runtime"] == "target"
    assert callers["inner", "runtime"] == "late"
    assert not any(e.inside for f in found.functions for e in f.entered)


def test_callers_by_every_kind_of_branch(bench: Bench, tmp_path: Path) -> None:
    branches = """
    mov $unused, %eax
    call *%eax
    mov $table, %ebx
    call *(%ebx)
    xor %eax, %eax
    test %eax, %eax
    call conditional
    call tail
    jmp over
table: .long by_table
function by_table
    ret
end by_table
function conditional
    jz taken
end conditional
function taken
    ret
end taken
function tail
    jmp last
end tail
function last
    ret
end last
over:
"""
    _, found = run(
        bench, program(tmp_path, before=branches), Boundary(phase="runtime", symbol="target")
    )
    callers = {f.name: (e.caller, e.indirect) for f in found.functions for e in f.entered}
    assert callers["unused"] == ("target", True)
    assert callers["by_table"] == ("target", True)
    assert callers["conditional"] == ("target", False)
    assert callers["taken"] == ("conditional", False)
    assert callers["last"] == ("tail", False)


def test_a_phase_begins_with_a_text_on_the_console(bench: Bench, tmp_path: Path) -> None:
    result, found = run(
        bench, program(tmp_path, before=LISTEN), Boundary(phase="runtime", serial="go"),
        "go", "done", type=(Typed(after="go", line="x"),),
    )  # fmt: skip
    assert result.verdict == "pass"
    assert by_phase(found) == {"start": {*START, "target", "print"}, "runtime": RUNTIME}
    inside = {f.name for f in found.functions for e in f.entered if e.inside}
    assert inside == {"target"}  # it was entered before, and went on


def test_a_phase_begins_with_the_code_of_another_image(bench: Bench, tmp_path: Path) -> None:
    guest = assembled(tmp_path, GUEST, "guest", 0x300000)
    boundary = Boundary(phase="runtime", entry=str(guest))
    result, found = run(
        bench, program(tmp_path, before=CHAIN), boundary,
        modules=(Module(file=str(guest), name="guest"),),
    )  # fmt: skip
    assert (result.verdict, result.cause) == ("pass", "")
    assert by_phase(found) == {"start": {*START, "target"}, "runtime": RUNTIME}


@pytest.mark.parametrize(("changed", "reached"), [(8, True), (24, False)])
def test_code_of_a_boundary_may_be_patched(
    bench: Bench, tmp_path: Path, changed: int, reached: bool
) -> None:
    # At the symbol's address: alternatives change some of it, other code is mostly different.
    patch = "\n".join(f"movl $0x90909090, target+{4 + i}" for i in range(0, changed, 4))
    image = assembled(
        tmp_path,
        PROGRAM.replace("function early\n", f"function early\n{patch}\n")
        .replace("BEFORE", "jmp 1f\n.skip 40, 0xcc\n1:").replace("FINISH", EXIT),
        "program", 0x100000,
    )  # fmt: skip
    _, found = run(bench, image, Boundary(phase="runtime", symbol="target"))
    assert found.reached == (("start", "runtime") if reached else ("start",))
    if reached:
        assert by_phase(found) == {"start": START, "runtime": RUNTIME}


def test_a_boundary_that_is_never_reached_is_seen(bench: Bench, tmp_path: Path) -> None:
    _, found = run(bench, program(tmp_path), Boundary(phase="runtime", symbol="unused"))
    assert found.phases == ("start", "runtime")
    assert found.reached == ("start",)


def test_boundaries_need_their_places(tmp_path: Path) -> None:
    image = program(tmp_path)
    codes = read_code(image)
    with pytest.raises(BuildError, match="has 0 functions missing, needs one"):
        places_of(Boundary(phase="runtime", symbol="missing"), None, image, 1, codes)
    with pytest.raises(BuildError, match="is needed for the boundary of runtime and not there"):
        places_of(Boundary(phase="runtime", entry="x"), tmp_path / "x", image, 1, codes)
    with pytest.raises(BuildError, match="is no Linux kernel"):
        places_of(Boundary(phase="runtime", linux="x"), image, image, 1, codes)


def test_a_kernel_has_three_entries(tmp_path: Path) -> None:
    content = bytearray(0x4000)
    content[0x1F1] = 3  # sectors of real-mode code, less one
    content[0x202:0x206] = b"HdrS"
    struct.pack_into("<I", content, 0x3C, 0x100)
    content[0x100:0x104] = b"PE\0\0"
    struct.pack_into("<I", content, 0x100 + 24 + 16, 0x1000)
    for at, byte in ((4 * 512, 1), (4 * 512 + 0x200, 2), (0x1000, 3)):
        content[at : at + 32] = bytes([byte]) * 32
    kernel = tmp_path / "kernel"
    kernel.write_bytes(content)
    assert linux_entries(kernel) == [bytes([n]) * 32 for n in (1, 2, 3)]


# --- the record -------------------------------------------------------------------------------


# --- the plugin -------------------------------------------------------------------------------
