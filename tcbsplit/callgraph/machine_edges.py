# SPDX-License-Identifier: MIT
"""Add edges to the graph that only machine code shows.

They come from calls inserted by the compiler, redirections by the linker, code that libclang cannot
parse, and objects without source. A branch is a call. An address that no source mentions may flow
anywhere: any code that holds it may call it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from tcbsplit.callgraph.explore import Exploration
from tcbsplit.model.branches import Accounts, Branch, branches, outgoing_of
from tcbsplit.model.graph import UNSHOWN, Edge, Entrance
from tcbsplit.model.machine import RULE, MachineCode
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import BranchKind, Confidence, EdgeKind, Phase, SymbolId, symbol_id

_MENTIONS = frozenset({EdgeKind.ADDRESS, EdgeKind.INIT})


class Joiner:
    """Edges of the machine code that the graph may lack."""

    def __init__(self, program: Program, codes: Sequence[MachineCode]) -> None:
        self._program = program
        self._pending = list(branches(program, codes))
        self.edges: dict[Edge, None] = {}

    def join(self, exploration: Exploration, edges: Iterable[Edge]) -> bool:
        """Add what ``edges``, all so far, lack; return whether that was anything.

        The exploration gets the edges and may reach more: call again until nothing is new.
        """
        table: dict[SymbolId, list[Edge]] = defaultdict(list)
        mentioned: set[SymbolId] = set()
        for edge in edges:
            table[edge.caller].append(edge)
            if edge.kind in _MENTIONS:
                mentioned.add(edge.callee)
        accounts = Accounts(self._program, outgoing_of(table))
        missing: list[Branch] = []
        rest: list[Branch] = []
        for branch in self._pending:
            if branch.sources:
                known = accounts.has(branch)
            else:
                known = not mentioned.isdisjoint(branch.targets)
            (rest if known else missing).append(branch)
        self._pending = rest
        for branch in missing:
            for edge in self._edges(branch):
                self.edges[edge] = None
                exploration.learn(edge)
        return bool(missing)

    def entrances(self, reached: Collection[str]) -> Iterator[Entrance]:
        """Functions whose address ``reached`` code holds, and no source shows what for.

        Whoever has it may call the function at any time.
        """
        for edge in self.edges:
            if edge.rule == UNSHOWN and edge.caller in reached:
                yield Entrance(
                    edge.callee, (Phase.RUNTIME,), edge.caller, edge.file, edge.line, UNSHOWN
                )

    def _edges(self, branch: Branch) -> Iterator[Edge]:
        kind = EdgeKind.ADDRESS if branch.kind is BranchKind.ADDRESS else EdgeKind.CALL
        sources = branch.sources or self._variables(branch)
        for source in sources:
            held = self._program.functions.get(source) or self._program.variables[source]
            place = (held.extent.file, held.extent.line)
            for target in branch.targets:
                if source in self._program.variables:
                    yield Edge(source, target, EdgeKind.INIT, Confidence.EXACT, *place, RULE)
                    continue
                yield Edge(source, target, kind, Confidence.EXACT, *place, RULE)
                if kind is EdgeKind.ADDRESS:
                    yield Edge(
                        source, target, EdgeKind.INDIRECT, Confidence.ASSUMED, *place, UNSHOWN
                    )

    def _variables(self, branch: Branch) -> tuple[SymbolId, ...]:
        """The variable that holds a word, if the program knows one of that name."""
        names = (symbol_id(n.name, n.file) for n in branch.node.names)
        return tuple(n for n in names if n in self._program.variables)
