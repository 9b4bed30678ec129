# SPDX-License-Identifier: MIT
"""Read branches and addresses of AArch64's instructions (Arm ARM, C3.1 and C6.2)."""

from __future__ import annotations

import re

_CALLS = frozenset({"bl", "blr", "blraa", "blraaz", "blrab", "blrabz"})
_JUMPS = frozenset({"b", "br", "braa", "braaz", "brab", "brabz", "cbz", "cbnz", "tbz", "tbnz"})
_ENDS = frozenset({"ret", "retaa", "retab", "b", "br", "braa", "braaz", "brab", "brabz", "eret",
                   "eretaa", "eretab", "drps", "udf"})  # fmt: skip
_NUMBER = re.compile(r"#(0x[0-9a-f]+|\d+)$")
_ADD = re.compile(r"(x\d+|sp), (x\d+), #(0x[0-9a-f]+|\d+)(, lsl #12)?$")
_CALLERS = tuple(f"x{n}" for n in range(19))  # registers that a call may change (AAPCS64, 6.1.1)


def calls(name: str) -> bool:
    """Return whether an instruction is a call."""
    return name in _CALLS


def branches(name: str) -> bool:
    """Return whether an instruction is a call or a jump; a return is neither."""
    return name in _CALLS or name in _JUMPS or name.startswith(("b.", "bc."))


def ends(name: str) -> bool:
    """Return whether control does not continue to the next instruction."""
    return name in _ENDS


def literal(name: str, operands: str) -> int:
    """Return the address from which an instruction loads a constant, or -1 (C6.2, LDR literal)."""
    if not name.startswith("ldr") or "[" in operands:
        return -1
    found = _NUMBER.search(operands)
    return int(found[1], 0) if found else -1


class Addresses:
    """The addresses that instructions make, one after the other: adr; adrp, then add.

    Before linking the second of a pair means nothing by itself: ``linked`` says that it does.
    """

    def __init__(self, linked: bool) -> None:
        self._linked = linked
        self._pages: dict[str, int] = {}

    def made(self, name: str, operands: str) -> int:
        """Return the address that the next instruction makes, or -1."""
        register = operands.partition(",")[0]
        if name == "adr" and (found := _NUMBER.search(operands)):
            self._pages.pop(register, None)
            return int(found[1], 0)
        if not self._linked:
            return -1
        if name == "adrp" and (found := _NUMBER.search(operands)):
            self._pages[register] = int(found[1], 0)
            return -1
        address = -1
        if name == "add" and (pair := _ADD.match(operands)) and pair[2] in self._pages:
            address = self._pages[pair[2]] + (int(pair[3], 0) << (12 if pair[4] else 0))
        if name in _CALLS:
            for lost in _CALLERS:
                self._pages.pop(lost, None)
        elif not name.startswith(("st", "cmp", "cmn", "tst", "b", "cb", "tb")):
            self._pages.pop(register.replace("w", "x"), None)
        return address
