# SPDX-License-Identifier: MIT
"""Look for what is left of retired code in a machine's memory, and for calls that were trapped.

The bounds of the sections, and the variable that says whether they are erased, are symbols of the
image. It is looked for where its segments say, and then, since some hypervisors move themselves, by
pieces of code that lasts in all memory. Of several copies the one counts that says it is erased:
the variable is written by the addresses that the erasure goes by.
"""

from __future__ import annotations

import re
import struct
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tcbsplit import elffile
from tcbsplit.model.result import Symbol
from tcbsplit.model.retire import ERASED, RETIRED, TRAP, Erasure, SectionKind, Trapped
from tcbsplit.validate.build.image import read_image

Memory = Callable[[int, int], bytes]  # physical address, bytes -> content

_MOST = 64 << 20  # bytes of an image that are searched for traps
_SEEN = 64  # bytes of code that lasts: the image is where they are
_PIECES = 8  # of code that lasts are looked for: boot may change some of it
_CHUNK = 16 << 20  # bytes of memory that are searched at once
_HEX = re.compile(r"(?:0x)?([0-9a-fA-F]{5,16})\b")


def erased_code(image: Path) -> tuple[int, int]:
    """Return the bounds of the code that an image erases; (0, 0) if it erases none."""
    found = Erasing.of(image)
    return found.code if found else (0, 0)


def unnamed_constants(image: Path) -> int:
    """Return the bytes of constants without a symbol that are not erased: literals, jump tables."""
    with elffile.opened(image) as elf:
        held = {
            number: int(section["sh_size"])
            for number, section in enumerate(elf.iter_sections())
            if section.name.startswith(".rodata")
        }
        named = {
            (s.section, s.value): s.size
            for s in elffile.symbols(elf)
            if s.type == elffile.OBJECT and s.section in held
        }
    return max(sum(held.values()) - sum(named.values()), 0)


def _moved(memory: Memory, by: int, address: int, size: int) -> bytes:
    return memory(address + by, size) if address + by >= 0 else b""


def _occurrences(memory: Memory, piece: bytes) -> Iterator[int]:
    """Yield the addresses of a piece of code."""
    start = 0
    while chunk := memory(start, _CHUNK + len(piece) - 1):
        at = chunk.find(piece)
        while at >= 0:
            yield start + at
            at = chunk.find(piece, at + 1)
        start += _CHUNK


_IS_ERASED = (1).to_bytes(4, "little")  # of the variable, as handoff/retire.c sets it


@dataclass(frozen=True)
class _Segment:
    virtual: int
    physical: int
    content: bytes
    size: int
    code: bool


