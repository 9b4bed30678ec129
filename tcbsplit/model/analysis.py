"""The analysis artifact (analysis.json): the contract that other tools rely on."""

from __future__ import annotations

import msgspec

from tcbsplit.model.base import Record
from tcbsplit.model.graph import Edge, UnresolvedSite
from tcbsplit.model.program import Degraded

ANALYSIS_VERSION = 1


class AnalysedFunction(msgspec.Struct, frozen=True, kw_only=True):
    """One function of the image. ``why`` holds ids from a root to here."""

    id: str
    name: str
    file: str
    line: int
    end_line: int
    kind: str = msgspec.field(name="class")
    phases: tuple[str, ...]
    loc: int
    complexity: int
    why: tuple[str, ...]


class AnalysedEdge(msgspec.Struct, frozen=True, kw_only=True):
    """One edge between functions, with its evidence."""

    caller: str
    callee: str
    kind: str
    confidence: str
    file: str
    line: int
    rule: str


class AnalysedCut(Record, frozen=True, kw_only=True):
    """A severed edge with its policy and reason."""

    edge: Edge
    policy: str
    reason: str
    expression: str = ""


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """The classes of all functions of one image and the edges that led to them."""

    version: int
    image: str
    functions: tuple[AnalysedFunction, ...]
    edges: tuple[AnalysedEdge, ...]
    unresolved: tuple[UnresolvedSite, ...]
    degraded: tuple[Degraded, ...]
    cuts: tuple[AnalysedCut, ...] = ()
    conflicts: tuple[Edge, ...] = ()
