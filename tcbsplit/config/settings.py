# SPDX-License-Identifier: MIT
"""Settings of a configuration: one frozen record per section, with the fields of the YAML.

To add a setting, add a field: the decoder reads names, types, choices and defaults here.
Fields that the loader sets are not keys of the YAML file (``NO_KEYS``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from tcbsplit.config.erasing_settings import RetireSettings
from tcbsplit.config.name import Name
from tcbsplit.config.scenario import Command, Parameter, Scenario, Seconds
from tcbsplit.model.base import Reason, Record, must
from tcbsplit.model.phase import Cut, PhaseVariable
from tcbsplit.model.vocabulary import BuildName, GuestEnvironment, InputWay, KeyMatch

NO_KEYS = frozenset(
    {"path", "adapter_path", "image_paths", "where", "parameters", "given", "lacking"}
)
Position = Annotated[int, must("be a position: they start at 0", ge=0)]


class Roots(Record, frozen=True, kw_only=True):
    """Roots of the phases: names, ids, globs, or patterns like ``registry:NAME:KEY``."""

    boot: Annotated[
        tuple[Name, ...],
        must("name at least one function: where the hypervisor starts", min_length=1),
    ]
    runtime: tuple[Name, ...] = ()
    boot_only: tuple[Name, ...] = ()  # called from run-time code, but only before the boundary


class Registry(Record, frozen=True, kw_only=True):
    """Functions that are registered and called later by a dispatcher.

    One of these registers them: initialised records of a type (``record``), pointers in a linker
    section (``section``, a glob; ``{key}`` in it stands for the key), or calls of a function
    (``register``). With a key, a call of the dispatcher with a constant reaches only the matching
    entries, any other call reaches all; without a key, the dispatcher itself reaches all.
    """

    name: str
    dispatch: str  # the dispatching function
    record: str = ""  # record type, e.g. "struct unit"
    section: str = ""  # e.g. ".initcall{key}.init"
    register: str = ""  # e.g. thread_new
    key: str = ""  # field, or argument of register, with the key
    function: str = ""  # field, or argument of register, with the function
    argument: Position = 0  # position of the key among the dispatcher's arguments
    match: KeyMatch = KeyMatch.EXACT
    passes: tuple[Position, ...] = ()  # arguments of register that the function gets
    # Keys that a caller passes to the dispatcher, but not as a literal.
    keys: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    optional: bool = False  # some variants of the project have no such registry
    where: str = ""  # file:line in the configuration


class Bridge(Record, frozen=True, kw_only=True):
    """An edge that is not visible in any source, for example entering C with a prepared stack."""

    caller: str
    callee: str
    reason: Reason
    optional: bool = False  # some variants of the project lack one of the two
    where: str = ""


class HandoffVariable(Record, frozen=True, kw_only=True):
    """A variable, or a glob, that the handoff includes or excludes explicitly."""

    name: str
    reason: Reason
    optional: bool = False
    where: str = ""


class Carry(Record, frozen=True, kw_only=True):
    """The transfer of a variable or field that is more than its bytes; exactly one way is set."""

    name: str  # variable, or path of a field: config.user.name; the variable may be a glob
    length: str = ""  # pointer to an array, its length: a number, or the path of an integer
    string: Annotated[int, must("be at least 1 byte", ge=0)] = (
        0  # pointer to a string: its maximum of bytes, NUL included
    )
    list: str = ""  # pointer to list elements, linked by this field
    tag: str = ""  # union: path of the integer that selects the valid member
    members: dict[str, int] = msgspec.field(default_factory=dict)  # union member -> tag value
    opaque: bool = False  # a pointer that is never dereferenced: transfer its value
    keep: bool = False  # not transferred: each side keeps its own value
    most: int = 0  # maximum of elements, for length (unless a number) and list
    optional: bool = False
    where: str = ""  # file:line in the configuration


class HandoffInput(Record, frozen=True, kw_only=True):
    """Where the guest has a variable from that it reads and that the hypervisor has set before."""

    name: str  # variable, or a glob of some
    way: InputWay
    reason: Reason
    optional: bool = False
    where: str = ""


class HandoffSettings(Record, frozen=True, kw_only=True):
    """Refinements of the discovered handoff set."""

    secret: tuple[Name, ...] = ()  # wiped on the guest side after sending
    carry: tuple[Carry, ...] = ()
    include: tuple[HandoffVariable, ...] = ()
    exclude: tuple[HandoffVariable, ...] = ()
    inputs: tuple[HandoffInput, ...] = ()
    # Used by code that stays between two calls of what moved, although the guest has run by then.
    between: tuple[HandoffVariable, ...] = ()


class Start(Record, frozen=True, kw_only=True):
    """Calls that start the preprocessing guest, or let it continue."""

    caller: str
    callee: str
    reason: Reason
    optional: bool = False
    where: str = ""


class Accepted(Record, frozen=True, kw_only=True):
    """A boot function, or a variable, that may come after the preprocessing guest."""

    name: str  # a name or id, no pattern
    reason: Reason
    optional: bool = False
    where: str = ""


class OrderSettings(Record, frozen=True, kw_only=True):
    """The order of boot around the preprocessing guest (``tcbsplit order``)."""

    # What starts the guest besides calls that a cut with policy ``handoff`` severs.
    starts: tuple[Start, ...] = ()
    accept: tuple[Accepted, ...] = ()


class GlueList(Record, frozen=True, kw_only=True):
    """The build's list of new files: ``text`` is inserted below the line with ``after``.

    ``{objects}`` and ``{sources}`` in it stand for the names of the glue's files.
    """

    file: str
    after: str
    text: str
    where: str = ""


class GlueSettings(Record, frozen=True, kw_only=True):
    """The place of generated code in the thin hypervisor."""

    adapter: str  # C file, relative to the configuration
    folder: str = "tcbsplit"  # in the thin tree
    list: GlueList | None = None
    include_in: str = ""  # instead of list: an existing kept file that includes the glue
    uses: tuple[Name, ...] = ()  # functions of the hypervisor that stay: the adapter calls them
    adapter_path: Path = msgspec.field(default_factory=Path)
    where: str = ""


class GuestSettings(Record, frozen=True, kw_only=True):
    """The preprocessing guest."""

    adapter: str
    entries: tuple[Name, ...] = ()  # functions to run, in order; the adapter may call others
    environment: GuestEnvironment = GuestEnvironment.BARE
    # Symbols that the environment or the adapter defines instead of the original: names, ids, or
    # globs of these or of files.
    provides: tuple[Name, ...] = ()
    address: int = 0x200000  # link address of a bare guest
    uses: tuple[Name, ...] = ()  # functions of the hypervisor to copy: the adapter calls them
    flags: tuple[str, ...] = ()
    drop_flags: tuple[Name, ...] = ()
    # Several images of a bare guest: the part of the adapter for each image (platform.h). elf is
    # for multiboot and Linux's boot protocol, efi is a UEFI application.
    images: dict[Literal["elf", "efi"], str] = msgspec.field(default_factory=dict)
    faults: bool = False  # for tests: `make faults` builds guests with blobs to be refused
    adapter_path: Path = msgspec.field(default_factory=Path)
    image_paths: dict[str, Path] = msgspec.field(default_factory=dict)


class SplitSettings(Record, frozen=True, kw_only=True):
    """Options of emitting the trees."""

    glue: GlueSettings
    guest: GuestSettings
    retire: RetireSettings | None = None  # None: nothing is erased


class Recipe(Record, frozen=True, kw_only=True):
    """A build: the command, run in the tree, and its image. ``{jobs}`` is replaced."""

    command: Command
    image: str
    clean: tuple[str, ...] = ()  # run first, for trees with files of an earlier build
    guard: tuple[str, ...] = ()  # further arguments for a tree in the guard style
    timeout: Seconds = 1800


class Assets(Record, frozen=True, kw_only=True):
    """A command that makes files for the boots. ``{python} {source} {assets}`` are replaced."""

    command: Command
    timeout: Seconds = 300


class Excuse(Record, frozen=True, kw_only=True):
    """Code of the image that may run although no analysed source contains it."""

    name: str  # glob over symbols
    reason: Reason


class AuditSettings(Record, frozen=True, kw_only=True):
    """Exceptions that an audit accepts."""

    excuse: tuple[Excuse, ...] = ()


class Settings(Record, frozen=True, kw_only=True):
    """A whole configuration. ``source`` and ``artifacts`` are absolute once loaded."""

    version: Literal[1]
    name: Annotated[
        str, must("be letters, digits, dots and dashes", whole=r"[A-Za-z0-9][A-Za-z0-9._-]*")
    ]
    source: Path
    image: str
    roots: Roots
    compdb: Path | None = None  # compile database, relative to the configuration
    # Folder of the artifacts, relative to the configuration; reports/NAME beside it if not given.
    artifacts: Path = msgspec.field(default_factory=Path)
    exclude: tuple[Name, ...] = ()  # globs of sources or outputs of other images
    # The linked ELF or its link map: units outside of it belong to another image. A relative path
    # starts at the source tree; {original} is the captured build.
    linked: str = ""
    components: dict[str, tuple[Name, ...]] = msgspec.field(default_factory=dict)
    launch: tuple[Name, ...] = ()
    preprocess: tuple[Name, ...] = ()
    pinned: tuple[Name, ...] = ()  # never suggested to move, like code with inline assembly
    registries: tuple[Registry, ...] = ()
    bridges: tuple[Bridge, ...] = ()
    cuts: tuple[Cut, ...] = ()
    phase_variables: tuple[PhaseVariable, ...] = ()
    handoff: HandoffSettings = HandoffSettings()
    order: OrderSettings = OrderSettings()
    split: SplitSettings | None = None
    build: dict[BuildName, Recipe] = msgspec.field(default_factory=dict)
    assets: Assets | None = None
    audit: AuditSettings = AuditSettings()
    scenarios: dict[str, Scenario] = msgspec.field(default_factory=dict)
    parameters: dict[str, Parameter] = msgspec.field(default_factory=dict)  # of scenarios
    given: dict[str, str] = msgspec.field(default_factory=dict)  # values of --set
    path: Path = msgspec.field(default_factory=Path)  # of the configuration
