# SPDX-License-Identifier: MIT
"""A draft of a configuration: what was found, why it is believed, and what could not be decided."""

from __future__ import annotations

import msgspec

from tcbsplit.model.base import Record
from tcbsplit.model.vocabulary import KeyMatch, SymbolId


class Believed(Record, frozen=True, kw_only=True):
    """A value of the configuration and the evidence for it."""

    value: str
    why: str


class ImageOffer(Record, frozen=True, kw_only=True):
    """A linked image that the compile database may have made."""

    path: str  # relative to the source tree if it is below
    bytes: int
    launches: bool  # it holds code that enters a guest
    landmarks: int  # what of a hypervisor it shows


class Beginnings(Record, frozen=True, kw_only=True):
    """Where the phases begin, and what is to be asked about that."""

    boot: tuple[Believed, ...] = ()
    runtime: tuple[Believed, ...] = ()
    boot_only: tuple[Believed, ...] = ()
    launch: tuple[Believed, ...] = ()
    questions: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """All names that were placed."""
        return frozenset(b.value for b in (*self.boot, *self.runtime, *self.launch))


class Keyed(Record, frozen=True, kw_only=True):
    """Records that hold a literal and a function, and a function that is called with literals."""

    record: str
    key: str  # field
    function: str  # field
    dispatch: SymbolId
    argument: int
    match: KeyMatch
    entries: int


class Draft(Record, frozen=True, kw_only=True):
    """Everything that ``init`` writes."""

    name: str
    source: str  # relative to the configuration
    compdb: str  # relative to the configuration
    image: str
    linked: str = ""  # relative to the source tree
    offers: tuple[ImageOffer, ...] = ()
    exclude: tuple[Believed, ...] = ()
    units: int = 0  # of the image
    others: int = 0  # units of the database that are not part of it
    beginnings: Beginnings = Beginnings()
    components: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    candidates: tuple[Believed, ...] = ()  # for preprocessing
    keyed: tuple[Keyed, ...] = ()
    questions: tuple[str, ...] = ()  # about the whole
