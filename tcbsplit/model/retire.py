# SPDX-License-Identifier: MIT
"""Types of retired code: what is erased before the target runs, what lasts, and where it lies."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from tcbsplit.model.base import Record
from tcbsplit.model.graph import Chain, Edge
from tcbsplit.model.vocabulary import SymbolId

NAMESPACE = ".tcbsplit."  # of the sections
SYMBOLS = "tcbsplit_retired_"  # of the bounds of the sections
ERASED = "tcbsplit_erased"  # variable of the image: 1 once the sections are erased
TRAP = b"\xcc"  # what fills erased code: int3 (SDM volume 2)
# Evidence of a boot: whether what is retired was erased, and what of it is left (``Erasure``).
RETIRED = "retired code"


class SectionKind(StrEnum):
    """A section of what is retired; the value ends the names of the section and its bounds."""

    CODE = "text"
    CONSTANTS = "rodata"
    ADDRESSES = "relro"  # constants that hold addresses: position-independent code relocates them
    VARIABLES = "data"

    @property
    def section(self) -> str:
        """The name of the section."""
        return NAMESPACE + self

    @property
    def bounds(self) -> tuple[str, str]:
        """The symbols of the first byte and of the end, both page-aligned."""
        return f"{SYMBOLS}{self}", f"{SYMBOLS}{self}_end"


class LastsBecause(StrEnum):
    """Why a function is still there once retired code is erased."""

    RUNTIME = "runtime"  # the target's phase reaches it
    LAUNCH = "launch"  # it is on the way from the erasure to the target's first instruction
    COMPILER = "compiler"  # compilers may insert calls of it
    COPY = "copy"  # it may hold a copy of a function that control comes back to
    KEPT = "kept"  # the configuration says so
    ADAPTER = "adapter"  # a function of the adapter that lasts uses it


class Lasting(Record, frozen=True, kw_only=True):
    """A function that is not retired, and why."""

    id: SymbolId
    because: LastsBecause
    chain: Chain | None = None  # from a run-time root, or from the place of the erasure
    reason: str = ""  # of the configuration


class Boundary(Record, frozen=True, kw_only=True):
    """The places where retired code is erased, and all functions that last beyond."""

    places: tuple[Edge, ...] = ()  # calls; the erasure comes right before them
    # They last, are on the stack during the erasure, and are called by what is erased.
    frames: tuple[SymbolId, ...] = ()
    lasts: dict[SymbolId, Lasting] = msgspec.field(default_factory=dict)


class Way(StrEnum):
    """How a definition gets the attribute that puts it into a section."""

    ATTRIBUTE = "attribute"  # in front of it
    PROTOTYPE = "prototype"  # by a prototype in front of it: a macro writes it


class Placed(Record, frozen=True, kw_only=True):
    """A function or variable that is retired."""

    id: SymbolId
    section: SectionKind
    why: str
    way: Way = Way.ATTRIBUTE
    copied: bool = False  # compilers may inline it: all callers are erased with it


class Unplaced(Record, frozen=True, kw_only=True):
    """A function or variable that could be retired, but stays where it is."""

    id: SymbolId
    why: str


class Retirement(Record, frozen=True, kw_only=True):
    """All that a split retires."""

    placed: tuple[Placed, ...] = ()
    unplaced: tuple[Unplaced, ...] = ()
    places: tuple[Edge, ...] = ()
    frames: tuple[SymbolId, ...] = ()


class Erasure(StrEnum):
    """The state of what is retired at the end of a boot."""

    DONE = "erased"
    NOT_REACHED = "not erased"  # the boundary was not reached
    LEFT = "left"  # erased, and something is there all the same
    UNSEEN = "unseen"  # the image does not lie where its file says


class Trapped(Record, frozen=True, kw_only=True):
    """A trap in erased code, by the symbols of the image."""

    address: int
    function: str = ""  # symbol that holds the address
    file: str = ""  # base name from the symbol table's file entry for local symbols, else ""
    caller: str = ""  # symbol that it was called from, if that is known
    caller_file: str = ""


class MarkNames(Record, frozen=True, kw_only=True):
    """The marks of a project for what its boot frees, and the header that defines them."""

    code: str
    variables: str = ""  # empty: variables get no mark
    constants: str = ""
    header: str = ""  # as #include <…> names it; empty: no file gets an #include

    def of(self, section: SectionKind) -> str:
        """Return the mark of what would go into a section."""
        if section is SectionKind.CODE:
            return self.code
        return self.variables if section is SectionKind.VARIABLES else self.constants


class Marked(Record, frozen=True, kw_only=True):
    """A function or variable that lacks a mark, or has one that the graph contradicts."""

    id: SymbolId
    file: str
    line: int
    mark: str
    chain: Chain | None = None  # from a root: at boot what reaches it, else what contradicts
    why: str = ""


class Marks(Record, frozen=True, kw_only=True):
    """The marks of a tree against the graph."""

    missing: tuple[Marked, ...] = ()
    contradicted: tuple[Marked, ...] = ()
    unplaced: tuple[Unplaced, ...] = ()
    present: int = 0  # marks that the graph agrees with
