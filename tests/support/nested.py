# SPDX-License-Identifier: MIT
"""Machines of the accelerator nested, for tests that run them."""

from __future__ import annotations

import lzma
import selectors
import time
from pathlib import Path

import pytest

from tcbsplit.config.scenario import Disk, Scenario
from tcbsplit.model.vocabulary import BootedBuild
from tcbsplit.validate.machine import interface, media
from tcbsplit.validate.machine.nested import kernel
from tcbsplit.validate.machine.nested.inner import Machine as Running
from tcbsplit.validate.machine.nested.nested import Nested
from tests.soak.images import AT_1_MIB, EXIT, link

# Enables SVM and executes VMRUN on an empty control block, which cannot be a guest: the processor
# says so in the block's exit code, -1 (AMD64 Architecture Programmer's Manual, volume 2, 15.5).
# Paging is on (one page of 4 MiB): KVM takes VMRUN without it for an invalid opcode.
# Then it writes a sector on the first IDE disk.
VMRUN = f"""
.section .text
.align 4
.long 0x1BADB002, 0, -0x1BADB002
.globl _start
_start:
    movl $0x83, 0x203000
    mov $0x203000, %eax; mov %eax, %cr3
    mov $0x10, %eax; mov %eax, %cr4
    mov %cr0, %eax; or $0x80000000, %eax; mov %eax, %cr0
    mov $0xc0000080, %ecx; rdmsr; or $0x1000, %eax; wrmsr
    mov $0xc0010117, %ecx; mov $0x201000, %eax; xor %edx, %edx; wrmsr
    mov $0x200000, %eax
    .byte 0x0f, 0x01, 0xd8
    cmpl $-1, 0x200070
    jne 9f
    mov $text, %esi
    mov $0x3f8, %dx
1:  lodsb
    test %al, %al
    jz 2f
    outb %al, %dx
    jmp 1b
2:  mov $0x3fd, %dx
3:  inb %dx, %al
    test $1, %al
    jz 3b
    mov $0x3f8, %dx
    inb %dx, %al
    cmp $'y', %al
    jne 9f
    mov $0x1f6, %dx; mov $0xe0, %al; outb %al, %dx
    mov $0x1f2, %dx; mov $1, %al; outb %al, %dx
    inc %dx; xor %al, %al; outb %al, %dx
    inc %dx; outb %al, %dx
    inc %dx; outb %al, %dx
    mov $0x1f7, %dx; mov $0x30, %al; outb %al, %dx
4:  inb %dx, %al
    test $8, %al
    jz 4b
    mov $0x1f0, %dx; mov $_start, %esi; mov $256, %ecx; cld; rep outsw
    mov $0x1f7, %dx
5:  inb %dx, %al
    test $0x80, %al
    jnz 5b
    {EXIT}
9:  hlt
    jmp 9b
text: .asciz "VMRUN refused; write? "
"""


def skip_without_programs() -> None:
    if absent := Nested(Path("/nowhere")).absence():
        pytest.skip(f"no inner machine: {absent}")
    if kernel.choose(Path("/nowhere")).kernel is None:
        pytest.skip("no inner machine: no kernel with kvm_amd is installed")


def prepared(tmp_path: Path) -> interface.Boot:
    image = link(tmp_path / "vmrun.elf", VMRUN, AT_1_MIB)
    (tmp_path / "disk").write_bytes(bytes(4096))
    scenario = Scenario(
        summary="", builds=(BootedBuild.ORIGINAL,), disks=(Disk(file="disk"),), seal=""
    )
    load = media.payload(scenario, "original", tmp_path, {"image": str(image)})
    folder = tmp_path / "a boot"
    folder.mkdir()
    media.prepare(folder, load)
    return interface.Boot(load, folder)


def heard(machine: Running, until: bytes = b"\0", within: float = 60) -> bytes:
    console, said, end = machine.lines[0], b"", time.monotonic() + within
    with selectors.DefaultSelector() as selector:
        selector.register(console, selectors.EVENT_READ)
        while until not in said:
            assert time.monotonic() < end, said
            if selector.select(0.2):
                chunk = console.read()
                if not chunk:
                    break
                said += chunk
    return said


VERSION = "6.1.0-10-cloud"


def module(folder: Path, name: str, *depends: str) -> bytes:
    content = b"\x7fELF name=" + name.encode() + b"\0depends=" + ",".join(depends).encode() + b"\0"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    if name.endswith(".xz"):
        file.write_bytes(lzma.compress(content))
    else:
        file.write_bytes(content)
    return content


def tree(root: Path, version: str = VERSION, ending: str = "") -> Path:
    """A host's files: a kernel with all modules that are needed."""
    (root / "boot").mkdir(parents=True, exist_ok=True)
    (root / "boot" / f"vmlinuz-{version}").write_text(version)
    folder = root / "lib/modules" / version
    module(folder / "arch", f"kvm-amd.ko{ending}", "kvm", "ccp")
    module(folder / "arch", "kvm.ko", "irqbypass")
    module(folder / "virt", "irqbypass.ko")
    module(folder / "crypto", "ccp.ko")
    module(folder / "virtio", "virtio_console.ko.xz", "virtio_ring")
    module(folder / "virtio", "virtio_ring.ko")
    (folder / "modules.builtin").write_text("kernel/virtio/virtio_pci.ko\n")
    return folder
