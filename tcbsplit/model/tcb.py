# SPDX-License-Identifier: MIT
"""The run-time TCB over time and over configurations: its lock, what changed, variants."""

from __future__ import annotations

import msgspec

from tcbsplit.model.base import Record
from tcbsplit.model.graph import Chain, Edge
from tcbsplit.model.vocabulary import SymbolId

ABSENT = "absent"  # not compiled in a variant


class Moved(Record, frozen=True, kw_only=True):
    """A function that is on one side only, with the edge that makes the difference."""

    function: SymbolId
    edge: Edge | None  # the first on its chain that leads from what is on both sides
    chain: Chain


class Difference(Record, frozen=True, kw_only=True):
    """Functions that entered and left."""

    entered: tuple[Moved, ...]
    left: tuple[Moved, ...]


class Component(Record, frozen=True, kw_only=True):
    """The contribution of a component to the run-time TCB."""

    functions: int
    lines: int


class Lock(Record, frozen=True, kw_only=True):
    """An agreed state of the run-time TCB."""

    name: str
    components: dict[str, Component]
    entries: tuple[str, ...]
    cuts: tuple[str, ...]  # "CALLER -> CALLEE: POLICY: REASON"
    raises: tuple[str, ...]  # reasons why it was allowed to grow, oldest first
    runtime: tuple[SymbolId, ...]
    resident: dict[str, Component] = msgspec.field(default_factory=dict)  # where code is retired


class Growth(Record, frozen=True, kw_only=True):
    """A function that entered the run-time TCB, the new edge that let it in, and the proof."""

    function: SymbolId
    edge: Edge | None  # from what was in the TCB before; None for a new root
    chain: Chain
    lines: int


class LockVerdict(Record, frozen=True, kw_only=True):
    """The comparison of the TCB with its lock."""

    grown: tuple[Growth, ...]
    gone: tuple[SymbolId, ...]  # in the lock, not at run time any more: slack
    components: tuple[str, ...]  # "core: 10 lines more" and the like
    changed: tuple[str, ...]  # entries and cuts that differ

    @property
    def holds(self) -> bool:
        """Return whether the lock describes the TCB exactly."""
        return not (self.grown or self.gone or self.components or self.changed)

    @property
    def larger(self) -> bool:
        """Return whether accepting it would raise the budget."""
        return bool(self.grown) or any(" more" in c for c in self.components)


class VariantRow(Record, frozen=True, kw_only=True):
    """One function: its class in every variant, and whether any has it at run time."""

    function: SymbolId
    classes: dict[str, str]
    runtime: bool


class Variants(Record, frozen=True, kw_only=True):
    """All functions of all variants."""

    variants: tuple[str, ...]
    rows: tuple[VariantRow, ...]
