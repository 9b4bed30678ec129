# SPDX-License-Identifier: MIT
"""Phases and classes: when code runs, and the chain that proves it."""

from __future__ import annotations

from typing import Any

from tcbsplit.model.base import Reason, Record
from tcbsplit.model.graph import Chain, Edge
from tcbsplit.model.vocabulary import CodeClass, CutPolicy, Phase, SymbolId

# GCC manual, section 2.1: the compiler may insert calls of these in any program.
OF_COMPILERS = frozenset({"memcpy", "memmove", "memset", "memcmp"})


class Cut(Record, frozen=True, kw_only=True):
    """A declared cut: edges severed on purpose, what replaces them, and why."""

    caller: str  # id, glob, or "*" for every caller
    callee: str  # id or glob
    policy: CutPolicy
    reason: Reason
    expression: str = ""  # of a stub
    other_image: bool = False  # the caller belongs to another image that links the same source
    optional: bool = False  # some configurations of the project have no such edge
    where: str = ""  # file:line in the configuration


class PhaseVariable(Record, frozen=True, kw_only=True):
    """A global variable that says in which phase the hypervisor is, and its possible values.

    ``name`` is an id or a bare name; ``&NAME`` stands for comparisons with the address of a
    variable, which are 1 where they hold and 0 where not. A value is a number, an enumerator, or a
    comparison with one of these (``< NAME``); without values for a phase any is possible.
    """

    name: str
    boot: tuple[str, ...] = ()
    runtime: tuple[str, ...] = ()
    optional: bool = False
    where: str = ""  # file:line in the configuration


class LeftOut(Record, frozen=True, kw_only=True):
    """An edge that is not followed in a phase, and the conditions that cannot hold there."""

    edge: Edge
    phase: Phase
    conditions: tuple[str, ...]


class CutEdge(Record, frozen=True, kw_only=True):
    """An edge of the graph that a cut severs."""

    edge: Edge
    cut: Cut


class WrittenCut(Record, frozen=True, kw_only=True):
    """A cut as documents hold it: its terms, and where it took effect."""

    edge: Edge | None = None  # that it severs; in analysis.json
    stub: str = ""  # that stands for the callee; in manifest.json
    file: str = ""  # of the stub; in manifest.json
    callee: SymbolId = SymbolId("")  # in manifest.json and report.json
    sites: tuple[str, ...] = ()  # file:line, in manifest.json with the caller
    policy: CutPolicy
    reason: str
    expression: str = ""  # of a stub; not in report.json

    @classmethod
    def of(cls, cut: Cut, **where: Any) -> WrittenCut:
        """Return ``cut`` for a document; ``where`` are the fields that say where it took effect."""
        terms = {"policy": cut.policy, "reason": cut.reason, "expression": cut.expression}
        return cls(**(terms | where))


class FunctionClass(Record, frozen=True, kw_only=True):
    """The phases of one function, its class, and one shortest chain per phase."""

    id: SymbolId
    phases: tuple[Phase, ...]
    kind: CodeClass
    chains: dict[Phase, Chain]

    @property
    def why(self) -> tuple[SymbolId, ...]:
        """Ids from a root to here, for the weightiest phase; empty when unreached."""
        for phase in (Phase.RUNTIME, Phase.BOOT, Phase.PREPROCESS):
            if phase in self.chains:
                return self.chains[phase].ids
        return ()


class Classification(Record, frozen=True, kw_only=True):
    """Classes of all functions, the edges that were cut, and the conflicts that remain."""

    functions: dict[SymbolId, FunctionClass]
    cut_edges: tuple[CutEdge, ...]
    conflicts: tuple[Edge, ...]  # what stays refers to what was designated to move
    left_out: tuple[LeftOut, ...] = ()  # edges that phase variables exclude
    assumed: frozenset[SymbolId] = frozenset()  # roots found in the program, not configured

    def of(self, function: SymbolId) -> CodeClass:
        """Return the class of ``function`` (``unreached`` for an unknown id)."""
        found = self.functions.get(function)
        return found.kind if found else CodeClass.UNREACHED


def summary(phases: frozenset[Phase]) -> CodeClass:
    """Return the class that summarises a set of phases."""
    if Phase.PREPROCESS in phases:
        return CodeClass.SHARED if len(phases) > 1 else CodeClass.PREPROCESS
    if Phase.RUNTIME in phases:
        return CodeClass.RUNTIME
    return CodeClass.BOOT if phases else CodeClass.UNREACHED
