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


COPIED = r"""
#include <string.h>
void moved (void);
extern const unsigned char begin[], end[];
void prepare (void);
static unsigned char low[64];
static void start_another (void) { LATE; }
static void boot (void) { prepare (); EARLY; moved (); }
void on_exit_ (void) { start_another (); fflush (stdout); }
void launch (void) { on_exit_ (); }
int main (void) { boot (); launch (); return low[0]; }
"""
LABELS = """
	.text
	.globl prepare, begin, end
	.type prepare, @function
prepare:
	ret
begin:
	cli
	hlt
end:
"""


@pytest.mark.parametrize("late", [True, False])
def test_assembly_that_is_copied_later_stays(late: bool, tmp_path: Path) -> None:
    """Other processors begin in a copy of code of boot; traps in it would reset the machine."""
    copy = "memcpy (low, begin, (unsigned long) (end - begin))"
    source = COPIED.replace("LATE", copy if late else "").replace("EARLY", "" if late else copy)
    units = [("main.c", ["-c", "main.c"]), ("entry.S", ["-c", "entry.S"])]
    made = Retired(tmp_path, source, more={"entry.S": LABELS}, units=units)
    assert made.placed() >= {"boot", "moved"}
    assert ("prepare" in made.placed()) is not late
    if late:
        why = "assembly of which main.c:start_another may read the code"
        assert made.unplaced["prepare"] == why
