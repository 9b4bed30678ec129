# SPDX-License-Identifier: MIT
"""Find in a linked image where it is started, where it enters guests, and where exits arrive.

Sources: ELF header; Multiboot 0.6.96, 3.1, and Multiboot2 2.0, 3.1 (headers in the first 8 and 32
KiB); AMD APM 3 (VMRUN, IRET), Intel SDM 3 (VMLAUNCH, VMRESUME; field 6C16H, appendix B.4.4, is
HOST_RIP); Arm ARM C5 (ERET, VBAR_EL2).
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from tcbsplit import elffile
from tcbsplit.frontend.machine import disassembly
from tcbsplit.frontend.machine.disassembly import Machine, Step
from tcbsplit.frontend.machine.elf import Elf, Label, Section
from tcbsplit.model.landmarks import Landmark, LandmarkKind, Landmarks

_LAUNCHES = {b"\x0f\x01\xd8": "vmrun", b"\x0f\x01\xc2": "vmlaunch", b"\x0f\x01\xc3": "vmresume"}
_IRETQ = b"\x48\xcf"
_HOST_RIP = (0x6C16).to_bytes(4, "little")
_NEAR = 8  # instructions between the number of a field and its value
_ERET = 0xD69F03E0
_SET_VBAR, _REGISTER = 0xD51CC000, 0x1F  # MSR VBAR_EL2, Xt
_MULTIBOOT, _MULTIBOOT2 = 0x1BADB002, 0xE85250D6
_ENTRIES = {3: "multiboot2 entry", 8: "multiboot2 EFI i386 entry", 9: "multiboot2 EFI entry"}
_ADDRESSES = 1 << 16  # flag of a multiboot header: it holds addresses


class _Span(NamedTuple):
    """A function: the labels of its first byte, and its bytes up to the next function."""

    names: tuple[str, ...]  # the likeliest first
    start: int
    code: bytes

    @property
    def name(self) -> str:
        return self.names[0]


def read_landmarks(path: Path) -> Landmarks:
    """Return the landmarks of the image at ``path``; raise ``BuildError`` if it is no ELF file."""
    with elffile.opened(path) as elf:
        found = _Image(Elf(elf), [_segment(s) for s in elf.iter_segments("PT_LOAD")])
        entry = int(elf["e_entry"])
        content = elf.stream.getvalue()
    marks = [*found.entries(entry, content), *found.guests(), *found.vectors()]
    return Landmarks(
        path=str(path), found=tuple(dict.fromkeys(marks)), unclear=tuple(found.unclear)
    )


class _Segment(NamedTuple):
    virtual: int
    physical: int
    size: int


def _segment(segment: object) -> _Segment:
    return _Segment(*(int(segment[k]) for k in ("p_vaddr", "p_paddr", "p_memsz")))  # type: ignore[index]


class _Image:
    """The functions of an image, and what their instructions show."""

    def __init__(self, elf: Elf, segments: list[_Segment]) -> None:
        self._elf = elf
        self._segments = segments
        self._machine = disassembly.machine_of(elf.machine)
        self._spans = sorted(self._all_spans(), key=lambda s: s.start)
        self._starts = [s.start for s in self._spans]
        self.unclear: list[str] = []

    def _all_spans(self) -> Iterator[_Span]:
        """Yield functions.

        A local label without a type belongs to the function before it, unless that has ended.
        """
        for index, section in self._elf.sections.items():
            names: dict[int, list[str]] = {}
            whole = 0  # where the last function with a size ends
            for label in self._elf.labels.get(index, ()):
                at = label.place[1]
                if _begins(label, section) or (section.code and whole and at >= whole):
                    names.setdefault(at, []).append(label.name)
                    whole = at + label.size if label.size else 0
            for at, end in pairwise([*names, len(section.data)]):
                if at < len(section.data):
                    yield _Span(tuple(names[at]), section.address + at, section.data[at:end])

    def entries(self, entry: int, content: bytes) -> Iterator[Landmark]:
        """Yield where loaders start the image."""
        yield from self._entry(entry, "the entry address of the ELF header")
        yield from self._header()
        for address, why in (*_multiboot(content), *_multiboot2(content)):
            yield from self._entry(address, f"the {why}")

    def _entry(self, address: int, why: str) -> Iterator[Landmark]:
        physical = [
            s.virtual + address - s.physical
            for s in self._segments
            if s.physical <= address < s.physical + s.size
        ]
        for place in (address, *physical):
            span = self._beginning(place)
            if span is not None:
                translated = "" if place == address else f", at the virtual address {place:#x}"
                yield _mark(LandmarkKind.ENTRY, span, f"{why} is {address:#x}{translated}")
                return
        self.unclear.append(f"{why} is {address:#x}, where no function begins")

    def _header(self) -> Iterator[Landmark]:
        """Yield functions whose address, or offset in the image, is in a section of a header."""
        base = min((s.virtual for s in self._segments), default=0)
        for section in self._elf.sections.values():
            if "header" not in section.name or section.code:
                continue
            words = struct.unpack(
                f"<{len(section.data) // 8}Q", section.data[: len(section.data) & ~7]
            )
            for number, word in enumerate(words):
                for place, what in ((word, "address"), (base + word, "offset")):
                    span = self._beginning(place) if word else None
                    if span is not None:
                        why = f"its {what} is in section {section.name}, at byte {8 * number}"
                        yield _mark(LandmarkKind.ENTRY, span, why)

    def guests(self) -> Iterator[Landmark]:
        """Yield what enters guests, and where their exits arrive."""
        machine = self._machine
        if machine is None:
            return
        if not machine.x86:
            yield from self._arm()
            return
        for span in self._spans:
            names = [n for code, n in _LAUNCHES.items() if code in span.code]
            steps = _steps(machine, span, set(names)) if names else []
            marks = [s for s in steps if s.name in names]
            if marks:
                told = ", ".join(sorted({s.name.upper() for s in marks}))
                yield _mark(LandmarkKind.LAUNCH, span, f"holds {told}")
            if any(s.name == "vmrun" for s in marks):
                yield _mark(LandmarkKind.RESUME, span, "goes on behind VMRUN on an exit")
                yield from self._after(span, steps, marks[-1].at)
            if _HOST_RIP in span.code:
                yield from self._host_rip(machine, span)

    def _after(self, span: _Span, steps: list[Step], place: int) -> Iterator[Landmark]:
        """Yield what is called behind VMRUN: with SVM, control continues there on an exit."""
        for step in steps:
            if step.at > place and step.name in ("call", "jmp") and step.target >= 0:
                target = self._beginning(step.target)
                if target is not None and target is not span:
                    why = f"{span.name} calls it behind VMRUN, at {step.at:#x}"
                    yield _mark(LandmarkKind.EXIT, target, why)

    def _host_rip(self, machine: Machine, span: _Span) -> Iterator[Landmark]:
        """Yield the function whose address stands beside the number of the field HOST_RIP.

        Bytes that are no code (after a jump over them) may make another mode look better.
        """
        for mode in machine.modes:
            marks = list(
                self._beside(span, list(disassembly.steps(machine, mode, span.code, span.start)))
            )
            if marks:
                yield from marks
                return

    def _beside(self, span: _Span, steps: list[Step]) -> Iterator[Landmark]:
        for i, step in enumerate(steps):
            if not step.operands.endswith("0x6c16"):
                continue
            beside = [s for s in steps[max(i - _NEAR, 0) : i + _NEAR] if not _branches(s)]
            for other in sorted(beside, key=lambda s: abs(s.at - step.at)):
                target = self._beginning(disassembly.mentioned(other))
                if target is not None and target is not span:
                    why = f"{span.name} writes its address to HOST_RIP (0x6C16)"
                    yield _mark(LandmarkKind.EXIT, target, why)
                    break

    def _arm(self) -> Iterator[Landmark]:
        for span in self._spans:
            count = len(span.code) // 4
            words = struct.unpack(f"<{count}I", span.code[: 4 * count])
            if _ERET in words:
                yield _mark(LandmarkKind.LAUNCH, span, "holds ERET")
            if any(word & ~_REGISTER == _SET_VBAR for word in words):
                yield from self._vbar(span)

    def _vbar(self, span: _Span) -> Iterator[Landmark]:
        """Yield the table of vectors whose address a function puts into VBAR_EL2."""
        if self._machine is None:
            return
        held: dict[str, int] = {}  # register -> address
        for step in _steps(self._machine, span, set()):
            register, _, rest = step.operands.partition(", ")
            other, _, number = rest.partition(", ")
            if step.name in ("adr", "adrp"):
                held[register] = disassembly.mentioned(step)
            elif step.name == "add" and other in held and number.startswith("#"):
                held[register] = held[other] + int(number[1:].split(",")[0], 0)
            elif step.name == "mov" and other in held:
                held[register] = held[other]
            elif step.name == "msr" and register == "vbar_el2":
                target = self._beginning(held.get(other, -1))
                if target is None:
                    continue
                why = f"{span.name} puts its address into VBAR_EL2"
                yield _mark(LandmarkKind.EXIT, target, why)

    def vectors(self) -> Iterator[Landmark]:
        """Yield functions that return from an exception."""
        machine = self._machine
        if machine is None or not machine.x86:
            return
        for span in self._spans:
            if _IRETQ in span.code and any(
                s.name == "iretq" for s in _steps(machine, span, {"iretq"})
            ):
                yield _mark(LandmarkKind.VECTOR, span, "holds IRETQ")

    def _beginning(self, address: int) -> _Span | None:
        """Return the function that begins at an address."""
        at = bisect_left(self._starts, address)
        return self._spans[at] if self._starts[at : at + 1] == [address] else None


def _begins(label: Label, section: Section) -> bool:
    """Return whether a label begins a function: one by type, or global in code."""
    return not label.object and (label.function or (section.code and not label.local))


def _branches(step: Step) -> bool:
    return step.name == "call" or step.name[0] == "j"


def _mark(kind: LandmarkKind, span: _Span, why: str) -> Landmark:
    return Landmark(kind=kind, names=span.names, why=why)


def _steps(machine: Machine, span: _Span, wanted: set[str]) -> list[Step]:
    """Return the instructions of a function in the mode that shows most of ``wanted``."""

    def doubt(steps: list[Step]) -> tuple[int, int]:
        seen = len(wanted & {s.name for s in steps})
        return -seen, sum(s.name[0] == "." for s in steps)

    ways = (list(disassembly.steps(machine, m, span.code, span.start)) for m in machine.modes)
    return min(ways, key=doubt)


def _multiboot(content: bytes) -> Iterator[tuple[int, str]]:
    for at in range(0, min(8192, len(content)) - 32, 4):
        magic, flags, checksum = struct.unpack_from("<III", content, at)
        right = magic == _MULTIBOOT and (magic + flags + checksum) & 0xFFFFFFFF == 0
        if right and flags & _ADDRESSES:
            yield struct.unpack_from("<I", content, at + 28)[0], "multiboot entry"


def _multiboot2(content: bytes) -> Iterator[tuple[int, str]]:
    for at in range(0, min(32768, len(content)) - 24, 8):
        magic, architecture, size, checksum = struct.unpack_from("<IIII", content, at)
        if magic != _MULTIBOOT2 or (magic + architecture + size + checksum) & 0xFFFFFFFF:
            continue
        tag = at + 16
        while tag + 12 <= min(at + size, len(content)):
            kind, _, length = struct.unpack_from("<HHI", content, tag)
            if kind in _ENTRIES:
                yield struct.unpack_from("<I", content, tag + 8)[0], _ENTRIES[kind]
            if kind == 0 or length < 8:
                break
            tag += (length + 7) & ~7
