# SPDX-License-Identifier: MIT
"""Types of a split: destinations of definitions, stubs, needs, and all written files."""

from __future__ import annotations

import msgspec

from tcbsplit.model.access import UnknownUse
from tcbsplit.model.base import Record
from tcbsplit.model.edit import Edit, Emission, NewFile
from tcbsplit.model.graph import Edge
from tcbsplit.model.handoff import CalledAgain, HandoffEntry, Input
from tcbsplit.model.order import BootOrder
from tcbsplit.model.phase import Cut
from tcbsplit.model.retire import Retirement
from tcbsplit.model.vocabulary import CodeClass, DefinitionKind, Side, SymbolId


class Sides(Record, frozen=True, kw_only=True):
    """Ids of functions and variables on each side."""

    thin: frozenset[SymbolId]
    guest: frozenset[SymbolId]
    moved: frozenset[SymbolId]  # functions that only preprocess code needs: not in thin
    dropped: frozenset[SymbolId]  # unreached and left out, because it mentions what moved

    def of(self, side: Side) -> frozenset[SymbolId]:
        """Return what is on ``side``."""
        return self.thin if side is Side.THIN else self.guest


class Placement(Record, frozen=True, kw_only=True):
    """A function or variable of the original, and where it went.

    The manifest adds ``why`` and ``emitted``: SHA-256 of the text on each side that has it, with
    planned edits; in the guard style as that side's builds see it, without blanks.
    """

    id: SymbolId
    kind: DefinitionKind
    file: str
    line: int
    start: int
    end: int
    sha256: str  # of the original's bytes [start, end)
    klass: CodeClass | None = msgspec.field(default=None, name="class")  # of a function
    inline: bool = False  # a compiler need not emit it
    why: tuple[SymbolId, ...] = ()  # from a root to here
    where: tuple[Side, ...] = ()  # empty: dropped as unreached
    emitted: dict[Side, str] = msgspec.field(default_factory=dict)


class Stub(Record, frozen=True, kw_only=True):
    """One stub: the function that it replaces in a file, and the cut that requires it."""

    name: str
    file: str
    callee: SymbolId
    cut: Cut
    sites: tuple[Edge, ...]


class Need(Record, frozen=True, kw_only=True):
    """A symbol that guest code mentions and that no file of the guest defines."""

    symbol: str
    signature: str  # as C declares it; empty where no source of the hypervisor defines it
    callers: tuple[SymbolId, ...]
    entered: bool  # whether what the guest runs leads there; else the linker may leave it out


class SplitPlan(Record, frozen=True, kw_only=True):
    """Everything that a split will write."""

    thin_edits: tuple[Edit, ...]
    guest_edits: tuple[Edit, ...]
    thin_files: tuple[NewFile, ...]
    guest_files: tuple[NewFile, ...]
    guest_sources: tuple[str, ...]  # files of the input tree that the guest tree holds
    entries: tuple[HandoffEntry, ...]
    given: tuple[HandoffEntry, ...] = ()  # inputs that cross to the guest
    inputs: tuple[Input, ...] = ()
    unknown: tuple[UnknownUse, ...] = ()  # writes in the guest whose targets are not all known
    again: tuple[CalledAgain, ...] = ()
    placements: tuple[Placement, ...]
    layout_hash: str
    emission: Emission = Emission()
    retired: Retirement | None = None  # None: nothing is erased


class Split(Record, frozen=True, kw_only=True):
    """The plan together with what it was made of, for manifests and reports."""

    plan: SplitPlan
    sides: Sides
    stubs: tuple[Stub, ...]
    needs: tuple[Need, ...] = ()  # names that the guest mentions without any provider
    order: BootOrder | None = None  # of boot around the guest; None: not asked
