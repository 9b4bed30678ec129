# SPDX-License-Identifier: MIT
"""Read the record of a trace: which functions of the image ran in which phase."""

from __future__ import annotations

import mmap
import re
import struct
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tcbsplit.elffile import Segment
from tcbsplit.errors import BuildError
from tcbsplit.files import read_file
from tcbsplit.model.result import ImageFacts
from tcbsplit.model.retire import TRAP
from tcbsplit.model.trace import Entered, ExecutedFunction, Stray, Trace
from tcbsplit.model.vocabulary import BootedBuild
from tcbsplit.validate.evidence.outline import homes
from tcbsplit.validate.evidence.symbols import Code, Symbols

# runtime/plugin/record.h
_HEAD = struct.Struct("<8sIIIIII32x")
_SLOT = struct.Struct("<QQQIIQQQQ")
_MAGIC = b"TCBTRACE"
_VERSION = 1
_OUTSIDE_AT = 28  # offset of record_head.outside
# NOPs, longer ones by operand-size and segment prefixes; 2E 0F 1F 84 00 with 32 bits and such.
_NOPS = re.compile(rb"(\x66*\x2e?(\x90|\x0f\x1f(\x00|\x40.|\x44..|\x80.{4}|\x84.{5})))+", re.DOTALL)
_FNV_START, _FNV_PRIME = 0xCBF29CE484222325, 0x100000001B3  # FNV-1a, 64 bits


@dataclass(frozen=True)
class Block:
    """A block of code that ran."""

    address: int
    bias: int  # its address in QEMU's memory minus ``address``
    hash: int  # FNV-1a of its bytes; 0: not known
    size: int  # bytes
    phases: int  # bit mask
    came_from: tuple[int, ...]  # by phase: address of the indirect branch that ran last before it


def read_record(path: Path) -> list[Block]:
    """Return the blocks of a record; raise ``BuildError`` if it is invalid or incomplete."""
    try:
        content = read_file(path)
    except OSError as error:
        raise BuildError(f"{path}: no trace was recorded: {error.strerror}") from None
    if len(content) < _HEAD.size:
        raise BuildError(f"{path}: is no record of a trace")
    magic, version, slots, used, full, _, _ = _HEAD.unpack_from(content)
    whole = used <= slots and len(content) >= _HEAD.size + slots * _SLOT.size
    if magic != _MAGIC or version != _VERSION or not whole:
        raise BuildError(f"{path}: is no record of a trace")
    if full:
        raise BuildError(f"{path}: more code ran than the record has room for ({used} blocks)")
    found = []
    for address, bias, code, size, phases, *came in _SLOT.iter_unpack(
        memoryview(content)[_HEAD.size : _HEAD.size + used * _SLOT.size]
    ):
        if size and phases:
            found.append(Block(address, bias, code, size, phases, tuple(came)))
    return found


def begin_phase(path: Path, phase: int) -> None:
    """Signal the start of a phase to a running plugin, through its record."""
    if not path.is_file():
        return
    with path.open("r+b") as file, mmap.mmap(file.fileno(), _HEAD.size) as head:
        (now,) = struct.unpack_from("<I", head, _OUTSIDE_AT)
        struct.pack_into("<I", head, _OUTSIDE_AT, max(now, phase))


def ours(
    blocks: Sequence[Block], segments: Sequence[Segment], erased: tuple[int, int] = (0, 0)
) -> tuple[list[Block], list[Block]]:
    """Return (the image's blocks, other blocks at its addresses).

    A target guest may have code of its own at the same virtual addresses, and small blocks of it
    (a lone ``ret``) may even have the same bytes. So a whole mapping (a bias) is the
    image's if most of the code seen through it equals the image's, byte for byte. Traps in the
    range ``erased`` are the image's as well.
    """
    weights: dict[int, list[int]] = defaultdict(lambda: [0, 0])  # bias -> [same, other]
    same: dict[Block, bool] = {}
    for block in blocks:
        code = _bytes(segments, block.address, block.size)
        trap = erased[0] <= block.address < erased[1] and block.hash == _fnv(TRAP * block.size)
        same[block] = trap or block.hash == 0 or (code is not None and _fnv(code) == block.hash)
        if block.hash:
            weights[block.bias][0 if same[block] else 1] += block.size
    mapped = {bias for bias, (equal, other) in weights.items() if equal > other}
    mine = [b for b in blocks if b.bias in mapped and same[b]]
    return mine, [b for b in blocks if not (b.bias in mapped and same[b])]


def trace(
    scenario: str, build: str, phases: Sequence[str], record: Path, image: ImageFacts,
    segments: Sequence[Segment], codes: Sequence[Code], erased: tuple[int, int] = (0, 0),
) -> Trace:  # fmt: skip
    """Return the code that a boot ran, by the symbols of its image; ``phases``: names by number."""
    blocks, foreign = ours(read_record(record), segments, erased)
    symbols = Symbols(codes)
    callers = Callers(blocks, symbols, segments)
    entered: dict[Code, dict[int, _Step]] = defaultdict(dict)
    stray: dict[Code | None, list[_Step]] = defaultdict(list)
    home = homes({b.address: code for b, code in _contents(blocks, segments)}, symbols)
    for block in sorted(blocks, key=lambda b: b.address):
        before: Code | None = None
        # Code without a final branch continues into what follows it.
        parts = list(symbols.of(block.address, block.address + block.size))
        for (address, known), following in zip(parts, [*parts[1:], None], strict=True):
            step = _Step(block, address, before)
            code = known or home.get(address)
            if code is None:
                if not (following and _padding(segments, address, following[0])):
                    stray[symbols.near(address)].append(step)
            else:
                _enter(entered[code], code, step)
            before = code
    functions = tuple(
        ExecutedFunction(
            name=code.name,
            file=code.file,
            address=code.address,
            aliases=tuple((n.name, n.file) for n in code.names[1:]),
            entered=tuple(_entered(phases[n], n, code, by[n], callers) for n in sorted(by)),
        )
        for code, by in sorted(entered.items(), key=lambda item: item[0].address)
    )
    ran = {n for b in blocks for n in _numbers(b.phases)}
    return Trace(
        scenario=scenario,
        build=BootedBuild(build),
        image=image.path,
        digest=image.digest,
        phases=tuple(phases),
        reached=tuple(phases[n] for n in sorted(ran)),
        functions=functions,
        blocks=len(blocks),
        foreign=len(foreign),
        outside=len({step.block for steps in stray.values() for step in steps}),
        strays=tuple(_stray(near, steps, phases) for near, steps in stray.items()),
    )


