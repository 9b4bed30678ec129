# SPDX-License-Identifier: MIT
"""Find the functions of code that stands apart from them and has no symbol.

Inline assembly puts what is seldom needed elsewhere: what goes on after a fault (``.section
.fixup``), slow ways (``.subsection``). Such a piece jumps back into the middle of its function, or
a jump of its function leads to it. Code that is called, or that enters a function at its start,
is no part of that function.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tcbsplit.validate.evidence.symbols import Code, Symbols


class _End(NamedTuple):
    """What the end of a block does."""

    target: int | None  # of a direct jump
    goes_on: bool  # control may come to what stands behind


def homes(blocks: Mapping[int, bytes], symbols: Symbols) -> dict[int, Code]:
    """Return the functions of the blocks that no symbol stands for, by address.

    ``blocks`` are the bytes of all code that ran, by address. A block without any such function is
    left out.
    """
    ends = {at: _end(code, at + len(code)) for at, code in blocks.items()}
    apart = {at for at in blocks if symbols.at(at) is None}
    found: dict[int, Code] = {}
    for at in sorted(apart):
        back = _inside(ends[at].target, symbols)
        if back is not None:
            found[at] = back
    _spread(found, apart, blocks, ends)
    for at, end in sorted(ends.items()):
        here = symbols.at(at + len(blocks[at]) - 1)
        if here is not None and end.target in apart:
            found.setdefault(end.target, here)
    _spread(found, apart, blocks, ends)
    return found


def _spread(
    found: dict[int, Code], apart: set[int], blocks: Mapping[int, bytes], ends: Mapping[int, _End]
) -> None:
    """Add the blocks of ``apart`` that go on, or jump, to what is found, and where these lead."""
    more = True
    while more:
        more = False
        for at in sorted(apart):
            after = [at + len(blocks[at])] if ends[at].goes_on else []
            linked = [a for a in (ends[at].target, *after) if a in apart]
            known = next((found[a] for a in (at, *linked) if a in found), None)
            if known is None:
                continue
            new = dict.fromkeys((a for a in (at, *linked) if a not in found), known)
            more = more or bool(new)
            found.update(new)


def _inside(address: int | None, symbols: Symbols) -> Code | None:
    """Return the function with ``address`` behind its start."""
    code = symbols.at(address) if address is not None else None
    return code if code is not None and code.address != address else None


def _end(code: bytes, end: int) -> _End:
    """Return what the last instruction of a block does.

    AMD64 Architecture Programmer's Manual volume 3, appendix A: E9 and EB (jmp), 0F 80 to 8F and
    70 to 7F (conditional), E8 and FF /2 (call); C3, FF /4 and 0F 0B (ret, jmp, ud2) go nowhere that
    is known.
    """
    near, short = code[-5:-4], code[-2:-1]
    there = end + int.from_bytes(code[-4:], "little", signed=True)
    if code[-6:-4] in (b"\xff\x15", b"\xff\x25"):
        return _End(None, goes_on=near == b"\x15")
    if near == b"\xe9":
        return _End(there, goes_on=False)
    if near == b"\xe8":
        return _End(None, goes_on=True)
    if code[-6:-5] == b"\x0f" and near and near[0] & 0xF0 == 0x80:
        return _End(there, goes_on=True)
    if short == b"\xeb" or (short and short[0] & 0xF0 == 0x70):
        there = end + int.from_bytes(code[-1:], "little", signed=True)
        return _End(there, goes_on=short != b"\xeb")
    last = code[-1:] in (b"\xc3", b"\xcb", b"\xcf") or code[-2:] == b"\x0f\x0b"
    return _End(None, goes_on=not (last or (short == b"\xff" and code[-1] & 0x38 == 0x20)))
