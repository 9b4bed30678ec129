# SPDX-License-Identifier: MIT
"""Machine code programs that QEMU starts, and benches that boot them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tcbsplit.validate.boot import Bench
from tests.soak.images import AT_1_MIB, link

# Says where it is on the first serial port (8250 at 0x3f8), then what %eax = CODE says.
PROGRAM = """
.section .text
.align 4
.long 0x1BADB002, 0, -0x1BADB002
.globl _start
_start:
    mov $text, %esi
1:  lodsb
    test %al, %al
    jz 2f
    mov $0x3f8, %dx
    outb %al, %dx
    jmp 1b
2:  CODE
3:  hlt
    jmp 3b
text: .asciz "program: here\\n"
"""


def program(folder: Path, code: str, name: str = "program") -> Path:
    return link(folder / f"{name}.elf", PROGRAM.replace("CODE", code), AT_1_MIB)


def real(bench: Bench, image: Path, **more: Any) -> Bench:
    fields = {
        **vars(bench),
        "builds": {"original": (image.parent, image)},
        "program": "qemu-system-x86_64",
        **more,
    }
    return Bench(**fields)
