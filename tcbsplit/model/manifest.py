# SPDX-License-Identifier: MIT
"""Types of manifest.json, which alone suffices to check an OUT folder."""

from __future__ import annotations

from tcbsplit.model.access import UnknownUse
from tcbsplit.model.base import Record
from tcbsplit.model.edit import Emission
from tcbsplit.model.handoff import HandoffEntry, Input
from tcbsplit.model.phase import WrittenCut
from tcbsplit.model.split import Placement
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import Side

MANIFEST_VERSION = 2
NAME = "manifest.json"
TREE = "{tree}"  # stands for the absolute path of a tree in directories and arguments


class HandedOver(Record, frozen=True, kw_only=True):
    """The whole handoff; ``layout`` is the hash that both sides hold."""

    layout: str
    entries: tuple[HandoffEntry, ...]
    inputs: tuple[Input, ...] = ()
    unknown: tuple[UnknownUse, ...] = ()  # writes in the guest whose targets are not all known


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
    cuts: tuple[WrittenCut, ...]
    handoff: HandedOver
    commands: dict[Side, tuple[CompileCommand, ...]]  # of the units of each tree
