# SPDX-License-Identifier: MIT
"""Data that only boot code mentions, and the processor, a device or assembly goes on to use.

Zeros in it go unnoticed until a segment is loaded or a page is walked: whatever way its address
takes, it stays, a constant as well.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.retiring import Retired

PROGRAM = r"""
void moved (void);
struct table { unsigned short limit; unsigned long base; } __attribute__ ((packed));
struct gate { unsigned short low, high; };
struct part { unsigned long words[8], other; };
static KIND unsigned long data[8] = { 1 };
static KIND struct part whole = { { 1 }, 2 };
static unsigned long number;
static void (*const none) (void);
void load (const void *at);
static inline void load_inline (const void *at) { asm volatile ("" : : "r" (at) : "memory"); }
static void boot (int n)
{
	USE;
	(void) n;
	(void) whole.other;
	moved ();
}
void on_exit_ (void) { fflush (stdout); }
void launch (void) { on_exit_ (); }
int main (int n, char **words) { (void) words; boot (n); launch (); return 0; }
"""
HANDED = {
    "in a register": 'asm volatile ("" : : "r" (data))',
    "in memory": 'asm volatile ("" : : "m" (data))',
    "read and written": 'asm volatile ("" : : "r" (&data[0]) : "memory")',
    "as a number in a register": 'asm volatile ("" : : "r" ((unsigned long) data))',
    "its end": 'asm volatile ("" : : "r" (data + 8))',
    "one of two": 'asm volatile ("" : : "r" (n ? data : 0))',
    "a member": 'asm volatile ("" : : "r" (whole.words))',
    "in a descriptor": (
        "struct table t = { 7, (unsigned long) data };"
        ' asm volatile ("" : : "m" (t) : "memory")'
    ),
    "cut up": (
        "struct gate g = { (unsigned short) (unsigned long) data, "
        "(unsigned short) ((unsigned long) data >> 16) };"
        ' asm volatile ("" : : "m" (g) : "memory")'
    ),
    "kept as a number": (
        'number = (unsigned long) data; asm volatile ("" : : "r" (number))'
    ),
    "by a device": "*(volatile unsigned long *) 0xFEE00000 = (unsigned long) data",
    "by assembly": "load (data)",
    "by an inline function": "load_inline (data)",
}  # fmt: skip
USED = {
    "an element": 'asm volatile ("" : : "r" (data[n]))',
    "an element in memory": 'asm volatile ("" : : "m" (data[n]))',
    "a sum": "number = data[0] + data[n]",
}


def made(use: str, kind: str, folder: Path) -> set[str]:
    return Retired(folder, PROGRAM.replace("USE", use).replace("KIND", kind)).data & {
        "data", "whole",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["", "const"])
@pytest.mark.parametrize("use", HANDED.values(), ids=HANDED.keys())
def test_what_hardware_or_assembly_may_use_stays(use: str, kind: str, tmp_path: Path) -> None:
    assert made(use, kind, tmp_path) == (set() if "whole" in use else {"whole"})


@pytest.mark.parametrize("kind", ["", "const"])
@pytest.mark.parametrize("use", USED.values(), ids=USED.keys())
def test_what_boot_alone_reads_goes(use: str, kind: str, tmp_path: Path) -> None:
    assert made(use, kind, tmp_path) == {"data", "whole"}
