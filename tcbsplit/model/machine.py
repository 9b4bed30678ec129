# SPDX-License-Identifier: MIT
"""Machine code: the branches between functions in an object or a linked image.

Nodes are places that symbols name; edges lead from the node that holds an instruction, a relocated
word or an address to the node that it means. Addresses are bytes from the start of the section in
an object, virtual addresses in an image.
"""

from __future__ import annotations

import re
from collections.abc import Container

import msgspec

from tcbsplit.model.base import Record, Row
from tcbsplit.model.vocabulary import BranchKind, ContradictionKind

# What compilers append to the names of parts and copies of a function.
_COPY = re.compile(
    r"(\.(constprop|isra|part|cold|lto_priv|localalias|llvm|unlikely|__uniq)(\.\d+)*)+$"
)
RULE = "machine code"  # of edges that only it has


class MachineName(Row, frozen=True):
    """A symbol at a place. ``file`` is empty for a global one.

    Else it is the unit of the object, or the base name that the symbol table of an image gives.
    """

    name: str
    file: str = ""

    @property
    def plain(self) -> str:
        """The name of the function in the source, for a part or a copy of it."""
        return _COPY.sub("", self.name)


class MachineNode(Row, frozen=True):
    """A place with the symbols that stand for it; the first is the one to show."""

    names: tuple[MachineName, ...]
    address: int = -1  # -1: defined elsewhere
    code: bool = True
    section: str = ""


class MachineEdge(Row, frozen=True):
    """One instruction or word of ``source`` that leads to ``target`` (positions of nodes)."""

    source: int
    target: int
    kind: BranchKind
    at: int  # address of the instruction or word


class MachineCode(Record, frozen=True, kw_only=True):
    """The facts read from one ELF file."""

    path: str
    digest: str  # SHA-256 of the file
    unit: str = ""  # the source of an object; empty for an image
    nodes: tuple[MachineNode, ...] = ()
    edges: tuple[MachineEdge, ...] = ()
    weak: tuple[int, ...] = ()  # nodes of an object whose symbols are all weak
    unread: str = ""  # why there are no edges; empty if its instructions were read

    def without_losers(self, strong: Container[str]) -> MachineCode:
        """The same but for edges of weak bodies that a ``strong`` definition elsewhere replaces."""
        lost = {n for n in self.weak if any(x.name in strong for x in self.nodes[n].names)}
        kept = tuple(e for e in self.edges if e.source not in lost)
        return msgspec.structs.replace(self, edges=kept) if lost else self

    def without(self, kind: BranchKind) -> MachineCode:
        """The same but for the edges of a kind."""
        kept = tuple(e for e in self.edges if e.kind != kind)
        return msgspec.structs.replace(self, edges=kept)


class Built(Record, frozen=True, kw_only=True):
    """The machine code of a program, as far as it is there."""

    codes: tuple[MachineCode, ...] = ()
    image: str = ""  # path of the linked image; empty if there is none
    missing: tuple[str, ...] = ()  # units without an object
    stale: tuple[str, ...] = ()  # units whose object is older than a source
    looked: tuple[str, ...] = ()  # where objects and images were looked for


class Contradiction(Record, frozen=True, kw_only=True):
    """A contradiction between machine code and the graph or a class."""

    kind: ContradictionKind
    caller: str  # id
    callee: str
    address: int
    path: str  # of the ELF file
    file: str  # of the caller's definition
    line: int
    known: str  # what the graph and the classes say
    reason: str  # the likely cause


class Findings(Record, frozen=True, kw_only=True):
    """A program held against machine code."""

    build: str  # original | thin | guest, or the path that was given
    image: str = ""  # path of the linked image; empty if there is none
    unread: str = ""  # why no instruction was read, of machine code that is there
    objects: int = 0  # that were read
    branches: int = 0  # edges between functions of the program, of all files that were read
    addresses: int = 0
    joined: int = 0  # edges that only machine code has, and that are in the graph
    missing: tuple[str, ...] = ()  # units without an object
    stale: tuple[str, ...] = ()  # units whose object is older than a source
    # Functions without run time among their phases that compilers call by themselves, where
    # nothing says whether they do.
    affected: tuple[str, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
