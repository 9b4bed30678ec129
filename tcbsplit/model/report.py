# SPDX-License-Identifier: MIT
"""The data of the report of a complete run; every format is generated from it."""

from __future__ import annotations

from tcbsplit.model.base import Record
from tcbsplit.model.collision import Collision
from tcbsplit.model.graph import IndirectSite
from tcbsplit.model.handoff import HandoffEntry
from tcbsplit.model.machine import Findings
from tcbsplit.model.phase import WrittenCut
from tcbsplit.model.program import Degraded
from tcbsplit.model.resident import Resident
from tcbsplit.model.result import BootResult, LocTable
from tcbsplit.model.size import Bound
from tcbsplit.model.tcb import LockVerdict

REPORT_VERSION = 3


class Report(Record, frozen=True, kw_only=True):
    """The report of a split: its input, size reduction, boots and uncertainties."""

    version: int
    name: str
    table: LocTable
    cuts: tuple[WrittenCut, ...]
    entries: tuple[HandoffEntry, ...]
    boots: tuple[BootResult, ...]
    unresolved: tuple[IndirectSite, ...]
    degraded: tuple[Degraded, ...]
    bounds: tuple[Bound, ...]  # the TCB before and after, with certain edges and with all
    assumed: int  # edges between functions that rest on types alone
    machine: tuple[Findings, ...]  # machine code against the analysis, by build
    collisions: tuple[Collision, ...] = ()  # names with several definitions
    agreed: LockVerdict | None = None  # against the lock file; None: none was given
    resident: Resident | None = None  # while the target runs
    inputs: tuple[str, ...]  # versions and digests, one a line
