# SPDX-License-Identifier: MIT
"""Traces: the code of an image that ran in each phase, and the results of an audit."""

from __future__ import annotations

import msgspec

from tcbsplit.model.base import Record
from tcbsplit.model.vocabulary import BootedBuild, ViolationKind


class Entered(Record, frozen=True, kw_only=True):
    """A phase in which a function ran, and whence it was first entered."""

    phase: str
    caller: str = ""  # a symbol whose code branched to it; "" if none of the image's did
    # The caller is that of the last indirect branch before, which need not have led here.
    indirect: bool = False
    inside: bool = False  # its first instruction did not run: it went on, or what it inlines ran


class ExecutedFunction(Record, frozen=True, kw_only=True):
    """A function symbol of which something ran."""

    name: str
    file: str  # base name from the symbol table's file entry for local symbols, else ""
    address: int
    aliases: tuple[tuple[str, str], ...] = ()  # (name, file) of other symbols at the address
    entered: tuple[Entered, ...]

    @property
    def phases(self) -> tuple[str, ...]:
        """The phases in which it ran."""
        return tuple(e.phase for e in self.entered)


class Stray(Record, frozen=True, kw_only=True):
    """Code of the image that ran and has no symbol."""

    address: int  # the first of it
    near: str  # the symbol that begins last before it; "" if none does
    phases: tuple[str, ...]


class Trace(Record, frozen=True, kw_only=True):
    """The code of one image that one boot ran."""

    scenario: str
    build: BootedBuild
    image: str
    digest: str  # SHA-256 of the image
    phases: tuple[str, ...]  # in order; the first is "start"
    reached: tuple[str, ...]  # phases in which anything ran
    functions: tuple[ExecutedFunction, ...]
    blocks: int  # of the image's code
    foreign: int  # blocks at the image's addresses that hold other code: a guest's
    outside: int  # blocks of the image's code in no function symbol
    strays: tuple[Stray, ...] = ()  # these, by what is near

    def __post_init__(self) -> None:
        """Refuse phases that the trace does not list: what ran in them would be overlooked."""
        named = {*self.reached, *(p for f in self.functions for p in f.phases)}
        named.update(p for s in self.strays for p in s.phases)
        if unknown := sorted(named - set(self.phases)):
            raise ValueError(f"{unknown[0]} is none of its phases: {', '.join(self.phases)}")


class Violation(Record, frozen=True, kw_only=True):
    """Something that ran although the analysis says that it does not."""

    kind: ViolationKind
    scenario: str
    build: str
    function: str  # id, or the symbol if no id fits; the one before and the address if none does
    phase: str
    classified: str  # class and phases, in words
    reason: str  # why the analysis said so
    caller: str = ""  # from where it was entered, if known
    indirect: bool = False  # see Entered
    edge: str = ""  # the edge that the call graph lacks, if it does


class Coverage(Record, frozen=True, kw_only=True):
    """Run-time functions that the scenarios did not exercise: a lower bound of what can run."""

    runtime: int  # functions with runtime among their phases and a symbol in the image
    executed: int
    never: tuple[str, ...]  # ids


class Audit(Record, frozen=True, kw_only=True):
    """All traces against the classes."""

    traces: tuple[Trace, ...]
    violations: tuple[Violation, ...]
    coverage: dict[str, Coverage]  # build -> coverage
    # Symbols that ran after the boundary and that the analysis does not know.
    unknown: tuple[str, ...] = ()
    excused: dict[str, str] = msgspec.field(default_factory=dict)  # what of these, and why
