"""Phases and classes: which code runs when, and the chain that proves it."""

from __future__ import annotations

from tcbsplit.model.base import Record
from tcbsplit.model.graph import Chain, Edge

PHASES = ("boot", "runtime", "preprocess")
CLASSES = ("runtime", "boot", "preprocess", "shared", "unreached")


class Cut(Record, frozen=True, kw_only=True):
    """A declared cut: edges severed on purpose, what replaces them, and why."""

    caller: str  # id, glob, or "*" for every caller
    callee: str  # id or glob
    policy: str  # handoff | elide | stub | panic
    reason: str
    expression: str = ""  # of a stub
    other_image: bool = False  # the caller belongs to another image that links the same source
    optional: bool = False  # some configurations of the project have no such edge
    where: str = ""  # file:line in the configuration


class CutEdge(Record, frozen=True, kw_only=True):
    """An edge of the graph that a cut severs."""

    edge: Edge
    cut: Cut


class FunctionClass(Record, frozen=True, kw_only=True):
    """The phases of one function, its class, and one shortest chain per phase."""

    id: str
    phases: tuple[str, ...]
    kind: str  # one of CLASSES
    chains: dict[str, Chain]

    @property
    def why(self) -> tuple[str, ...]:
        """Ids from a root to here, for the weightiest phase; empty when unreached."""
        for phase in ("runtime", "boot", "preprocess"):
            if phase in self.chains:
                return self.chains[phase].ids
        return ()


class Classification(Record, frozen=True, kw_only=True):
    """Classes of all functions, the edges that were cut, and the conflicts that remain."""

    functions: dict[str, FunctionClass]
    cut_edges: tuple[CutEdge, ...]
    conflicts: tuple[Edge, ...]  # what stays refers to what was designated to move
    assumed: frozenset[str] = frozenset()  # roots that the program shows and nobody named

    def of(self, function: str) -> str:
        """Return the class of ``function`` (``unreached`` for an unknown id)."""
        found = self.functions.get(function)
        return found.kind if found else "unreached"


def summary(phases: frozenset[str]) -> str:
    """Return the class that summarises a set of phases."""
    if "preprocess" in phases:
        return "shared" if len(phases) > 1 else "preprocess"
    if "runtime" in phases:
        return "runtime"
    return "boot" if phases else "unreached"