@dataclass
class Erasing:
    """The retired sections of an image, and the traps that a boot ran into."""

    functions: tuple[Symbol, ...]
    places: Mapping[str, int]
    segments: tuple[_Segment, ...]
    traps: list[Trapped] = field(default_factory=list)

    @classmethod
    def of(cls, image: Path) -> Erasing | None:
        """Return what the symbols of an image say; None if it retires nothing."""
        wanted = {ERASED, *(b for kind in SectionKind for b in kind.bounds)}
        with elffile.opened(image) as elf:
            places = {s.name: s.value for s in elffile.symbols(elf) if s.name in wanted}
            segments = tuple(
                _Segment(s["p_vaddr"], s["p_paddr"], s.data(), s["p_memsz"], bool(s["p_flags"] & 1))
                for s in elf.iter_segments("PT_LOAD")
            )
        if wanted - places.keys():
            return None
        return cls(read_image(image).functions, places, segments)

    @property
    def code(self) -> tuple[int, int]:
        """The bounds of the erased code."""
        return self._bounds(SectionKind.CODE)

    def _bounds(self, kind: SectionKind) -> tuple[int, int]:
        first, end = kind.bounds
        return self.places[first], self.places[end]

    def examine(self, memory: Memory) -> dict[str, str]:
        """Return the evidence that a machine's memory gives, and note the traps."""
        state = Erasure.UNSEEN.value
        for copy in self._copies(memory):
            found = self._state(copy)
            if found not in (Erasure.UNSEEN, Erasure.NOT_REACHED):
                return {RETIRED: found}
            state = max(state, found, key=(Erasure.UNSEEN, Erasure.NOT_REACHED).index)
        return {RETIRED: state}

    def _state(self, memory: Memory) -> str:
        """Return the state of one copy of the image; note its traps if it is erased."""
        erased = self._read(memory, self.places[ERASED], 4)
        if erased == bytes(4):
            return Erasure.NOT_REACHED
        if erased != _IS_ERASED:  # the file in a loader's buffer, with anything behind it
            return Erasure.UNSEEN
        self.traps += self._frames(memory)
        for kind in SectionKind:
            first, end = self._bounds(kind)
            value = TRAP if kind is SectionKind.CODE else b"\0"
            content = self._read(memory, first, end - first)
            if len(content) != end - first:
                return Erasure.UNSEEN
            if rest := content.lstrip(value):
                address = end - len(rest)
                left = len(rest) - rest.count(value)
                return (f"{Erasure.LEFT}: {left} bytes of {kind.section}, the first at "
                        f"{address:#x}{self._named(address)}")  # fmt: skip
        return Erasure.DONE

    def listen(self, console: str) -> None:
        """Note a trap that the hypervisor reports, if memory shows none."""
        first, end = self.code
        for found in _HEX.finditer(console) if not self.traps else ():
            # The processor saves the address behind the trap; some report that of the trap itself.
            if first <= int(found[1], 16) <= end:
                self.traps.append(self._trapped(max(int(found[1], 16) - 1, first)))

    def _copies(self, memory: Memory) -> Iterator[Memory]:
        """Yield memory at the addresses of the image: where its file says, then what is moved."""
        pieces = self._pieces()
        if any(memory(at, _SEEN) == piece for at, piece in pieces):
            yield memory
        for at, piece in pieces:
            found = [a for a in _occurrences(memory, piece) if a != at]
            for address in found:
                yield partial(_moved, memory, address - at)
            if found:
                return

    def _pieces(self) -> list[tuple[int, bytes]]:
        """Return pieces of code that lasts, by physical address, from all over the image."""
        low, high = self.code
        found = [
            (segment.physical + at, piece)
            for segment in self.segments
            if segment.code
            for at in range(0, min(len(segment.content), _MOST) - _SEEN, _SEEN)
            if not low - _SEEN < segment.virtual + at < high
            and len(set(piece := segment.content[at : at + _SEEN])) > _SEEN // 4
        ]
        return found[:: len(found) // _PIECES or 1]

    def _read(self, memory: Memory, address: int, size: int) -> bytes:
        for segment in self.segments:
            at = address - segment.virtual
            if at >= 0 and at + size <= segment.size:
                return memory(segment.physical + at, size)
        return b""

    def _frames(self, memory: Memory) -> Iterator[Trapped]:
        """Yield traps by the frames that the processor pushed (SDM volume 3, figure 6-9).

        They are RIP behind the trap, CS, RFLAGS, RSP. What RSP points to is the return address if
        the trap is the first instruction of a function.
        """
        first, end = self.code
        seen: set[int] = set()
        for segment in self.segments:
            if segment.size > _MOST:
                continue
            words = array("Q", memory(segment.physical, segment.size & ~7))
            for at, word in enumerate(words[:-3]):
                if not first < word <= end or word in seen:
                    continue
                selector, flags, stack = words[at + 1 : at + 4]
                if not 0 < selector < 0x10000 or not flags & 2 or flags >> 22:
                    continue
                seen.add(word)
                above = self._read(memory, stack, 8)
                yield self._trapped(word - 1, struct.unpack("<Q", above)[0] if above else 0)

    def _trapped(self, address: int, above: int = 0) -> Trapped:
        function, caller = self._at(address), None
        if function and function.address == address and above:
            caller = self._at(above - 1)
        return Trapped(
            address=address,
            function=function.name if function else "",
            file=function.file if function else "",
            caller=caller.name if caller else "",
            caller_file=caller.file if caller else "",
        )

    def _at(self, address: int) -> Symbol | None:
        """Return the function that holds an address."""
        at = bisect_right(self.functions, address, key=lambda s: s.address)
        found = self.functions[at - 1] if at else None
        return found if found and address < found.address + max(found.size, 1) else None

    def _named(self, address: int) -> str:
        found = self._at(address)
        return f" ({found.name})" if found else ""
