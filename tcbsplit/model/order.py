# SPDX-License-Identifier: MIT
"""What boot sets up too late: after the place where the preprocessing guest runs."""

from __future__ import annotations

from tcbsplit.model.access import UnknownUse
from tcbsplit.model.base import Record
from tcbsplit.model.graph import Chain, Edge
from tcbsplit.model.vocabulary import SymbolId


class LateWay(Record, frozen=True, kw_only=True):
    """A way of boot to a write: one function comes to the preprocessing guest, then to the write.

    ``chain`` begins in that function with the later call and ends at a function that writes; it has
    no edges where the function itself writes.
    """

    place: Edge  # by which the function comes to the preprocessing guest
    chain: Chain


class LateState(Record, frozen=True, kw_only=True):
    """State that handlers of guest exits read and boot writes after the preprocessing guest ran.

    ``name`` is the id of a variable, or a record type for memory that is no variable. ``writers``
    run at boot only. Without ``readers``, no code reads it: the processor or a device may.
    """

    name: str
    fields: tuple[str, ...] = ()  # as far as known: written late, and read
    file: str = ""  # of the variable
    line: int = 0
    writers: tuple[SymbolId, ...]
    readers: tuple[SymbolId, ...]
    ways: tuple[LateWay, ...]


class LateHandler(Record, frozen=True, kw_only=True):
    """A function that handlers of guest exits call only through pointers that boot sets late."""

    function: SymbolId
    takers: tuple[SymbolId, ...]  # boot functions that hand out its address
    ways: tuple[LateWay, ...]


class WideWriter(Record, frozen=True, kw_only=True):
    """A boot function that writes late through pointers which may lead to very many variables."""

    function: SymbolId
    variables: int


class BootOrder(Record, frozen=True, kw_only=True):
    """The order of boot around the preprocessing guest."""

    places: tuple[Edge, ...]  # calls that start the preprocessing guest; empty: not known
    late: tuple[LateState, ...]  # not in force while it runs
    handlers: tuple[LateHandler, ...] = ()  # nor are these
    # Also written late, but only by functions that run beside the target as well.
    maintained: tuple[SymbolId, ...] = ()
    unknown: tuple[UnknownUse, ...] = ()  # late writes whose targets are not all known
    wide: tuple[WideWriter, ...] = ()

    @property
    def holds(self) -> bool:
        """Return whether nothing is known to come too late, and the place is known."""
        return bool(self.places) and not self.late and not self.handlers
