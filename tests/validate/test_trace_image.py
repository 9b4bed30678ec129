# SPDX-License-Identifier: MIT
"""Kernels and modules with arguments, and traces of an image that is started stripped."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tcbsplit.config.scenario import Boundary, Machine, Module
from tcbsplit.model.vocabulary import StartMethod, Virtualization
from tcbsplit.validate.boot import Bench, boot
from tcbsplit.validate.evidence.symbols import read_code
from tcbsplit.validate.evidence.watching import Tracer, places_of, recorded_image, traced
from tcbsplit.validate.machine.folders import run_folder
from tcbsplit.validate.machine.media import grub_cfg
from tests.support.boots import wanted
from tests.support.programs import real
from tests.support.traces import by_phase
from tests.validate.test_trace import RUNTIME, START, assembled, program

# Says the command lines of itself and of its module (Multiboot 0.6.96, 3.3: cmdline, mods_addr).
ECHO = """
    mov 16(%ebp), %esi
    call print
    mov $10, %al; outb %al, %dx
    mov 24(%ebp), %esi
    mov 8(%esi), %esi
    call print
    mov $10, %al; outb %al, %dx
"""
BARE = Machine(virtualization=Virtualization.NONE)


@pytest.mark.parametrize("start", [StartMethod.KERNEL, StartMethod.GRUB])
def test_kernel_and_modules_get_their_arguments(
    bench: Bench, tmp_path: Path, start: StartMethod
) -> None:
    image = program(tmp_path, before=ECHO)
    (tmp_path / "root").write_text("a module")
    scenario = wanted(
        "com1=115200,8n1 console=com1 log;all $x", "first ro,all=1 {seed}".replace("{seed}", "7"),
        "done", machine=BARE, start=start, exit=33,
        command_line="com1=115200,8n1 console=com1 log;all $x",
        modules=(Module(file=str(tmp_path / "root"), name="first", arguments="ro,all=1 {seed}"),),
    )  # fmt: skip
    (result,) = boot({"case": scenario}, real(bench, image, seed=7))
    assert (result.verdict, result.cause) == ("pass", "")


def test_grub_reads_arguments_as_words() -> None:
    lines = grub_cfg(b"\x02\xb0\xad\x1b", ["root a=$b"], [], "com1=1,8 x;y").splitlines()
    assert lines[1:3] == [
        "multiboot /boot/image.elf com1=1,8 'x;y'", "module /boot/module0 root 'a=$b'",
    ]  # fmt: skip


def test_a_stripped_kernel_is_traced_by_the_symbols_of_the_image(
    bench: Bench, tmp_path: Path
) -> None:
    image, stripped = program(tmp_path), tmp_path / "stripped"
    subprocess.run(["strip", "-s", "-o", stripped, image], check=True)
    boundary = Boundary(phase="runtime", symbol="target")
    scenario = wanted("done", machine=BARE, exit=33, boundaries=(boundary,), kernel=str(stripped))
    watched = real(bench, image, watcher=Tracer(bench.base / "cache"))
    (result,) = boot({"case": scenario}, watched)
    assert (result.verdict, result.cause) == ("pass", "")
    place = run_folder(watched.folder, "case", "original")
    assert read_code(place / "image.elf") == ()
    symbols = recorded_image(place, scenario, image)
    found = traced(place, "case", "original", scenario, symbols)
    assert by_phase(found) == {"start": START, "runtime": RUNTIME}
    assert found.image == str(image)


def test_a_boundary_is_code_rather_than_a_label_of_its_name(tmp_path: Path) -> None:
    code = """
.section .text
function _start
    ret
end _start
.data
begin: .long 1
"""
    image = assembled(tmp_path, code, "labels", 0x100000)
    other = assembled(tmp_path, ".text\nfunction begin\nret\nend begin\n", "other", 0x100000)
    (label,) = (c for c in read_code(image) if c.name == "begin")
    (function,) = read_code(other)
    assert label.label
    assert not function.label
    boundary = Boundary(phase="runtime", symbol="begin")
    places = places_of(boundary, None, other, 1, [label, function])
    assert [p.address for p in places] == [function.address]
