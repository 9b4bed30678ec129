# SPDX-License-Identifier: MIT
"""Types of the data handed over from the preprocessing guest to the hypervisor."""

from __future__ import annotations

from tcbsplit.model.base import Record
from tcbsplit.model.vocabulary import InputWay, PartKind, SymbolId


class HandoffPart(Record, frozen=True, kw_only=True):
    """A part of a variable that is no plain value, as ``struct tcbsplit_part`` describes it."""

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
        """Return whether it is a pointer whose target is handed over, too."""
        return self.kind in (PartKind.ARRAY, PartKind.STRING, PartKind.LIST)


class HandoffEntry(Record, frozen=True, kw_only=True):
    """One variable, or one return value, that is handed over."""

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


class Input(Record, frozen=True, kw_only=True):
    """A variable that the guest reads and that the hypervisor sets before it calls what moved."""

    name: SymbolId
    symbol: str = ""  # C name of the variable; the manifest leaves it out
    file: str  # file that defines it
    line: int
    readers: tuple[SymbolId, ...]  # functions that read it in the guest
    writers: tuple[SymbolId, ...]  # functions that set it in what stays
    value: str = ""  # the one integer that it is set to
    way: InputWay | None = None  # as the settings say
    reason: str = ""


class CalledAgain(Record, frozen=True, kw_only=True):
    """A function that moved and may be called more than once; the guest runs it once."""

    function: SymbolId
    file: str  # of a later call
    line: int
    variables: tuple[SymbolId, ...]  # handed over, and read and written by what it runs
