# SPDX-License-Identifier: MIT
"""Settings of a configuration: one frozen record per section, with the fields of the YAML.

To add a setting, add a field: the decoder reads names, types, choices and defaults here. What it
means, since when it exists, and an example stand in ``keys.yaml``, for editors and the reference.
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
    boot_only: tuple[Name, ...] = ()


class Registry(Record, frozen=True, kw_only=True):
    """Functions that are registered and called later by a dispatcher.

    One of these registers them: initialised records of a type (``record``), pointers in a linker
    section (``section``, a glob; ``{key}`` in it stands for the key), or calls of a function
    (``register``). With a key, a call of the dispatcher with a constant reaches only the matching
    entries, any other call reaches all; without a key, the dispatcher itself reaches all.
    """

    name: str
    dispatch: str
    record: str = ""
    section: str = ""
    register: str = ""
    key: str = ""
    function: str = ""
    argument: Position = 0
    match: KeyMatch = KeyMatch.EXACT
    passes: tuple[Position, ...] = ()
    keys: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    optional: bool = False
    where: str = ""  # file:line in the configuration


class Bridge(Record, frozen=True, kw_only=True):
    """An edge that is not visible in any source, for example entering C with a prepared stack."""

    caller: str
    callee: str
    reason: Reason
    optional: bool = False
    where: str = ""


class HandoffVariable(Record, frozen=True, kw_only=True):
    """A variable, or a glob, that the handoff includes or excludes explicitly."""

    name: str
    reason: Reason
    optional: bool = False
    where: str = ""


class Carry(Record, frozen=True, kw_only=True):
    """The transfer of a variable or field that is more than its bytes; exactly one way is set."""

    name: str
    length: str = ""
    string: Annotated[int, must("be at least 1 byte", ge=0)] = 0
    list: str = ""
    tag: str = ""
    members: dict[str, int] = msgspec.field(default_factory=dict)
    opaque: bool = False
    keep: bool = False
    most: int = 0
    optional: bool = False
    where: str = ""  # file:line in the configuration


class HandoffInput(Record, frozen=True, kw_only=True):
    """Where the guest has a variable from that it reads and that the hypervisor has set before."""

    name: str
    way: InputWay
    reason: Reason
    optional: bool = False
    where: str = ""


class HandoffSettings(Record, frozen=True, kw_only=True):
    """Refinements of the discovered handoff set."""

    secret: tuple[Name, ...] = ()
    carry: tuple[Carry, ...] = ()
    include: tuple[HandoffVariable, ...] = ()
    exclude: tuple[HandoffVariable, ...] = ()
    inputs: tuple[HandoffInput, ...] = ()
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

    name: str
    reason: Reason
    optional: bool = False
    where: str = ""


class OrderSettings(Record, frozen=True, kw_only=True):
    """The order of boot around the preprocessing guest (``tcbsplit order``)."""

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

    adapter: str
    folder: str = "tcbsplit"
    list: GlueList | None = None
    include_in: str = ""
    uses: tuple[Name, ...] = ()
    adapter_path: Path = msgspec.field(default_factory=Path)
    where: str = ""


class GuestSettings(Record, frozen=True, kw_only=True):
    """The preprocessing guest."""

    adapter: str
    entries: tuple[Name, ...] = ()
    environment: GuestEnvironment = GuestEnvironment.BARE
    provides: tuple[Name, ...] = ()
    address: int = 0x200000
    uses: tuple[Name, ...] = ()
    flags: tuple[str, ...] = ()
    drop_flags: tuple[Name, ...] = ()
    images: dict[Literal["elf", "efi"], str] = msgspec.field(default_factory=dict)
    faults: bool = False
    adapter_path: Path = msgspec.field(default_factory=Path)
    image_paths: dict[str, Path] = msgspec.field(default_factory=dict)


class SplitSettings(Record, frozen=True, kw_only=True):
    """Options of emitting the trees."""

    glue: GlueSettings
    guest: GuestSettings
    retire: RetireSettings | None = None


class Recipe(Record, frozen=True, kw_only=True):
    """A build: the command, run in the tree, and its image. ``{jobs}`` is replaced."""

    command: Command
    image: str
    clean: tuple[str, ...] = ()
    guard: tuple[str, ...] = ()
    timeout: Seconds = 1800


class Assets(Record, frozen=True, kw_only=True):
    """A command that makes files for the boots. ``{python} {source} {assets}`` are replaced."""

    command: Command
    timeout: Seconds = 300


class Excuse(Record, frozen=True, kw_only=True):
    """Code of the image that may run although no analysed source contains it."""

    name: str
    reason: Reason


class AuditSettings(Record, frozen=True, kw_only=True):
    """Exceptions that an audit accepts."""

    excuse: tuple[Excuse, ...] = ()


class Settings(Record, frozen=True, kw_only=True):
    """A whole configuration. Paths are relative to its file, and absolute once loaded."""

    version: Literal[1]
    name: Annotated[
        str, must("be letters, digits, dots and dashes", whole=r"[A-Za-z0-9][A-Za-z0-9._-]*")
    ]
    source: Path
    image: str
    roots: Roots
    compdb: Path | None = None
    artifacts: Path = msgspec.field(default_factory=Path)
    exclude: tuple[Name, ...] = ()
    linked: str = ""
    components: dict[str, tuple[Name, ...]] = msgspec.field(default_factory=dict)
    launch: tuple[Name, ...] = ()
    preprocess: tuple[Name, ...] = ()
    pinned: tuple[Name, ...] = ()
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