@dataclass(frozen=True)
class _Step:
    """A part of a block, in one function."""

    block: Block
    address: int
    before: Code | None  # the code that precedes it in the block


def _enter(first: dict[int, _Step], code: Code, step: _Step) -> None:
    """Keep the first step of a function in each phase: at its lowest address.

    That is its entry, if it ran. What stands apart from the function may be lower, but is later.
    """
    for number in _numbers(step.block.phases):
        known = first.get(number)
        if known is None or _place(code, step) < _place(code, known):
            first[number] = step


def _place(code: Code, step: _Step) -> tuple[bool, int]:
    return not code.address <= step.address < code.end, step.address


class Callers:
    """The callers of functions: by direct branches in code that ran, or the last indirect one."""

    def __init__(
        self, blocks: Sequence[Block], symbols: Symbols, segments: Sequence[Segment]
    ) -> None:
        self._symbols = symbols
        self._direct: dict[tuple[int, int], Code] = {}  # (target, phase) -> caller
        for block in blocks:
            end = block.address + block.size
            caller = symbols.at(end - 1)
            for target in _targets(_bytes(segments, block.address, block.size) or b"", end):
                for number in _numbers(block.phases):
                    if caller is not None:
                        self._direct.setdefault((target, number), caller)

    def of(self, function: Code, step: _Step, number: int) -> tuple[str, bool]:
        """Return (caller's name or "", whether indirect) of the first entry in a phase."""
        direct = self._direct.get((function.address, number))
        if direct is not None and direct != function:
            return direct.name, False
        if step.before is not None and step.before != function:
            return step.before.name, False
        address = step.block.came_from[number]
        caller = self._symbols.at(address) if address else None
        return (caller.name, True) if caller and caller != function else ("", False)


def _entered(phase: str, number: int, code: Code, step: _Step, callers: Callers) -> Entered:
    if step.address != code.address:
        # It was entered in an earlier phase, or is part of another's code.
        return Entered(phase=phase, inside=True)
    name, indirect = callers.of(code, step, number)
    return Entered(phase=phase, caller=name, indirect=indirect)


def _stray(near: Code | None, steps: Sequence[_Step], phases: Sequence[str]) -> Stray:
    numbers = sorted({n for step in steps for n in _numbers(step.block.phases)})
    return Stray(
        address=min(step.address for step in steps),
        near=near.name if near else "",
        phases=tuple(phases[n] for n in numbers),
    )


def _targets(code: bytes, end: int) -> Iterator[int]:
    """Yield the possible targets of the direct branch at the end of a block.

    AMD64 Architecture Programmer's Manual volume 3, appendix A: E8 and E9 (call, jmp), EB (short
    jmp), 0F 80 to 8F and 70 to 7F (conditional). The start of the last instruction is
    unknown: a target that is no function's entry is ignored.
    """
    near = code[-5:-4] in (b"\xe8", b"\xe9")
    if near or (code[-6:-5] == b"\x0f" and code[-5] & 0xF0 == 0x80):
        yield end + int.from_bytes(code[-4:], "little", signed=True)
    if len(code) >= 2 and (code[-2] == 0xEB or code[-2] & 0xF0 == 0x70):
        yield end + int.from_bytes(code[-1:], "little", signed=True)


def _contents(
    blocks: Sequence[Block], segments: Sequence[Segment]
) -> Iterator[tuple[Block, bytes]]:
    """Yield the blocks whose bytes the image has, the larger of two at one address later."""
    for block in sorted(blocks, key=lambda b: b.size):
        code = _bytes(segments, block.address, block.size)
        if code:
            yield block, code


def _padding(segments: Sequence[Segment], first: int, end: int) -> bool:
    """Return whether only NOPs lie between; an assembler aligns code that is run into by them.

    AMD64 Architecture Programmer's Manual volume 3, NOP: 90, 66 90, 0F 1F with an operand.
    """
    code = _bytes(segments, first, end - first)
    return code is not None and _NOPS.fullmatch(code) is not None


def _numbers(mask: int) -> Iterator[int]:
    return (n for n in range(mask.bit_length()) if mask >> n & 1)


def _bytes(segments: Sequence[Segment], address: int, size: int) -> bytes | None:
    for segment in segments:
        at = address - segment.address
        if at >= 0 and at + size <= len(segment.content):
            return segment.content[at : at + size]
    return None


def _fnv(content: bytes) -> int:
    found = _FNV_START
    for byte in content:
        found = (found ^ byte) * _FNV_PRIME & 0xFFFFFFFFFFFFFFFF
    return found
