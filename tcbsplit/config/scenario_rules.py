# SPDX-License-Identifier: MIT
"""Check scenarios beyond their types: one small rule per record, which names the wrong field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from tcbsplit.config.placeholders import unknown_places
from tcbsplit.config.scenario import Boundary, Comparison, Disk, Module, Parameter, Peer, Scenario
from tcbsplit.model.vocabulary import Firmware, StartMethod

IN_SCENARIOS = ("image", "build", "assets", "guest", "split", "source", "seed")
RESERVED = ("original", "split", "guest")  # images in --set; no parameter has such a name

Broken = Iterator[tuple[str, str]]


def _module(module: Module, base: Path) -> Broken:
    for field in ("file", "arguments"):
        yield from unknown_places(field, getattr(module, field), IN_SCENARIOS)


def _disk(disk: Disk, base: Path) -> Broken:
    yield from unknown_places("file", disk.file, IN_SCENARIOS)
    for field in ("absent", "present"):
        for text in getattr(disk, field):
            if text.startswith("hex:") and not re.fullmatch(r"hex:([0-9A-Fa-f]{2})+", text):
                yield field, f"{text!r}: after hex: come pairs of hexadecimal digits"


def _peer(peer: Peer, base: Path) -> Broken:
    found = re.fullmatch(r"10\.0\.2\.(\d{1,3}):(\d{1,5})", peer.address)
    # QEMU's user network: .2 is the gateway, .3 the name server, .15 the guest.
    if not found or not 4 <= int(found[1]) <= 254 or int(found[1]) == 15:
        yield "address", f"{peer.address!r} must be 10.0.2.N:PORT, N from 4 to 254 but not 15"
    elif not 0 < int(found[2]) < 1 << 16:
        yield "address", f"{found[2]} is no port"
    for word in peer.command:
        yield from unknown_places("command", word, IN_SCENARIOS)


def _boundary(boundary: Boundary, base: Path) -> Broken:
    ways = [w for w in ("entry", "linux", "symbol", "serial") if getattr(boundary, w)]
    if len(ways) != 1:
        yield "", "needs exactly one of: entry, linux, symbol, serial"
    for field in ("entry", "linux"):
        yield from unknown_places(field, getattr(boundary, field), IN_SCENARIOS)
    if boundary.phase == "start":
        yield "phase", "must not be start: every boot begins with that phase"


def _comparison(comparison: Comparison, base: Path) -> Broken:
    yield from _patterns("ignore", comparison.ignore)
    yield from _patterns("replace", tuple(comparison.replace))


def _patterns(field: str, patterns: Sequence[str]) -> Broken:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            yield field, f"{pattern!r} is no regular expression: {error}"


def _scenario(scenario: Scenario, base: Path) -> Broken:
    for field in ("kernel", "command_line", "seal"):
        yield from unknown_places(field, getattr(scenario, field), IN_SCENARIOS)
    for line in scenario.script:
        yield from unknown_places("script", line, IN_SCENARIOS)
    yield from _files(scenario)
    for build in scenario.builds:
        if not scenario.on(build).expect:
            what = "needs at least one marker; a boot without any would always pass"
            yield "expect", what + (f" ({build})" if scenario.expect else "")
            break
    if scenario.capture:
        yield from _patterns("capture", [scenario.capture])
    phases = [b.phase for b in scenario.boundaries]
    if len(set(phases)) > 3:
        yield "boundaries", "a boot has at most 3 phases after its start"


def _files(scenario: Scenario) -> Broken:
    if scenario.start is StartMethod.KERNEL and (scenario.script or scenario.files):
        yield "script" if scenario.script else "files", "has no meaning with start: kernel"
    if scenario.start in (StartMethod.UEFI, StartMethod.DISK):
        for field in ("modules", "command_line"):
            if getattr(scenario, field):
                yield field, f"has no meaning with start: {scenario.start}"
    if scenario.start is StartMethod.UEFI:
        if scenario.machine.firmware is not Firmware.OVMF:
            yield "machine", "start: uefi needs firmware: ovmf"
        if not scenario.script:
            yield "script", "start: uefi needs the lines of the start-up script"
    elif scenario.machine.firmware is Firmware.OVMF and scenario.start is not StartMethod.DISK:
        yield "machine", f"start: {scenario.start} needs firmware: seabios (multiboot is BIOS's)"
    if scenario.start is StartMethod.DISK and not scenario.disks:
        yield "disks", "start: disk needs a disk"
    for name, file in scenario.files.items():
        yield from unknown_places("files", file, IN_SCENARIOS)
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not re.fullmatch(r"[A-Za-z0-9._/-]+", name):
            yield "files", f"{name!r} must be a relative path of letters, digits, dots and dashes"


def _parameter(parameter: Parameter, base: Path) -> Broken:
    if parameter.default and set(parameter.default) & set("{}"):
        yield "default", "must not have braces"


BOOT_RULES: dict[type, Callable[[Any, Path], Broken]] = {
    Module: _module,
    Disk: _disk,
    Peer: _peer,
    Boundary: _boundary,
    Comparison: _comparison,
    Scenario: _scenario,
    Parameter: _parameter,
}
