# SPDX-License-Identifier: MIT
"""Scenarios: boots as data. One record per part of the machine and of its expected behaviour."""

from __future__ import annotations

from typing import Annotated

import msgspec

from tcbsplit.model.base import Record, must
from tcbsplit.model.vocabulary import (
    BootedBuild,
    DiskInterface,
    Firmware,
    ParameterKind,
    StartMethod,
    Virtualization,
)

Seconds = Annotated[int, must("be at least 1 second", ge=1)]
Natural = Annotated[int, must("not be negative", ge=0)]
Command = Annotated[tuple[str, ...], must("name a program", min_length=1)]
# Text to search on a console or disk.
SoughtText = Annotated[str, must("not be empty: every console and disk holds that", min_length=1)]
FileName = Annotated[
    str, must("be letters, digits, dots, dashes and underscores", whole=r"[A-Za-z0-9._-]+")
]
UNDER_TEST = "{image}"
# Words for an image or a module. GRUB and QEMU quote in different ways: quotes are left out.
Arguments = Annotated[
    str, must("be words of one line without quotes and backslashes", whole=r"[^\r\n'\"\\]*")
]
BOTH = tuple(BootedBuild)


class Machine(Record, frozen=True, kw_only=True):
    """The emulated machine."""

    type: str = "pc"
    cpu: str = "EPYC"
    processors: Annotated[int, must("be from 1 to 255", ge=1, le=255)] = 1
    memory: Annotated[int, must("be at least 1 MiB", ge=1)] = 256
    firmware: Firmware = Firmware.SEABIOS
    virtualization: Virtualization = Virtualization.SVM
    extra: tuple[str, ...] = ()


class Module(Record, frozen=True, kw_only=True):
    """A multiboot module; ``builds`` restricts it to some builds. See Scenario for ``file``."""

    file: str
    name: FileName
    arguments: Arguments = ""
    builds: tuple[BootedBuild, ...] = BOTH


class Disk(Record, frozen=True, kw_only=True):
    """A disk, copied for each run, and conditions on the copy after the run.

    ``absent`` and ``present`` are texts, or bytes as ``hex:00ff…``, searched in the whole disk.
    """

    file: str
    interface: DiskInterface = DiskInterface.IDE
    absent: tuple[SoughtText, ...] = ()
    present: tuple[SoughtText, ...] = ()
    unchanged: bool = False
    sha256: Annotated[
        str, must("be 64 hexadecimal digits, small ones", whole=r"([0-9a-f]{64})?")
    ] = ""


class Peer(Record, frozen=True, kw_only=True):
    """A program that the guest reaches by TCP: one process per connection, on its stdio."""

    address: str
    command: Command


class Network(Record, frozen=True, kw_only=True):
    """A network card on an isolated network: the guest reaches only the peers."""

    card: FileName = "e1000"
    peers: tuple[Peer, ...] = ()


class Typed(Record, frozen=True, kw_only=True):
    """A line typed on a serial port after ``after`` has appeared there."""

    after: Annotated[str, must("be the prompt after which the line is typed", min_length=1)]
    line: Annotated[str, must("be one line; give one entry for each", whole=r"[^\r\n]*")]
    builds: tuple[BootedBuild, ...] = BOTH


class Marker(Record, frozen=True, kw_only=True):
    """Text expected on a serial port within ``within`` seconds after the previous marker."""

    text: Annotated[str, must("be text of one line", whole=r"[^\n]+")]
    within: Seconds = 30
    builds: tuple[BootedBuild, ...] = BOTH


class Port(Record, frozen=True, kw_only=True):
    """A further serial port: its input, its expected and forbidden output."""

    type: tuple[Typed, ...] = ()
    expect: tuple[Marker, ...] = ()
    forbid: tuple[SoughtText, ...] = ()


class Boundary(Record, frozen=True, kw_only=True):
    """The begin of a phase for ``trace``, given by exactly one of four fields."""

    phase: Annotated[
        str, must("be small letters, digits and underscores", whole=r"[a-z][a-z0-9_]*")
    ] = "runtime"
    entry: str = ""
    linux: str = ""
    symbol: str = ""
    serial: str = ""


class Comparison(Record, frozen=True, kw_only=True):
    """The parts of both builds' console output that ``boot --compare`` compares."""

    since: str = ""
    ignore: tuple[str, ...] = ()
    replace: dict[str, str] = msgspec.field(default_factory=dict)


class Scenario(Record, frozen=True, kw_only=True):
    """One boot: the machine, the typed input, the expected and forbidden output.

    Placeholders in file names, ``script``, arguments and commands: ``{image}`` the image of the
    build under test, ``{build}`` its tree, ``{assets}`` the folder of the assets, ``{guest}`` the
    preprocessing guest's image, ``{split}`` the folder of the split, ``{source}`` the source tree,
    ``{seed}`` the seed of the repetition. Relative paths start at the configuration's folder.
    """

    summary: str
    builds: Annotated[
        tuple[BootedBuild, ...], must("be at least one of: original, split", min_length=1)
    ] = BOTH
    machine: Machine = Machine()
    start: StartMethod = StartMethod.KERNEL
    kernel: str = UNDER_TEST
    command_line: Arguments = ""
    modules: tuple[Module, ...] = ()
    files: dict[str, str] = msgspec.field(default_factory=dict)
    script: tuple[str, ...] = ()
    disks: tuple[Disk, ...] = ()
    network: Network | None = None
    type: tuple[Typed, ...] = ()
    expect: tuple[Marker, ...] = ()
    forbid: tuple[SoughtText, ...] = ()
    ports: Annotated[tuple[Port, ...], must("be at most 3: a machine has 4", max_length=3)] = ()
    exit: int | None = None
    resets: Natural = 0
    settle: Natural = 1
    capture: str = ""
    compare: Comparison = Comparison()
    boundaries: tuple[Boundary, ...] = ()
    launches: tuple[BootedBuild, ...] = BOTH
    seal: str = "{guest}"
    lacking: tuple[str, ...] = ()  # used parameters without a value

    def on(self, build: str) -> Scenario:
        """Return this scenario for one build, without the parts for other builds."""
        ports = tuple(
            msgspec.structs.replace(
                port,
                type=tuple(t for t in port.type if build in t.builds),
                expect=tuple(m for m in port.expect if build in m.builds),
            )
            for port in self.ports
        )
        return msgspec.structs.replace(
            self,
            modules=tuple(m for m in self.modules if build in m.builds),
            type=tuple(t for t in self.type if build in t.builds),
            expect=tuple(m for m in self.expect if build in m.builds),
            ports=ports,
        )


class Parameter(Record, frozen=True, kw_only=True):
    """A value set by ``--set NAME=VALUE`` and used as ``${NAME}``."""

    about: str
    kind: ParameterKind = ParameterKind.TEXT
    default: str | None = None


class ScenarioFile(Record, frozen=True, kw_only=True):
    """A file of scenarios.

    A scenario or template with ``base: NAME`` inherits the keys of that template or scenario that
    it does not give. Included files come first; a name must not be given twice.
    """

    include: tuple[str, ...] = ()
    parameters: dict[str, Parameter] = msgspec.field(default_factory=dict)
    templates: dict[str, Scenario] = msgspec.field(default_factory=dict)
    scenarios: dict[str, Scenario] = msgspec.field(default_factory=dict)
