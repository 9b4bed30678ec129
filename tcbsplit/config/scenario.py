# SPDX-License-Identifier: MIT
"""Scenarios: boots as data. One record per part of the machine and of what it is judged by."""

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
# Text that is looked for on a console or disk.
SoughtText = Annotated[str, must("not be empty: every console and disk holds that", min_length=1)]
FileName = Annotated[
    str, must("be letters, digits, dots, dashes and underscores", whole=r"[A-Za-z0-9._-]+")
]
BOTH = tuple(BootedBuild)


class Machine(Record, frozen=True, kw_only=True):
    """The machine that QEMU shows."""

    type: str = "pc"
    cpu: str = "EPYC"
    processors: Annotated[int, must("be from 1 to 255", ge=1, le=255)] = 1
    memory: Annotated[int, must("be at least 1 MiB", ge=1)] = 256  # MiB
    firmware: Firmware = Firmware.SEABIOS
    virtualization: Virtualization = Virtualization.SVM  # what the image under test uses
    extra: tuple[str, ...] = ()  # further arguments of QEMU


class Module(Record, frozen=True, kw_only=True):
    """A multiboot module; ``builds`` restricts it to some builds. For ``file`` see Scenario."""

    file: str
    name: FileName  # QEMU separates modules by commas and a module's arguments by spaces
    builds: tuple[BootedBuild, ...] = BOTH


class Disk(Record, frozen=True, kw_only=True):
    """A disk, copied for each run, and what must hold of the copy afterwards.

    ``absent`` and ``present`` are texts, or bytes as ``hex:00ff…``, looked for in the whole disk.
    """

    file: str
    interface: DiskInterface = DiskInterface.IDE
    absent: tuple[SoughtText, ...] = ()
    present: tuple[SoughtText, ...] = ()
    unchanged: bool = False
    # Of the disk afterwards.
    sha256: Annotated[
        str, must("be 64 hexadecimal digits, small ones", whole=r"([0-9a-f]{64})?")
    ] = ""


class Peer(Record, frozen=True, kw_only=True):
    """A program that the guest can talk to by TCP: one run of it per connection, on its stdio."""

    address: str  # 10.0.2.x:PORT, as the guest sees it
    command: Command


class Network(Record, frozen=True, kw_only=True):
    """A network card on a network that ends in this process's machine: peers and nothing else."""

    card: FileName = "e1000"
    peers: tuple[Peer, ...] = ()


class Typed(Record, frozen=True, kw_only=True):
    """A line typed on a serial port once ``after`` was seen there."""

    after: Annotated[str, must("be the prompt after which the line is typed", min_length=1)]
    line: Annotated[str, must("be one line; give one entry for each", whole=r"[^\r\n]*")]
    builds: tuple[BootedBuild, ...] = BOTH


class Marker(Record, frozen=True, kw_only=True):
    """Text expected on a serial port within so many seconds of the marker before it."""

    text: Annotated[str, must("be text of one line", whole=r"[^\n]+")]
    within: Seconds = 30
    builds: tuple[BootedBuild, ...] = BOTH


class Port(Record, frozen=True, kw_only=True):
    """A further serial port: what is typed there, what must and must not be seen."""

    type: tuple[Typed, ...] = ()  # in order
    expect: tuple[Marker, ...] = ()  # in order
    forbid: tuple[SoughtText, ...] = ()


class Boundary(Record, frozen=True, kw_only=True):
    """Where a phase begins for ``trace``; exactly one of the ways to say it."""

    phase: Annotated[
        str, must("be small letters, digits and underscores", whole=r"[a-z][a-z0-9_]*")
    ] = "runtime"
    entry: str = ""  # ELF file: its entry point
    linux: str = ""  # Linux kernel (bzImage): any of its entry points
    symbol: str = ""  # function of the image under test, of a hypercall for instance
    serial: str = ""  # text on the first serial port; as exact as the console is fast


class Comparison(Record, frozen=True, kw_only=True):
    """What ``boot --compare`` holds against each other of the consoles of both builds."""

    since: str = ""  # text of the line with which comparison begins; from the start if empty
    ignore: tuple[str, ...] = ()  # regular expressions of lines that do not count
    replace: dict[str, str] = msgspec.field(default_factory=dict)  # regular expression -> text


class Scenario(Record, frozen=True, kw_only=True):
    """One boot: what is started, what is typed, what must and must not be seen.

    In names of files, ``script`` and commands these are replaced: ``{image}`` the image of the
    build under test, ``{build}`` its tree, ``{assets}`` the folder of the assets, ``{guest}`` the
    preprocessing guest's image, ``{split}`` the folder of the split, ``{source}`` the source tree,
    ``{seed}`` the number of the repetition's seed. A relative path starts at the configuration.
    """

    summary: str
    builds: Annotated[
        tuple[BootedBuild, ...], must("be at least one of: original, split", min_length=1)
    ] = BOTH
    machine: Machine = Machine()
    start: StartMethod = StartMethod.KERNEL
    kernel: str = "{image}"
    modules: tuple[Module, ...] = ()
    files: dict[str, str] = msgspec.field(default_factory=dict)  # name on ISO or in folder -> file
    script: tuple[str, ...] = ()  # of GRUB (before it boots the image) or of the UEFI shell
    disks: tuple[Disk, ...] = ()
    network: Network | None = None
    type: tuple[Typed, ...] = ()  # in order, on the first serial port
    expect: tuple[Marker, ...] = ()  # in order
    forbid: tuple[SoughtText, ...] = ()
    # The second serial port, the third …; a PC has four at fixed addresses.
    ports: Annotated[tuple[Port, ...], must("be at most 3: a machine has 4", max_length=3)] = ()
    exit: int | None = None  # QEMU's exit status; None: any, or none at all
    resets: Natural = 0  # how often the machine may be reset; firmware may make more of one
    settle: Natural = 1  # seconds after the last marker in which nothing forbidden may come
    capture: str = ""  # regular expression of lines that both builds must print alike
    compare: Comparison = Comparison()
    boundaries: tuple[Boundary, ...] = ()  # for trace and audit
    # Builds in which the image launches a guest by hardware virtualisation; in others it must not.
    launches: tuple[BootedBuild, ...] = BOTH
    seal: str = "{guest}"  # the guest image whose digest the thin image holds; "" leaves it as is
    lacking: tuple[str, ...] = ()  # parameters that it uses and that have no value

    def on(self, build: str) -> Scenario:
        """What this scenario means for one build: without what is for others only."""
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
    """A value that the user may or must give by ``--set NAME=VALUE``; ``${NAME}`` stands for it."""

    about: str
    kind: ParameterKind = ParameterKind.TEXT  # a file's relative name starts where the user stands
    default: str | None = None  # None: the user must give it


class ScenarioFile(Record, frozen=True, kw_only=True):
    """A file of scenarios.

    A scenario or template with ``base: NAME`` has all keys of that template or scenario that it
    does not give itself. Included files come first; names must not be given twice.
    """

    include: tuple[str, ...] = ()  # other such files, relative to this one
    parameters: dict[str, Parameter] = msgspec.field(default_factory=dict)
    templates: dict[str, Scenario] = msgspec.field(default_factory=dict)  # may lack keys
    scenarios: dict[str, Scenario] = msgspec.field(default_factory=dict)
