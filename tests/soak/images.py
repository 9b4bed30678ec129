# SPDX-License-Identifier: MIT
"""Tiny machines to boot: a few instructions each, assembled by gcc."""

from __future__ import annotations

import subprocess
from pathlib import Path

# A multiboot image: says "here" on the first serial port (8250 at 0x3f8), then does CODE.
_KERNEL = """
.section .text
.align 4
.long 0x1BADB002, 0, -0x1BADB002
.globl _start
_start:
    mov $0x3f8, %dx
    SAY
    CODE
9:  hlt
    jmp 9b
"""
AT_1_MIB = "-Wl,-Ttext=0x100000,--build-id=none"
SECTOR = "-Wl,-Ttext=0x7c00,--build-id=none,--oformat=binary"  # where the BIOS loads it
# Of a configuration: the machine says "here" and ends.
COMES_UP = """
scenarios:
  up:
    summary: it comes up
    builds: [original]
    machine: {virtualization: none}
    expect: [{text: here}]
    exit: 33
"""
_SAY = "".join(f"mov ${ord(c)}, %al; outb %al, %dx\n" for c in "here\n")
EXIT = "mov $16, %eax; outl %eax, $0xf4"  # QEMU ends with 33
RESET = "mov $0xfe, %al; outb %al, $0x64"  # the keyboard controller's reset line
# 100 MB on one port, each byte when the one before is gone (line status, 5 further), then the end.
_FLOOD = f"""
    mov $100000000, %ecx
1:  mov $PORT + 5, %dx
2:  inb %dx, %al
    test $0x20, %al
    jz 2b
    mov $PORT, %dx
    mov $120, %al
    outb %al, %dx
    dec %ecx
    jnz 1b
    {EXIT}
"""

# name -> (whether it says "here", what it does then)
_CODES = {
    "passes": (True, EXIT),
    # About a second or two under emulation.
    "lingers": (True, f"mov $1500000000, %ecx; 1: dec %ecx; jnz 1b; {EXIT}"),
    "hangs": (True, ""),
    "silent": (False, ""),
    "resets": (True, RESET),
    "floods": (True, _FLOOD.replace("PORT", "0x3f8")),
    "floods2": (True, _FLOOD.replace("PORT", "0x2f8")),
}
# A boot sector that says "here" and resets the machine, for ever.
_SECTOR = f"""
.code16
.globl _start
_start:
    mov $0x3f8, %dx
    {_SAY}
    {RESET}
9:  jmp 9b
.org 510
.word 0xaa55
"""


def assemble(folder: Path) -> dict[str, Path]:
    """Make all images in ``folder``; name -> file, ``sector`` being a disk."""
    made = {}
    for name, (says, code) in _CODES.items():
        made[name] = link(folder / f"{name}.elf", kernel(says=says, code=code), AT_1_MIB)
    made["sector"] = link(folder / "sector.img", _SECTOR, SECTOR)
    return made


def kernel(name: str = "", *, says: bool = True, code: str = EXIT) -> str:
    """Return the assembly of a multiboot image, whose code may have a second ``name``."""
    text = _KERNEL.replace("SAY", _SAY if says else "").replace("CODE", code)
    return text.replace("_start:", f".globl {name}\n{name}:\n_start:") if name else text


def link(file: Path, text: str, option: str) -> Path:
    """Assemble ``text`` and link it to ``file``; ``option`` says where."""
    source = file.with_suffix(".S")
    source.write_text(text)
    words = ["gcc", "-m32", "-nostdlib", "-static", option, "-o", str(file), str(source)]
    subprocess.run(words, check=True)
    return file
