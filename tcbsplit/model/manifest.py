"""manifest.json: the bill of materials of a split build. Enough to check OUT by itself."""

from __future__ import annotations

import msgspec

from tcbsplit.model.base import Record
from tcbsplit.model.edit import Emission
from tcbsplit.model.handoff import HandoffPart
from tcbsplit.model.vocabulary import DefinitionKind, Side

MANIFEST_VERSION = 2
NAME = "manifest.json"
TREE = "{tree}"  # stands for the absolute path of a tree in directories and arguments


class Definition(Record, frozen=True, kw_only=True):
    """A function or variable of the original: why it is where it is, and what its text is.

    ``sha256`` is of the original's bytes [start, end); ``emitted`` of the text on each side where
    it is (with planned edits; in the guard style as that side's builds see it, without blanks).
    """

    id: str
    kind: DefinitionKind
    file: str
    line: int
    start: int
    end: int
    sha256: str
    klass: str = msgspec.field(default="", name="class")
    why: tuple[str, ...] = ()
    where: tuple[Side, ...] = ()  # empty: left out, unreached
    emitted: dict[str, str] = msgspec.field(default_factory=dict)


class CutMade(Record, frozen=True, kw_only=True):
    """A cut as it was made: the stub, where it is named, and why."""

    stub: str
    file: str
    callee: str
    sites: tuple[str, ...]  # file:line: caller
    policy: str
    reason: str
    expression: str = ""


class Entry(Record, frozen=True, kw_only=True):
    """An entry of the handoff."""

    id: int
    name: str
    file: str
    size: int  # bytes
    layout: str
    secret: bool
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    parts: tuple[HandoffPart, ...] = ()


class HandedOver(Record, frozen=True, kw_only=True):
    """The whole handoff; ``layout`` is the hash that both sides hold."""

    layout: str
    entries: tuple[Entry, ...]


class UnitCommand(Record, frozen=True, kw_only=True):
    """How a unit of an emitted tree is compiled."""

    file: str
    directory: str
    arguments: tuple[str, ...]
    language: str = "c"


class Manifest(Record, frozen=True, kw_only=True):
    """The whole document."""

    version: int
    tool: str
    image: str
    emission: Emission
    configuration: str  # SHA-256 of the file
    inputs: dict[str, str]  # file of the program -> SHA-256
    outputs: dict[str, str]  # file below OUT -> SHA-256
    definitions: tuple[Definition, ...]
    cuts: tuple[CutMade, ...]
    handoff: HandedOver
    commands: dict[str, tuple[UnitCommand, ...]]  # thin, guest -> units
