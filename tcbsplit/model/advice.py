# SPDX-License-Identifier: MIT
"""Answers to questions about an analysis: explain, conflicts, what-if, suggest."""

from __future__ import annotations

from tcbsplit.model.base import Record
from tcbsplit.model.graph import Chain, Edge, Entrance
from tcbsplit.model.phase import CutEdge, LeftOut
from tcbsplit.model.retire import Lasting
from tcbsplit.model.size import Size
from tcbsplit.model.vocabulary import CodeClass, CutPolicy, Phase, SymbolId


class Use(Record, frozen=True, kw_only=True):
    """A variable that a function mentions, and who else reads and writes it."""

    variable: SymbolId
    readers: tuple[SymbolId, ...]
    writers: tuple[SymbolId, ...]


class Explanation(Record, frozen=True, kw_only=True):
    """All that is known of why a function is where it is."""

    id: SymbolId
    kind: CodeClass
    phases: tuple[Phase, ...]
    chains: dict[Phase, Chain]
    dominators: tuple[
        SymbolId, ...
    ]  # without any one of these it would leave the TCB; nearest first
    uses: tuple[Use, ...]
    held_off: tuple[CutEdge, ...]  # cuts without which it would be pulled back into the TCB
    left_out: tuple[LeftOut, ...]  # edges to it that phase variables exclude
    assumed: dict[SymbolId, Entrance]  # roots of its chains that are not configured
    lasts: Lasting | None = None  # why it is there beside the target, where code is retired
    erased: tuple[Edge, ...] = ()  # the calls before which it is erased, if it is


class Between(Record, frozen=True, kw_only=True):
    """All chains from one function to another, collapsed: how they begin, pass and end."""

    start: SymbolId
    end: SymbolId
    shortest: Chain
    heads: tuple[SymbolId, ...]  # called by the start
    middle: tuple[SymbolId, ...]
    tails: tuple[SymbolId, ...]  # call the end
    edges: tuple[Edge, ...]


class Mention(Record, frozen=True, kw_only=True):
    """One conflicting edge: when its caller runs, and how it is reached."""

    edge: Edge
    phases: tuple[Phase, ...]
    chain: Chain  # from a root to the caller, run time first


class Conflict(Record, frozen=True, kw_only=True):
    """All conflicting mentions of one designated function, and cuts that would resolve them."""

    callee: SymbolId
    mentions: tuple[Mention, ...]
    fragment: str  # YAML for the configuration's ``cuts``


class Outcome(Record, frozen=True, kw_only=True):
    """Changes of the trusted computing base: code that leaves, code that enters, new conflicts.

    Sizes are those once every conflict is cut.
    """

    before: Size
    after: Size
    leaves: Size
    leaving: tuple[SymbolId, ...]
    entering: tuple[SymbolId, ...]
    conflicts: tuple[Edge, ...]


class Proposal(Record, frozen=True, kw_only=True):
    """A piece of the program that could leave, and its price."""

    name: str  # the folder or file with most of it
    functions: tuple[SymbolId, ...]
    entries: tuple[SymbolId, ...]  # called by what stays: these are designated and cut
    frees: Size
    cuts: tuple[Edge, ...]
    lost_at_runtime: tuple[Edge, ...]
    handoff: tuple[SymbolId, ...]
    handoff_bytes: int
    annotate: tuple[SymbolId, ...]  # handed over and holding pointers
    replaced: tuple[SymbolId, ...]  # what only the hypervisor may execute
    serves: tuple[SymbolId, ...] = ()  # called at run time through pointers that only it hands out
    prepares: bool = True  # it runs before the launch, too
    score: int
    fragment: str  # YAML to accept it


class Border(Record, frozen=True, kw_only=True):
    """All calls from one component to another, and what leaves the TCB without them."""

    caller: str  # component
    callee: str
    calls: int  # edges that are there
    severed: int  # edges that declared cuts sever
    entries: tuple[str, ...]  # functions that are called
    frees: Size  # at the least: what only these calls reach


class CutPrice(Record, frozen=True, kw_only=True):
    """One declared cut, where it took effect, and what came back without it."""

    callee: str
    policy: CutPolicy
    reason: str
    sites: tuple[str, ...]
    frees: Size
