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
    memory: Annotated[int, must("be at least 1 MiB", ge=1)] = 256  # MiB
    firmware: Firmware = Firmware.SEABIOS
    virtualization: Virtualization = Virtualization.SVM  # used by the image under test
    extra: tuple[str, ...] = ()  # further arguments of QEMU


class Module(Record, frozen=True, kw_only=True):
    """A multiboot module; ``builds`` restricts it to some builds. See Scenario for ``file``."""

    file: str
    name: FileName  # the first word of its command line
    arguments: Arguments = ""  # the words after it
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
    # Of the disk after the run.
    sha256: Annotated[
        str, must("be 64 hexadecimal digits, small ones", whole=r"([0-9a-f]{64})?")
    ] = ""


class Peer(Record, frozen=True, kw_only=True):
    """A program that the guest reaches by TCP: one process per connection, on its stdio."""

    address: str  # 10.0.2.x:PORT, as the guest sees it
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

    type: tuple[Typed, ...] = ()  # in order
    expect: tuple[Marker, ...] = ()  # in order
    forbid: tuple[SoughtText, ...] = ()


class Boundary(Record, frozen=True, kw_only=True):
    """The begin of a phase for ``trace``, given by exactly one of four fields."""

    phase: Annotated[
        str, must("be small letters, digits and underscores", whole=r"[a-z][a-z0-9_]*")
    ] = "runtime"
    entry: str = ""  # ELF file: its entry point
    linux: str = ""  # Linux kernel (bzImage): any of its entry points
    symbol: str = ""  # function of the image under test, for example of a hypercall
    serial: str = ""  # text on the first serial port; less exact: the console has a delay


class Comparison(Record, frozen=True, kw_only=True):
    """The parts of both builds' console output that ``boot --compare`` compares."""

    since: str = ""  # text of the first line to compare; empty: from the start
    ignore: tuple[str, ...] = ()  # regular expressions of lines to ignore
    replace: dict[str, str] = msgspec.field(default_factory=dict)  # regular expression -> text


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
    # What is started. A file made from ``{image}``, stripped or packed, may be named: traces take
    # the symbols and the code of ``{image}``.
    kernel: str = UNDER_TEST
    command_line: Arguments = ""  # of the kernel; with start: kernel or grub
    modules: tuple[Module, ...] = ()
    files: dict[str, str] = msgspec.field(default_factory=dict)  # name on ISO or in folder -> file
    script: tuple[str, ...] = ()  # for GRUB (before it boots the image) or the UEFI shell
    disks: tuple[Disk, ...] = ()
    network: Network | None = None
    type: tuple[Typed, ...] = ()  # in order, on the first serial port
    expect: tuple[Marker, ...] = ()  # in order
    forbid: tuple[SoughtText, ...] = ()
    # The second serial port and so on; a PC has four at fixed addresses.
    ports: Annotated[tuple[Port, ...], must("be at most 3: a machine has 4", max_length=3)] = ()
    exit: int | None = None  # QEMU's exit status; None: any, or still running
    resets: Natural = 0  # allowed resets of the machine; firmware may turn one into several
    settle: Natural = 1  # seconds to watch for forbidden output after the last marker
    capture: str = ""  # regular expression of lines that must be equal in both builds
    compare: Comparison = Comparison()
    boundaries: tuple[Boundary, ...] = ()  # for trace and audit
    # Builds whose image must launch a guest by hardware virtualisation; others must not.
    launches: tuple[BootedBuild, ...] = BOTH
    seal: str = "{guest}"  # guest image; its digest goes into the thin image. "": no change
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
    kind: ParameterKind = ParameterKind.TEXT  # relative files start at the working folder
    default: str | None = None  # None: the user must give it


class ScenarioFile(Record, frozen=True, kw_only=True):
    """A file of scenarios.

    A scenario or template with ``base: NAME`` inherits the keys of that template or scenario that
    it does not give. Included files come first; a name must not be given twice.
    """

    include: tuple[str, ...] = ()  # other such files, relative to this one
    parameters: dict[str, Parameter] = msgspec.field(default_factory=dict)
    templates: dict[str, Scenario] = msgspec.field(default_factory=dict)  # may lack keys
    scenarios: dict[str, Scenario] = msgspec.field(default_factory=dict)
