"""Holds the types of manifest.json, which suffices to check an OUT folder by itself."""

from __future__ import annotations

from tcbsplit.model.base import Record
from tcbsplit.model.edit import Emission
from tcbsplit.model.handoff import HandoffEntry
from tcbsplit.model.split import Placement
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import Side

MANIFEST_VERSION = 2
NAME = "manifest.json"
TREE = "{tree}"  # stands for the absolute path of a tree in directories and arguments


class CutMade(Record, frozen=True, kw_only=True):
    """A cut as it was made: the stub, the sites that name it, and why."""

    stub: str
    file: str
    callee: str
    sites: tuple[str, ...]  # file:line: caller
    policy: str
    reason: str
    expression: str = ""


class HandedOver(Record, frozen=True, kw_only=True):
    """The whole handoff; ``layout`` is the hash that both sides hold."""

    layout: str
    entries: tuple[HandoffEntry, ...]


class Manifest(Record, frozen=True, kw_only=True):
    """The whole document."""

    version: int
    tool: str
    image: str
    emission: Emission
    configuration: str  # SHA-256 of the file
    inputs: dict[str, str]  # file of the program -> SHA-256
    outputs: dict[str, str]  # file below OUT -> SHA-256
    definitions: tuple[Placement, ...]
    cuts: tuple[CutMade, ...]
    handoff: HandedOver
    commands: dict[Side, tuple[CompileCommand, ...]]  # of the units of each tree
