# SPDX-License-Identifier: MIT
"""Types of manifest.json and build.json, which suffice to check an OUT folder."""

from __future__ import annotations

import msgspec

from tcbsplit.model.access import UnknownUse
from tcbsplit.model.base import Record, Row
from tcbsplit.model.edit import Emission
from tcbsplit.model.handoff import CalledAgain, HandoffEntry, Input
from tcbsplit.model.phase import WrittenCut
from tcbsplit.model.split import Placement
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import Side

MANIFEST_VERSION = 3
NAME = "manifest.json"
BUILDS = "build.json"
TREE = "{tree}"  # stands for the absolute path of a tree in directories and arguments


class HandedOver(Record, frozen=True, kw_only=True):
    """The whole handoff; ``layout`` is the hash that both sides hold."""

    layout: str
    entries: tuple[HandoffEntry, ...]
    given: tuple[HandoffEntry, ...] = ()  # inputs that cross to the guest
    given_layout: str = ""  # as ``layout``, for these
    inputs: tuple[Input, ...] = ()
    unknown: tuple[UnknownUse, ...] = ()  # writes in the guest whose targets are not all known
    again: tuple[CalledAgain, ...] = ()  # calls that the guest does not repeat


class FileState(Row, frozen=True):
    """What lies at a path: a file, a link, or neither (a pipe, a device, unreadable)."""

    digest: str = ""  # SHA-256 of a file
    executable: bool = False
    link: str = ""  # where a symbolic link points to


class BuildRecord(Record, frozen=True, kw_only=True):
    """What the builds of an OUT folder wrote there. Paths are relative to it."""

    place: str = ""  # absolute path of OUT when it was built; empty if it never was
    finished: bool = True  # false from the beginning of a build to its end
    kept: tuple[str, ...] = ()  # were there before, neither emitted nor built
    products: dict[str, FileState] = msgspec.field(default_factory=dict)


class Manifest(Record, frozen=True, kw_only=True):
    """The whole document."""

    version: int
    tool: str
    image: str
    emission: Emission
    configuration: str  # SHA-256 of the file
    inputs: dict[str, str]  # file of the program -> SHA-256
    outputs: dict[str, str]  # file below OUT -> SHA-256
    executable: tuple[str, ...]  # those of them that can be executed
    links: dict[str, str]  # those that are symbolic links -> where they point to
    definitions: tuple[Placement, ...]
    cuts: tuple[WrittenCut, ...]
    handoff: HandedOver
    commands: dict[Side, tuple[CompileCommand, ...]]  # of the units of each tree
