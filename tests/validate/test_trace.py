"""What ran in which phase: on tiny machines whose executed functions are known exactly."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tcbsplit.config.scenario import Boundary, Machine, Module, Scenario, Typed
from tcbsplit.errors import BuildError, EnvironmentProblem
from tcbsplit.model.result import BootResult, ImageFacts
from tcbsplit.model.trace import Trace
from tcbsplit.validate import Bench, boot, run_folder
from tcbsplit.validate import plugin as plugins
from tcbsplit.validate.image import Segment
from tcbsplit.validate.plugin import Place, Watch, interface, plugin_for
from tcbsplit.validate.symbols import Code, Name, Symbols, read_code
from tcbsplit.validate.trace import _fnv, read_record
from tcbsplit.validate.trace import trace as read_trace
from tcbsplit.validate.watching import Tracer, linux_entries, places_of, traced
from tests.validate.test_boot import bench, wanted
from tests.validate.test_machines import real

__all__ = ["bench"]  # a fixture

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
    more = {"machine": Machine(virtualization="none"), "exit": 33, **more}
    scenario: Scenario = wanted(*(expect or ("done",)), boundaries=(boundary,), **more)
    watched = real(bench, image, watcher=Tracer(bench.base / "cache"))
    (result,) = boot({"case": scenario}, watched)
    place = run_folder(watched.folder, "case", "original")
    return result, traced(place, "case", "original", scenario, image)


def by_phase(found: Trace) -> dict[str, set[str]]:
    return {p: {f.name for f in found.functions if p in f.phases} for p in found.phases}


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

CODE = bytes(range(64))


def function(name: str, address: int, size: int) -> Code:
    return Code(address, address + size, (Name(name),))


def record(path: Path, blocks: list[tuple[int, int, int, int, int]], full: int = 0) -> Path:
    """(address, bias, hash, size, phases) of each."""
    head = struct.pack("<8sIIIIII32x", b"TCBTRACE", 1, len(blocks), len(blocks), full, 0, 0)
    slots = b"".join(struct.pack("<QQQIIQQQQ", *block, 0, 0, 0, 0) for block in blocks)
    path.write_bytes(head + slots)
    return path


def test_code_of_others_at_the_same_addresses_does_not_count(tmp_path: Path) -> None:
    ours, theirs = 0x7F0000000000, 0x7F8000000000
    alike = _fnv(CODE[32:36])
    path = record(
        tmp_path / "r",
        [
            (0x1000, ours, _fnv(CODE[0:16]), 16, 1),
            (0x1020, theirs, alike, 4, 2),  # by chance the same bytes
            (0x1000, theirs, _fnv(b"x" * 16), 16, 2),
            (0x1010, ours, 0, 8, 2),  # bytes not known, at our place
        ],
    )
    symbols = (function("a", 0x1000, 0x20), function("b", 0x1020, 0x20))
    facts = ImageFacts(path="i", text_bytes=64, digest="d", functions=())
    found = read_trace(
        "s", "original", ["start", "runtime"], path, facts,
        [Segment(0x1000, CODE, executable=True)], symbols,
    )  # fmt: skip
    assert by_phase(found) == {"start": {"a"}, "runtime": {"a"}}
    assert (found.blocks, found.foreign) == (2, 2)


def test_records_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="no trace was recorded"):
        read_record(tmp_path / "missing")
    for content in (b"", b"x" * 200):
        (tmp_path / "r").write_bytes(content)
        with pytest.raises(BuildError, match="is no record of a trace"):
            read_record(tmp_path / "r")
    whole = record(tmp_path / "r", [(1, 1, 1, 1, 1)]).read_bytes()
    (tmp_path / "r").write_bytes(whole[:-1])
    with pytest.raises(BuildError, match="is no record of a trace"):
        read_record(tmp_path / "r")
    with pytest.raises(BuildError, match="more code ran than the record has room for"):
        read_record(record(tmp_path / "r", [(1, 1, 1, 1, 1)], full=1))


def test_addresses_have_their_functions() -> None:
    codes = [
        function("a", 16, 16), function("inner", 20, 4), function("b", 40, 8),
        Code(50, 50, (Name("label"),), label=True),
    ]  # fmt: skip
    symbols = Symbols(codes)
    names = {at: (s.name if (s := symbols.at(at)) else None) for at in range(15, 51)}
    wanted = {15: None, 16: "a", 20: "inner", 24: "a", 32: None, 40: "b", 48: None}
    assert [(n, names[n], names[n - 1]) for n in range(16, 51) if names[n] != names[n - 1]] == [
        (n, name, names[n - 1]) for n, name in wanted.items() if n > 15
    ]
    parts = [(at, code.name if code else None) for at, code in symbols.of(22, 49)]
    assert parts == [(22, "inner"), (24, "a"), (32, None), (40, "b"), (48, None)]
    near = {at: (c.name if (c := symbols.near(at)) else None) for at in (15, 16, 33, 49, 99)}
    assert near == {15: None, 16: "a", 33: "inner", 49: "b", 99: "label"}


# --- the plugin -------------------------------------------------------------------------------


@pytest.mark.parametrize("api", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_plugin_compiles_for_every_interface(compiler: str, api: int, tmp_path: Path) -> None:
    sources = [str(p) for p in sorted(plugins.SOURCES.glob("*.c"))]
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror",
         "-fvisibility=hidden", f"-DTCBSPLIT_PLUGIN_API={api}", "-o", str(tmp_path / "t.so"),
         *sources, "-pthread"],
        check=True,
    )  # fmt: skip
    names = subprocess.run(
        ["nm", "-D", "--defined-only", str(tmp_path / "t.so")],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    exported = {line.split()[-1] for line in names.splitlines()}
    assert {"qemu_plugin_install", "qemu_plugin_version"} <= exported
    assert not any(name.startswith(("record_", "watch_")) for name in exported)


@pytest.mark.parametrize(
    ("version", "api"),
    [("4.2.1", 0), ("7.2.9 (Debian 1:7.2)", 1), ("8.1.0", 1), ("8.2.0", 2), ("9.1.0", 3),
     ("10.0.2", 4), ("11.0.0", 4)],
)  # fmt: skip
def test_the_interface_fits_the_version(version: str, api: int) -> None:
    assert interface(f"QEMU emulator version {version}\nCopyright") == api


@pytest.mark.parametrize("version", ["QEMU emulator version 4.1.0", "no QEMU at all", ""])
def test_a_qemu_without_plugins_is_named(version: str) -> None:
    with pytest.raises(EnvironmentProblem, match=r"trace needs QEMU 4\.2 or later"):
        interface(version)


def test_the_plugin_is_built_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = plugin_for("qemu-system-x86_64", tmp_path / "cache")
    stamp = first.stat().st_mtime_ns
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert plugin_for("qemu-system-x86_64", tmp_path / "cache") == first
    assert first.stat().st_mtime_ns == stamp
    assert [p.name for p in (tmp_path / "cache").iterdir()] == [first.name]
    monkeypatch.setattr(plugins.shutil, "which", lambda name: None)
    with pytest.raises(EnvironmentProblem, match="no compiler; apt-get install gcc"):
        plugin_for("qemu-system-x86_64", tmp_path / "other")


def test_what_is_watched_is_text() -> None:
    watch = Watch(
        ranges=((0x1000, 0x2000),),
        places=(Place(1, b"\x90" * 4, 0x1010), Place(2, b"\xf4" * 5)),
    )
    assert watch.text().splitlines() == [
        "range 1000 2000", "boundary 1 1010 90909090", "boundary 2 - f4f4f4f4f4",
    ]  # fmt: skip
    with pytest.raises(BuildError, match="needs 4 to 32"):
        Watch(ranges=(), places=(Place(1, b"\x90"),)).text()
