"""The handoff: the variables that cross from the preprocessing guest to the hypervisor."""

from __future__ import annotations

from tcbsplit.model.base import Record
from tcbsplit.model.vocabulary import PartKind, SymbolId


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
    symbol: str = ""  # C name of the variable; the manifest leaves it out
    file: str  # file that defines it
    size: int  # bytes
    layout: str
    secret: bool
    writers: tuple[SymbolId, ...]  # functions that write it in the guest
    readers: tuple[SymbolId, ...]  # functions that read it in what stays
    parts: tuple[HandoffPart, ...] = ()
