# SPDX-License-Identifier: MIT
"""The settings of a configuration: one frozen record per section, field by field as in the YAML.

Adding a setting is adding a field: the decoder reads names, types, choices and defaults here.
A field that the loader fills in is no key of the YAML file (``NO_KEYS``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from tcbsplit.config.name import Name
from tcbsplit.config.scenario import Command, Parameter, Scenario, Seconds
from tcbsplit.model.base import Reason, Record, must
from tcbsplit.model.phase import Cut
from tcbsplit.model.vocabulary import BuildName, InputWay

NO_KEYS = frozenset(
    {"path", "adapter_path", "image_paths", "where", "compdb", "parameters", "given", "lacking"}
)
Position = Annotated[int, must("be a position: they start at 0", ge=0)]


class Roots(Record, frozen=True, kw_only=True):
    """Where the phases begin: names, ids, globs, or patterns like ``registry:NAME:KEY``."""

    boot: Annotated[
        tuple[Name, ...],
        must("name at least one function: where the hypervisor starts", min_length=1),
    ]
    runtime: tuple[Name, ...] = ()
    boot_only: tuple[Name, ...] = ()  # reached from run-time code, but before the boundary only


class Registry(Record, frozen=True, kw_only=True):
    """Functions that are listed somewhere and called later by a dispatcher.

    They are listed in one of: initialised records of a type (``record``), pointers in a linker
    section (``section``, a glob; ``{key}`` in it stands for the key), or calls of a function
    (``register``). With a key, a call of the dispatcher with a constant reaches only the entries
    that match it, any other call all of them; without one, the dispatcher itself reaches them all.
    """

    name: str
    dispatch: str  # the dispatching function
    record: str = ""  # record type, e.g. "struct unit"
    section: str = ""  # e.g. ".initcall{key}.init"
    register: str = ""  # e.g. thread_new
    key: str = ""  # field, or argument of register, that holds the key
    function: str = ""  # field, or argument of register, that holds the function
    argument: Position = 0  # position of the key among the dispatcher's arguments
    match: Literal["prefix", "exact"] = "exact"
    passes: tuple[Position, ...] = ()  # arguments of register that the function is called with
    # Keys that a caller of the dispatcher passes though not as a literal.
    keys: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    optional: bool = False  # some variants of the project have nothing of it
    where: str = ""  # file:line in the configuration


class Bridge(Record, frozen=True, kw_only=True):
    """An edge that no source shows: code that enters C with a fabricated stack, and the like."""

    caller: str
    callee: str
    reason: Reason
    optional: bool = False  # some variants of the project lack one of the two
    where: str = ""


class HandoffVariable(Record, frozen=True, kw_only=True):
    """A variable, or a glob of some, that the handoff takes in or leaves out on purpose."""

    name: str
    reason: Reason
    optional: bool = False
    where: str = ""


class Carry(Record, frozen=True, kw_only=True):
    """How a variable or field that is more than its bytes crosses. Exactly one way is given."""

    name: str  # variable, or path of a field: config.user.name; the variable may be a glob
    length: str = ""  # pointer to so many elements: a number, or the path of an integer
    string: Annotated[int, must("be at least 1 byte", ge=0)] = (
        0  # pointer to text of at most so many bytes, its NUL included
    )
    list: str = ""  # pointer to elements that point on by this field
    tag: str = ""  # union: path of the integer that says which member is valid
    members: dict[str, int] = msgspec.field(default_factory=dict)  # of a union: value of the tag
    opaque: bool = False  # a pointer that nobody follows: its value is what counts
    keep: bool = False  # does not cross: each side keeps its own
    most: int = 0  # elements at most, for length (unless a number) and list
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


class GlueList(Record, frozen=True, kw_only=True):
    """How a new file is listed for the build: ``text`` goes below the line that has ``after``."""

    file: str
    after: str
    text: str
    where: str = ""


class GlueSettings(Record, frozen=True, kw_only=True):
    """Where generated code joins the thin hypervisor."""

    adapter: str  # C file, relative to the configuration
    folder: str = "tcbsplit"  # in the thin tree
    list: GlueList | None = None
    include_in: str = ""  # an existing kept file that includes the glue instead
    adapter_path: Path = Path()
    where: str = ""


class GuestSettings(Record, frozen=True, kw_only=True):
    """The preprocessing guest."""

    adapter: str
    entries: tuple[Name, ...] = ()  # functions it runs, in order; the adapter may call others
    environment: Literal["bare", "linux"] = "bare"
    # What the environment or the adapter defines instead of the original's: names, ids, or globs
    # of these or of files.
    provides: tuple[Name, ...] = ()
    address: int = 0x200000  # where a bare guest is linked to run, in bytes
    uses: tuple[Name, ...] = ()  # functions of the hypervisor that the adapter calls: copied along
    flags: tuple[str, ...] = ()
    drop_flags: tuple[Name, ...] = ()
    # More than one image of a bare guest: what of the adapter is each one's own (platform.h). elf
    # is for multiboot and Linux's protocol, efi an application of UEFI firmware.
    images: dict[Literal["elf", "efi"], str] = msgspec.field(default_factory=dict)
    faults: bool = False  # `make faults` builds guests that hand over what must be refused: tests
    adapter_path: Path = Path()
    image_paths: dict[str, Path] = msgspec.field(default_factory=dict)


class SplitSettings(Record, frozen=True, kw_only=True):
    """How the trees are emitted."""

    glue: GlueSettings
    guest: GuestSettings


class Recipe(Record, frozen=True, kw_only=True):
    """A build: the command, run in the tree, and the image it makes. ``{jobs}`` is replaced."""

    command: Command
    image: str
    clean: tuple[str, ...] = ()  # run first, for trees that carry what an earlier build left
    guard: tuple[str, ...] = ()  # words after the command for a tree in the guard style
    timeout: Seconds = 1800  # seconds


class Assets(Record, frozen=True, kw_only=True):
    """A command that makes what the boots need. ``{python} {source} {assets}`` are replaced."""

    command: Command
    timeout: Seconds = 300  # seconds


class Excuse(Record, frozen=True, kw_only=True):
    """Code of the image that no analysed source has and that may run all the same."""

    name: str  # glob over symbols
    reason: Reason


class AuditSettings(Record, frozen=True, kw_only=True):
    """What an audit is to accept."""

    excuse: tuple[Excuse, ...] = ()


class Settings(Record, frozen=True, kw_only=True):
    """A whole configuration. ``source`` is absolute once loaded."""

    version: Literal[1]
    # It names a folder of artifacts.
    name: Annotated[
        str, must("be letters, digits, dots and dashes", whole=r"[A-Za-z0-9][A-Za-z0-9._-]*")
    ]
    source: Path
    image: str
    roots: Roots
    exclude: tuple[Name, ...] = ()  # globs of sources or outputs of other images
    # The linked ELF or its link map: what is not in it is another image's. A relative path starts
    # at the source tree; {original} is the captured build.
    linked: str = ""
    components: dict[str, tuple[Name, ...]] = msgspec.field(default_factory=dict)
    launch: tuple[Name, ...] = ()
    preprocess: tuple[Name, ...] = ()
    pinned: tuple[Name, ...] = ()  # never suggested to leave, beside what holds inline assembly
    registries: tuple[Registry, ...] = ()
    bridges: tuple[Bridge, ...] = ()
    cuts: tuple[Cut, ...] = ()
    handoff: HandoffSettings = HandoffSettings()
    split: SplitSettings | None = None
    build: dict[BuildName, Recipe] = msgspec.field(default_factory=dict)
    assets: Assets | None = None
    audit: AuditSettings = AuditSettings()
    scenarios: dict[str, Scenario] = msgspec.field(default_factory=dict)
    parameters: dict[str, Parameter] = msgspec.field(default_factory=dict)  # of scenarios
    given: dict[str, str] = msgspec.field(default_factory=dict)  # values of --set
    path: Path = Path()  # of the configuration
    compdb: Path | None = None
