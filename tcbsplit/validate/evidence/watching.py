# SPDX-License-Identifier: MIT
"""Trace boots: find where phases begin, attach the plugin, and read what ran."""

from __future__ import annotations

import struct
import threading
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from tcbsplit.config.scenario import UNDER_TEST, Boundary, Scenario
from tcbsplit.elffile import Segment, code_ranges, entry_point, opened, segments
from tcbsplit.errors import BuildError
from tcbsplit.model.trace import Trace
from tcbsplit.validate.build.image import read_image
from tcbsplit.validate.evidence.erased import erased_code
from tcbsplit.validate.evidence.plugin import RECORD, Place, Watch, attach, plugin_for
from tcbsplit.validate.evidence.symbols import Code, Knowing, nobody, read_code
from tcbsplit.validate.evidence.trace import begin_phase, trace
from tcbsplit.validate.machine.media import KERNEL, Payload

START = "start"
_CODE = 32  # bytes that identify a place


class Tracer:
    """A ``boot.Watcher`` that traces; one for all boots of a bench."""

    def __init__(self, cache: Path, knows: Knowing = nobody) -> None:
        """Keep plugins in ``cache``; ``knows`` says which names are functions."""
        self._cache = cache
        self._knows = knows
        self._lock = threading.Lock()
        self._plugins: dict[str, Path] = {}
        self._tails: dict[Path, bytes] = defaultdict(bytes)
        self._serial: dict[Path, list[tuple[bytes, int]]] = {}

    def words(self, load: Payload, folder: Path, program: str) -> list[str]:
        """Put plugin and watch list into ``folder``; return QEMU's arguments for them."""
        with self._lock:
            if program not in self._plugins:
                self._plugins[program] = plugin_for(program, self._cache)
        phases = phase_names(load.scenario)
        codes = read_code(load.image, self._knows)
        places: list[Place] = []
        serial: list[tuple[bytes, int]] = []
        for boundary, path in load.boundaries:
            number = phases.index(boundary.phase)
            if boundary.serial:
                serial.append((boundary.serial.encode(), number))
            else:
                places += places_of(boundary, path, load.image, number, codes)
        self._serial[folder] = serial
        watch = Watch(_ranges(load.image, codes), tuple(places), polls=bool(serial))
        return list(attach(self._plugins[program], watch, folder))

    def heard(self, chunk: bytes, folder: Path) -> None:
        """Begin the phases whose text is now on the console."""
        wanted = self._serial.get(folder)
        if not wanted:
            return
        longest = max(len(text) for text, _ in wanted)
        seen = self._tails[folder] + chunk
        for text, number in wanted:
            if text in seen:
                begin_phase(folder / RECORD, number)
        self._tails[folder] = seen[-longest:]


def recorded_image(place: Path, scenario: Scenario, image: Path) -> Path:
    """Return the file with the symbols and the code of what ran: ``image``, sealed if it was."""
    started = place / KERNEL
    return started if scenario.kernel == UNDER_TEST and started.is_file() else image


def traced(
    place: Path, scenario: str, build: str, load: Scenario, image: Path, knows: Knowing = nobody
) -> Trace:
    """Return which code of its image the boot recorded in ``place`` ran."""
    return trace(
        scenario, build, phase_names(load), place / RECORD, read_image(image),
        segments(image), read_code(image, knows), erased_code(image),
    )  # fmt: skip


def _ranges(image: Path, codes: Sequence[Code]) -> tuple[tuple[int, int], ...]:
    """Return the ranges of code: the executable sections, and code among data."""
    with opened(image) as elf:
        sections = code_ranges(elf)
    return (
        *sections,
        *(
            (code.address, code.end)
            for code in codes
            if not code.label and not any(a <= code.address < end for a, end in sections)
        ),
    )


def phase_names(scenario: Scenario) -> list[str]:
    """Return the phases of a scenario in order, the start first."""
    return [START, *dict.fromkeys(b.phase for b in scenario.boundaries)]


def places_of(
    boundary: Boundary, path: Path | None, image: Path, number: int, codes: Sequence[Code]
) -> list[Place]:
    """Return where the code of a boundary begins; raise ``BuildError`` if the file has none.

    Code that a loader may put anywhere (a target's kernel) is identified by its first bytes only.
    """
    if boundary.symbol:
        named = [c for c in codes if boundary.symbol in [n.name for n in c.names]]
        # A label outside functions may have the name, too, and data in an image without types.
        there = [c for c in named if not c.label] or named
        found = [c.address for c in _in_code(image, there) or there]
        if len(found) != 1:
            raise BuildError(f"{image}: has {len(found)} functions {boundary.symbol}, needs one")
        at = found[0]
        return [Place(number, _code(segments(image), at, image), at)]
    if path is None or not path.is_file():
        raise BuildError(f"{path}: is needed for the boundary of {boundary.phase} and not there")
    if boundary.entry:
        return [Place(number, _code(segments(path), entry_point(path), path))]
    return [Place(number, code) for code in linux_entries(path)]


def _in_code(image: Path, codes: Sequence[Code]) -> list[Code]:
    """Return what of ``codes`` is in executable sections."""
    with opened(image) as elf:
        ranges = code_ranges(elf)
    return [c for c in codes if any(first <= c.address < end for first, end in ranges)]


def linux_entries(path: Path) -> list[bytes]:
    """Return the code at the entry points of a Linux kernel (bzImage).

    Linux, Documentation/arch/x86/boot.rst: 32-bit at the protected-mode part, 64-bit 0x200 after
    it; Microsoft PE/COFF: AddressOfEntryPoint, for firmware that starts it as an application.
    """
    content = path.read_bytes()
    if content[0x202:0x206] != b"HdrS":
        raise BuildError(f"{path}: is no Linux kernel (bzImage)")
    protected = (content[0x1F1] + 1) * 512
    starts = [protected, protected + 0x200]
    (pe,) = struct.unpack_from("<I", content, 0x3C)
    if content[pe : pe + 4] == b"PE\0\0":
        starts.append(struct.unpack_from("<I", content, pe + 24 + 16)[0])
    return [content[at : at + _CODE] for at in starts if len(content) >= at + _CODE]


def _code(segments: tuple[Segment, ...], address: int, path: Path) -> bytes:
    for segment in segments:
        at = address - segment.address
        if 0 <= at < len(segment.content):
            return segment.content[at : at + _CODE]
    raise BuildError(f"{path}: has no code at {address:#x}")
