"""Edits and plans as data: what a split will write, before a byte is written."""

from __future__ import annotations

import msgspec

from tcbsplit.model.base import Record
from tcbsplit.model.vocabulary import DefinitionKind, PartKind, Side, Style, SymbolId


class Edit(msgspec.Struct, frozen=True, order=True):
    """Replace bytes [start, end) of a file of the input tree. Sorted by place.

    The last two fields matter in the guard style only, where one tree serves all builds.
    """

    file: str
    start: int
    end: int
    replacement: bytes
    reason: str
    always: bool = False  # in every build
    otherwise: bytes = b""  # what the other builds have instead of an insertion


class NewFile(Record, frozen=True, kw_only=True):
    """A file to write; ``path`` is relative to OUT."""

    path: str
    content: bytes


class HandoffPart(Record, frozen=True, kw_only=True):
    """A part of a variable that is more than its bytes; as ``struct tcbsplit_part`` says."""

    kind: PartKind
    path: str  # in the variable, e.g. .user.name
    at: int  # offset in the variable
    size: int  # bytes of one element, or of the part itself
    most: int = 0  # elements; of a choice the tag's value
    link: int = 0  # offset of the pointer to the next element
    reference: str = ""  # path of the integer that is the length or the tag
    length_at: int = 0  # where in the blob that integer is
    length_size: int = 0  # its bytes

    @property
    def follows(self) -> bool:
        """Whether it is a pointer, with what it points to in a room of its own."""
        return self.kind in (PartKind.ARRAY, PartKind.STRING, PartKind.LIST)


class HandoffEntry(Record, frozen=True, kw_only=True):
    """One variable that crosses from guest to hypervisor."""

    id: int
    name: SymbolId
    symbol: str  # C name of the variable
    file: str  # file that defines it
    size: int  # bytes
    layout: str
    secret: bool
    writers: tuple[SymbolId, ...]  # functions that write it in the guest
    readers: tuple[SymbolId, ...]  # functions that read it in what stays
    parts: tuple[HandoffPart, ...] = ()


class Placement(Record, frozen=True, kw_only=True):
    """Where a definition of the original went."""

    id: SymbolId
    kind: DefinitionKind
    file: str
    line: int
    klass: str
    where: tuple[Side, ...]  # empty: dropped as unreached
    start: int
    end: int
    digest: str  # SHA-256 of the definition's bytes [start, end) in the original


class Emission(Record, frozen=True, kw_only=True):
    """How a split is written."""

    style: Style = Style.EXCISE
    drop_unreached: bool = False  # code that no phase reaches leaves thin, too
    series: bool = False  # the patch as one per component, too


EXCISED = Emission()


class SplitPlan(Record, frozen=True, kw_only=True):
    """Everything that a split will write."""

    thin_edits: tuple[Edit, ...]
    guest_edits: tuple[Edit, ...]
    thin_files: tuple[NewFile, ...]
    guest_files: tuple[NewFile, ...]
    guest_sources: tuple[str, ...]  # files of the input tree that the guest tree holds
    entries: tuple[HandoffEntry, ...]
    placements: tuple[Placement, ...]
    layout_hash: str
    emission: Emission = Emission()
