# SPDX-License-Identifier: MIT
"""The TCB over the revisions of a source tree."""

from __future__ import annotations

import msgspec

from tcbsplit.model.base import Record
from tcbsplit.model.size import Size
from tcbsplit.model.vocabulary import SymbolId

HISTORY_VERSION = 1


class Revision(Record, frozen=True, kw_only=True):
    """One commit."""

    commit: str  # whole id
    date: str  # of the committer, YYYY-MM-DD
    subject: str


class Snapshot(Record, frozen=True, kw_only=True):
    """What one revision was found to be; ``error`` says why nothing else is known."""

    revision: Revision
    request: bytes  # digest of the configuration, the build and tcbsplit
    error: str = ""
    tcb: Size = Size()  # functions that stay: at boot or at run time
    runtime: Size = Size()  # functions that run beside the target
    lines: dict[SymbolId, int] = msgspec.field(default_factory=dict)  # of run-time functions


class Group(Record, frozen=True, kw_only=True):
    """Functions that entered or left together, by the edge that moved them."""

    edge: str  # "CALLER -> CALLEE"; "a root" if they are entered by themselves
    file: str = ""  # of the edge
    line: int = 0
    functions: tuple[SymbolId, ...]
    lines: int  # of these functions


class Step(Record, frozen=True, kw_only=True):
    """One revision, and what changed since the last one before it that could be read."""

    revision: Revision
    error: str = ""
    tcb: Size = Size()
    runtime: Size = Size()
    entered: tuple[Group, ...] = ()
    left: tuple[Group, ...] = ()


class History(Record, frozen=True, kw_only=True):
    """All revisions, the oldest first."""

    version: int
    name: str
    steps: tuple[Step, ...]
