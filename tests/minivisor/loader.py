# SPDX-License-Identifier: MIT
"""A multiboot loader that is made up: memory maps and modules, and where minivisor must put them.

The rules are said a second time here, byte by byte: what ``boot/keep.c`` computes with spans is
found by looking at every byte of every page.
"""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MINIVISOR = Path(__file__).resolve().parent.parent.parent / "corpora/minivisor"
MIB, PAGE = 1 << 20, 4096
GUEST_END, DEVICES = 64 * MIB, 3 << 30  # include/hv/guest.h
IMAGE, IMAGE_END = 128 * MIB, 128 * MIB + 20000  # told to the linker
E2BIG, ENOMEM, EINVAL = 7, 12, 22
ABSENT = (1 << 64) - 1
INFO = MIB  # where the loader's own structures are: in the guest's memory
AVAILABLE, RESERVED = 1, 2
_MODULES, _MAP, _MEMORY = 0x8, 0x40, 0x1  # Multiboot 0.6.96, 3.3


@dataclass(frozen=True)
class Module:
    """A module: its bytes are what the windows hold there."""

    start: int
    end: int
    line: str | None = None  # its command line; None: there is none


@dataclass(frozen=True)
class Layout:
    """What the loader leaves. ``windows``: address -> contents; there is no other memory."""

    windows: Mapping[int, bytes]
    modules: Sequence[Module] = ()
    entries: Sequence[tuple[int, int, int]] = ()  # of the map: address, length, type
    raw_map: bytes | None = None  # instead of the entries
    map_at: int = INFO + 0x2000
    map_length: int | None = None
    upper: int | None = None  # KiB; None: not told
    has_map: bool = True
    names: Sequence[str] = ()  # asked for; those of the modules if none

    def asked(self) -> Sequence[str]:
        return self.names or [f"m{i}" for i in range(len(self.modules))]


@dataclass(frozen=True)
class Outcome:
    """The result, (address, size) of each module that was asked for, and memory."""

    error: int
    places: Sequence[tuple[int, int]]
    memory: Mapping[int, bytes]


def memory_of(layout: Layout) -> dict[int, bytearray]:
    """The windows with the loader's structures written into them (3.3)."""
    memory = {at: bytearray(content) for at, content in layout.windows.items()}
    lines = b""
    table = b""
    for number, m in enumerate(layout.modules):
        line = f"module{number} m{number}" if m.line is None else m.line
        table += struct.pack("<4I", m.start, m.end, INFO + 0x1000 + len(lines), 0)
        lines += line.encode() + b"\0"
    packed = b"".join(struct.pack("<IQQI", 20, *e) for e in layout.entries)
    raw = packed if layout.raw_map is None else layout.raw_map
    flags = _MODULES | (_MAP if layout.has_map else 0)
    flags |= 0 if layout.upper is None else _MEMORY
    length = len(raw) if layout.map_length is None else layout.map_length
    info = struct.pack(
        "<13I", flags, 0, layout.upper or 0, 0, 0, len(layout.modules), INFO + 0x100,
        0, 0, 0, 0, length, layout.map_at,
    )  # fmt: skip
    for at, content in (
        (INFO, info.ljust(116, b"\0")),
        (INFO + 0x100, table),
        (INFO + 0x1000, lines),
        (layout.map_at, raw),
    ):
        _write(memory, at, content)
    return memory


def expected(layout: Layout) -> Outcome:
    """What must come of a layout whose map and list of modules are well formed."""
    memory = memory_of(layout)
    spans = [(m.start, m.end) if m.end > m.start else (0, 0) for m in layout.modules]
    taken = [*spans, (IMAGE, IMAGE_END)]
    if any(_overlap(a, b) for i, a in enumerate(taken) for b in taken[:i]):
        return Outcome(-EINVAL, (), {})
    for number, (start, end) in enumerate(spans):
        if start == end or (start >= GUEST_END and end <= DEVICES):
            continue
        others = [s for i, s in enumerate([*spans, (IMAGE, IMAGE_END)]) if i != number]
        to = _room(layout, others, end - start)
        if to is None:
            return Outcome(-ENOMEM, (), {})
        content = _read(memory, start, end)
        _write(memory, start, bytes(end - start))
        _write(memory, to, content)
        spans[number] = (to, to + end - start)
    asked = zip(spans, layout.modules, strict=True)
    places = [(a if b > a else m.start, b - a) for (a, b), m in asked]
    return Outcome(0, places, {at: bytes(content) for at, content in memory.items()})


def _room(layout: Layout, others: Sequence[tuple[int, int]], size: int) -> int | None:
    for at, content in sorted(layout.windows.items()):
        usable = bytearray(len(content))
        free = [(a, a + n) for a, n, kind in layout.entries if kind == AVAILABLE]
        bad = [(a, a + n) for a, n, kind in layout.entries if kind != AVAILABLE]
        for value, wanted in ((1, free), (0, [*bad, *others, (0, GUEST_END), (DEVICES, 1 << 64)])):
            for a, b in wanted:
                first, end = max(a, at) - at, min(b, at + len(content)) - at
                if first < end:
                    usable[first:end] = bytes([value]) * (end - first)
        for page in range(0, len(content), PAGE):
            if usable[page : page + size] == b"\1" * size:
                return at + page
    return None


def _overlap(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def _read(memory: Mapping[int, bytearray], start: int, end: int) -> bytes:
    at = next(w for w, content in memory.items() if w <= start and end <= w + len(content))
    return bytes(memory[at][start - at : end - at])


def _write(memory: Mapping[int, bytearray], start: int, content: bytes) -> None:
    if not content:
        return
    end = start + len(content)
    at = next(w for w, there in memory.items() if w <= start and end <= w + len(there))
    memory[at][start - at : end - at] = content


class Harness:
    """The hypervisor's code on the host: ``keep.c`` beside this file, fed with layouts."""

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def run(self, layout: Layout) -> Outcome:
        memory = memory_of(layout)
        names = layout.asked()
        request = struct.pack("<3Q", INFO, len(memory), len(names))
        for at, content in memory.items():
            request += struct.pack("<2Q", at, len(content)) + content
        request += b"".join(name.encode().ljust(32, b"\0") for name in names)
        assert self._process.stdin is not None
        self._process.stdin.write(request)
        self._process.stdin.flush()
        error = struct.unpack("<q", self._take(8))[0]
        places = [struct.unpack("<2Q", self._take(16)) for _ in names]
        after = {at: self._take(len(content)) for at, content in memory.items()}
        return Outcome(error, places, after)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _take(self, length: int) -> bytes:
        assert self._process.stdout is not None
        content = self._process.stdout.read(length)
        if len(content) < length:
            _, errors = self._process.communicate()
            raise AssertionError(f"the harness died: {errors.decode()[-2000:]}")
        return content


def compile_harness(folder: Path, compiler: str, flags: Sequence[str], keep: Path) -> Path:
    """Build the harness with ``keep`` as boot/keep.c; not position-independent, out of the way."""
    subprocess.run(
        [
            compiler, "-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", *flags,
            "-fno-builtin", "-fno-pie", "-no-pie", "-Wl,-Ttext-segment=0x20000000",
            f"-Wl,--defsym=image_start={IMAGE:#x},--defsym=image_end={IMAGE_END:#x}",
            f"-I{MINIVISOR}", f"-I{MINIVISOR}/include", "-o", folder / "keep",
            Path(__file__).with_name("keep.c"), MINIVISOR / "boot/bootinfo.c", keep,
            MINIVISOR / "lib/string.c",
        ],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return folder / "keep"
