# SPDX-License-Identifier: MIT
"""Suggest code to move, with the savings and costs of each proposal.

The profit is the number of lines that leave. Costs: each call from code that stays is a cut, with a
higher price at run time, where behaviour is lost; each variable that moved code writes and other
code reads is handed over; each call of moved code to code that a guest cannot execute (inline
assembly, MMIO) needs a replacement. Several prices per cut are tried, so that small and large
pieces appear. The pieces of every optimal division are the proposals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import IntEnum

from tcbsplit.model.access import Users, users_of_variables
from tcbsplit.model.advice import Proposal
from tcbsplit.model.graph import CONTROL, Edge, ReferenceGraph
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import EdgeKind, Phase, SymbolId, ValueKind
from tcbsplit.phases.classify import Found, running, staying
from tcbsplit.phases.closure import NEVER, Price, leaving
from tcbsplit.phases.measure import Scale
from tcbsplit.phases.necessary import launched, necessary
from tcbsplit.phases.pieces import apart, named
from tcbsplit.phases.request import Resolved
from tcbsplit.phases.serving import Serving
from tcbsplit.phases.weights import Weights

_SWEEP = (10, 100, 400)  # prices of a cut at boot, in lines
_LEAST, _MOST = 200, 0.3  # of a proposal: minimum of lines, maximum share of all lines
_BY_HAND = 12  # calls at run time that cuts replace: who answers more has replaced a library
_SAME = 0.5  # share of common functions that makes two proposals equal
_OUTSIDE = "outside"
_ASKED = CONTROL | {"address", "init"}


class Market:
    """Weights and prices of a program, for any price of a cut."""

    def __init__(
        self,
        program: Program,
        graph: ReferenceGraph,
        request: Resolved,
        scale: Scale,
        pinned: Iterable[SymbolId],
        weights: Weights,
    ) -> None:
        self.program = program
        self.graph = graph
        self.scale = scale
        self.weights = weights
        self.found: Found = staying(graph, request)
        self._runs = running(graph, request)
        self.stays = self.found[Phase.BOOT].keys() | self.found[Phase.RUNTIME].keys()
        privileged = {i for i in self.stays if program.functions[i].privileged}
        self.privileged = privileged
        self.pinned = {*request.boot, *request.runtime, *privileged, *pinned}
        severed = {c.edge for c in request.cut_edges}
        boot = self.found[Phase.BOOT]

        def follow(edge: Edge) -> bool:
            return edge.caller in boot and edge.callee in boot and edge not in severed

        self._boots = (graph, request.boot, request.launch, follow)
        self.pinned |= necessary(*self._boots)
        self.edges = [
            e
            for e in graph.edges
            if e.kind in _ASKED
            and e.callee in self.stays
            and e.caller in self.stays
            and e not in severed
        ]
        self.incoming: dict[SymbolId, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            self.incoming[edge.callee].append(edge)
        self.roots = {*request.boot, *request.runtime}
        self._launched: frozenset[SymbolId] | None = None
        self._serving = Serving(graph, self.roots, self.stays, self.late)
        self.shared = _shared(users_of_variables(program, graph), self.stays)

    def price(self, edge: Edge, cut: int) -> int:
        """Return the cost of severing an edge."""
        return cut * (self.weights.runtime if self.late(edge) else 1)

    def late(self, edge: Edge) -> bool:
        """Return whether an edge is followed at run time: what precedes a launch is not."""
        return edge.caller in self.found[Phase.RUNTIME] and self._runs(edge.caller, edge)

    def starts(self, functions: frozenset[SymbolId]) -> bool:
        """Return whether a launch is reached no more without a piece: it starts everything."""
        if self._launched is None:
            self._launched = launched(*self._boots)
        return launched(*self._boots, functions) != self._launched

    def divide(self, inside: frozenset[SymbolId], cut: int) -> frozenset[SymbolId]:
        """Return the functions of ``inside`` that leave at this price of a cut; all others stay."""
        weights: dict[str, int] = {i: self.scale.lines[i] for i in inside}
        weights[_OUTSIDE] = 0

        def node(function: SymbolId) -> str:
            return function if function in inside else _OUTSIDE

        prices: list[Price] = [
            (node(e.caller), e.callee, self.price(e, cut))
            for i in inside
            for e in self.incoming.get(i, ())
        ]
        for variable, (writers, readers) in self.shared.items():
            if not writers & inside:
                continue
            weights[f"read:{variable}"] = weights[f"written:{variable}"] = 0
            fact = self.program.variables[variable]
            cost = self.weights.variable if fact.layout.plain else self.weights.pointer
            prices.append((f"read:{variable}", f"written:{variable}", cost))
            prices += [(node(reader), f"read:{variable}", NEVER) for reader in readers]
            prices += [(f"written:{variable}", w, NEVER) for w in writers & inside]
        burdens: dict[str, int] = defaultdict(int)
        for function in inside:
            for edge in self.graph.outgoing.get(function, ()):
                if edge.callee in self.privileged and edge.kind is EdgeKind.CALL:
                    burdens[function] += self.weights.replace
        return inside & leaving(weights, prices, {*self.pinned, _OUTSIDE}, burdens)

    def file_of(self, function: SymbolId) -> str:
        """Return the file that defines a function."""
        return self.program.functions[function].extent.file

    def parts(self, piece: frozenset[SymbolId]) -> list[frozenset[SymbolId]]:
        """Return what of a piece can be moved by itself: proposals of their own."""
        if not piece:
            return []
        edges = (e for i in piece for e in self.incoming.get(i, ()))
        return apart(piece, edges, self.shared)

    def neighbourhood(self, folder: str) -> frozenset[SymbolId]:
        """Return the functions of a folder (or file), and those that only they reach."""
        own = {
            i for i in self.stays if f"{self.program.functions[i].extent.file}/".startswith(folder)
        }
        others = self.graph.reach(
            sorted(self.roots - own),
            lambda e: e.kind in CONTROL and e.callee not in own and e.callee in self.stays,
        )
        return frozenset(self.stays - others.keys())

    def proposal(self, functions: frozenset[SymbolId], name: str) -> Proposal:
        """Price one piece."""
        cuts = [e for e in self.edges if e.callee in functions and e.caller not in functions]
        lost = [e for e in cuts if self.late(e)]
        handoff = self._handed_over(functions)
        facts = self.program.variables
        annotate = [v for v in handoff if not facts[v].layout.plain]
        replaced = self._replaced(functions)
        frees = self.scale.size(functions)
        w = self.weights
        cost = (
            sum(self.price(e, w.cut) for e in {(e.caller, e.callee): e for e in cuts}.values())
            + w.variable * (len(handoff) - len(annotate))
            + w.pointer * len(annotate)
            + w.replace * len(replaced)
        )
        entries = tuple(sorted({e.callee for e in cuts if e.kind is not EdgeKind.INDIRECT}))
        return Proposal(
            name=name,
            functions=tuple(sorted(functions)),
            entries=entries,
            frees=frees,
            cuts=tuple(e for e in cuts if e.kind is not EdgeKind.INDIRECT),
            lost_at_runtime=tuple(lost),
            handoff=tuple(sorted(handoff)),
            handoff_bytes=sum(facts[v].size for v in handoff),
            annotate=tuple(sorted(annotate)),
            replaced=tuple(sorted(replaced)),
            serves=self._serving.of(functions),
            prepares=bool(functions & self.found[Phase.BOOT].keys()),
            score=frees.lines - cost,
            fragment=_fragment(self.program, entries),
        )

    def _handed_over(self, functions: frozenset[SymbolId]) -> list[SymbolId]:
        """Return the variables that the piece writes and other code reads."""
        return [
            v
            for v, (writers, readers) in self.shared.items()
            if writers & functions and readers - functions
        ]

    def _replaced(self, functions: frozenset[SymbolId]) -> set[SymbolId]:
        """Return the callees of the piece that only the hypervisor may execute."""
        calls = (e for e in self.edges if e.kind is EdgeKind.CALL and e.caller in functions)
        return {e.callee for e in calls if e.callee in self.privileged}


def suggest(market: Market, budget: int = 0, *, lossy: bool = False) -> tuple[Proposal, ...]:
    """Return proposals, best first; with a ``budget``, only those with at most so many cuts.

    Try each folder and file, with several prices of a cut. Of proposals with mostly the same code
    keep the best; skip a proposal that is too large a part of the program, and one without which
    no guest is launched. Only what loses nothing at run time is proposed; if nothing is so, what
    is worth more than it loses. With ``lossy`` all is proposed, services last.
    """
    divided: dict[frozenset[SymbolId], None] = {}
    for folder in _folders(market):
        inside = market.neighbourhood(folder)
        divided |= dict.fromkeys(market.divide(inside, cut) for cut in _SWEEP)
    pieces = dict.fromkeys(part for whole in divided for part in market.parts(whole))
    total = sum(market.scale.lines[i] for i in market.stays)
    found = [
        market.proposal(piece, named(piece, market.file_of, market.scale.lines))
        for piece in pieces
        if _LEAST <= sum(market.scale.lines[i] for i in piece) <= total * _MOST
    ]
    found = [
        p
        for p in found
        if p.entries
        and (not budget or len(p.cuts) <= budget)
        and not market.starts(frozenset(p.functions))
    ]
    order = sorted(found, key=lambda p: (_loss(p), -p.score, p.name, p.functions))
    if not lossy:
        least = min(map(_loss, order), default=Loss.NOTHING)
        order = [] if least is Loss.SERVICE else order
        order = [p for p in order if _loss(p) is least and _worth(p)]
    return tuple(_different(order))


class Loss(IntEnum):
    """What is lost at run time without a piece, the least first."""

    NOTHING = 0
    ANSWERS = 1  # to calls of what stays: they are cut
    SERVICE = 2  # what is called by itself at run time, or runs then only


def _loss(proposal: Proposal) -> Loss:
    if proposal.serves:
        return Loss.SERVICE
    if not proposal.lost_at_runtime:
        return Loss.NOTHING
    return Loss.ANSWERS if proposal.prepares else Loss.SERVICE


def _worth(proposal: Proposal) -> bool:
    """Return whether a piece is worth what is lost: few answers, which cuts replace one by one."""
    lost = len(proposal.lost_at_runtime)
    return not lost or (proposal.score > 0 and lost <= _BY_HAND and not proposal.serves)


def _different(proposals: Iterable[Proposal]) -> list[Proposal]:
    """Return the proposals without those of mostly the same code as an earlier one."""
    kept: list[tuple[Proposal, frozenset[SymbolId]]] = []
    for proposal in proposals:
        functions = frozenset(proposal.functions)
        if all(len(functions & k) < _SAME * len(functions | k) for _, k in kept):
            kept.append((proposal, functions))
    return [p for p, _ in kept]


def _shared(
    users: Mapping[SymbolId, Users], stays: Collection[SymbolId]
) -> dict[SymbolId, tuple[frozenset[SymbolId], frozenset[SymbolId]]]:
    """Return (writers, users) in ``stays`` of the variables with a writer in ``stays``."""
    kept = frozenset(stays)
    shared = ((v, kept & u.writers.keys(), kept & u.all) for v, u in sorted(users.items()))
    return {v: (writers, used) for v, writers, used in shared if writers}


def _folders(market: Market) -> list[str]:
    """Return the folders and files of a suitable size, each with a closing slash."""
    lines: dict[str, int] = defaultdict(int)
    for identity in market.stays:
        parts = market.program.functions[identity].extent.file.split("/")
        for i in range(1, len(parts) + 1):
            lines["/".join(parts[:i]) + "/"] += market.scale.lines[identity]
    total = sum(market.scale.lines[i] for i in market.stays)
    return sorted(f for f, n in lines.items() if _LEAST <= n <= total * _MOST)


def _fragment(program: Program, entries: Sequence[SymbolId]) -> str:
    cuts = []
    for entry in entries:
        void = program.functions[entry].result_kind is ValueKind.VOID
        policy = "elide" if void else 'stub, expression: "0"'
        cuts.append(f'  - {{caller: "*", callee: {entry}, policy: {policy}, reason: TODO}}')
    return "\n".join([f"preprocess: [{', '.join(entries)}]", "cuts:", *cuts])
