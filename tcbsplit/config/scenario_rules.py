"""What types cannot say about scenarios: one small rule per record, naming the field at fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from tcbsplit.config.placeholders import unknown_places
from tcbsplit.config.scenario import (
    Boundary,
    Comparison,
    Disk,
    Machine,
    Marker,
    Module,
    Network,
    Parameter,
    Peer,
    Port,
    Scenario,
    Typed,
)

IN_SCENARIOS = ("image", "build", "assets", "guest", "split", "source", "seed")
RESERVED = ("original", "split", "guest")  # --set gives these images, no parameter is called so
_MOST_PORTS = 4  # serial ports that a PC has at fixed places
_MOST_PROCESSORS = 255

Broken = Iterator[tuple[str, str]]


def _machine(machine: Machine, base: Path) -> Broken:
    if machine.memory <= 0:
        yield "memory", "must be at least 1 MiB"
    if not 1 <= machine.processors <= _MOST_PROCESSORS:
        yield "processors", f"must be from 1 to {_MOST_PROCESSORS}"


def _module(module: Module, base: Path) -> Broken:
    yield from unknown_places("file", module.file, IN_SCENARIOS)
    # QEMU separates modules by commas and a module's arguments by spaces.
    if not re.fullmatch(r"[A-Za-z0-9._-]+", module.name):
        yield "name", f"{module.name!r} must be letters, digits, dots and dashes"


def _disk(disk: Disk, base: Path) -> Broken:
    yield from unknown_places("file", disk.file, IN_SCENARIOS)
    for field in ("absent", "present"):
        for text in getattr(disk, field):
            if text.startswith("hex:") and not re.fullmatch(r"hex:([0-9A-Fa-f]{2})+", text):
                yield field, f"{text!r}: after hex: come pairs of hexadecimal digits"
            elif not text:
                yield field, "has an empty text, which every disk holds"
    if disk.sha256 and not re.fullmatch(r"[0-9a-f]{64}", disk.sha256):
        yield "sha256", "must be 64 hexadecimal digits, small ones"


def _peer(peer: Peer, base: Path) -> Broken:
    found = re.fullmatch(r"10\.0\.2\.(\d{1,3}):(\d{1,5})", peer.address)
    # QEMU's user network: .2 is the gateway, .3 the name server, .15 the guest.
    if not found or not 4 <= int(found[1]) <= 254 or int(found[1]) == 15:
        yield "address", f"{peer.address!r} must be 10.0.2.N:PORT, N from 4 to 254 but not 15"
    elif not 0 < int(found[2]) < 1 << 16:
        yield "address", f"{found[2]} is no port"
    if not peer.command:
        yield "command", "is empty"
    for word in peer.command:
        yield from unknown_places("command", word, IN_SCENARIOS)


def _network(network: Network, base: Path) -> Broken:
    if not re.fullmatch(r"[A-Za-z0-9._-]+", network.card):
        yield "card", f"{network.card!r} must be the name of one of QEMU's network cards"


def _typed(typed: Typed, base: Path) -> Broken:
    if not typed.after:
        yield "after", "is empty; give the prompt after which the line is typed"
    if "\n" in typed.line or "\r" in typed.line:
        yield "line", "must be one line; give one entry for each line"


def _marker(marker: Marker, base: Path) -> Broken:
    if not marker.text or "\n" in marker.text:
        yield "text", "must be text of one line"
    if marker.within <= 0:
        yield "within", "must be at least 1 second"


def _port(port: Port, base: Path) -> Broken:
    if "" in port.forbid:
        yield "forbid", "has an empty text, which every port prints"


def _boundary(boundary: Boundary, base: Path) -> Broken:
    ways = [w for w in ("entry", "linux", "symbol", "serial") if getattr(boundary, w)]
    if len(ways) != 1:
        yield "", "needs exactly one of: entry, linux, symbol, serial"
    for field in ("entry", "linux"):
        yield from unknown_places(field, getattr(boundary, field), IN_SCENARIOS)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", boundary.phase) or boundary.phase == "start":
        yield "phase", f"{boundary.phase!r} must be small letters and digits, and not start"


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
    for field in ("kernel", "seal"):
        yield from unknown_places(field, getattr(scenario, field), IN_SCENARIOS)
    for line in scenario.script:
        yield from unknown_places("script", line, IN_SCENARIOS)
    yield from _files(scenario)
    if not scenario.builds:
        yield "builds", "needs at least one of: original, split"
    for build in scenario.builds:
        if not scenario.on(build).expect:
            what = "needs at least one marker; a boot without any would always pass"
            yield "expect", what + (f" ({build})" if scenario.expect else "")
            break
    if "" in scenario.forbid:
        yield "forbid", "has an empty text, which every console holds"
    if len(scenario.ports) >= _MOST_PORTS:
        yield "ports", f"a machine has at most {_MOST_PORTS} serial ports, the first included"
    for field in ("settle", "resets"):
        if getattr(scenario, field) < 0:
            yield field, "must not be negative"
    if scenario.capture:
        yield from _patterns("capture", [scenario.capture])
    phases = [b.phase for b in scenario.boundaries]
    if len(set(phases)) > 3:
        yield "boundaries", "a boot has at most 3 phases after its start"


def _files(scenario: Scenario) -> Broken:
    if scenario.start == "kernel" and (scenario.script or scenario.files):
        yield "script" if scenario.script else "files", "has no meaning with start: kernel"
    if scenario.start in ("uefi", "disk") and scenario.modules:
        yield "modules", f"has no meaning with start: {scenario.start}"
    if scenario.start == "uefi":
        if scenario.machine.firmware != "ovmf":
            yield "machine", "start: uefi needs firmware: ovmf"
        if not scenario.script:
            yield "script", "start: uefi needs the lines of the start-up script"
    elif scenario.machine.firmware == "ovmf" and scenario.start != "disk":
        yield "machine", f"start: {scenario.start} needs firmware: seabios (multiboot is BIOS's)"
    if scenario.start == "disk" and not scenario.disks:
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
    Machine: _machine,
    Module: _module,
    Disk: _disk,
    Peer: _peer,
    Network: _network,
    Typed: _typed,
    Marker: _marker,
    Port: _port,
    Boundary: _boundary,
    Comparison: _comparison,
    Scenario: _scenario,
    Parameter: _parameter,
}
