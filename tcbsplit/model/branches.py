# SPDX-License-Identifier: MIT
"""Compare machine code with a reference graph: find the branches that the graph explains.

The code of a function holds that of what was inlined into it: an edge of a function in the source
may stand at any function that calls it directly or through others of the same unit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from tcbsplit.model.graph import CONTROL, Edge
from tcbsplit.model.machine import MachineCode, MachineNode
from tcbsplit.model.naming import Naming
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import BranchKind, EdgeKind, SymbolId


class Branch(NamedTuple):
    """An edge of machine code between functions of the program; ids that fit either end."""

    sources: tuple[SymbolId, ...]
    targets: tuple[SymbolId, ...]
    kind: BranchKind
    at: int
    path: str  # of the ELF file
    node: MachineNode  # that holds it


def branches(program: Program, codes: Sequence[MachineCode]) -> Iterator[Branch]:
    """Yield the edges of ``codes`` that lead to functions of ``program``, each pair once a file.

    Edges within what may be one function are left out. ``sources`` is empty where what holds an
    address is no function: a word of data.
    """
    naming = Naming(program)
    for code in codes:
        seen = set()
        for edge in code.edges:
            key = (edge.source, edge.target, edge.kind)
            if key in seen:
                continue
            seen.add(key)
            source, target = code.nodes[edge.source], code.nodes[edge.target]
            targets = naming.of(target)
            sources = naming.of(source) if source.code else ()
            if targets and not set(sources) & set(targets):
                yield Branch(sources, targets, edge.kind, edge.at, code.path, source)


class Accounts:
    """Facts of a graph on which functions may contain the code of others."""

    def __init__(self, program: Program, outgoing: Callable[[SymbolId], Collection[Edge]]) -> None:
        """``outgoing`` gives the edges of a node."""
        self._functions = program.functions
        self._files = program.files
        self._outgoing = outgoing
        self._bodies: dict[SymbolId, frozenset[SymbolId]] = {}

    def bodies(self, function: SymbolId) -> frozenset[SymbolId]:
        """The function and all that may have been inlined into it."""
        found = self._bodies.get(function)
        if found is None:
            seen, work = {function}, [function]
            while work:
                for edge in self._outgoing(work.pop()):
                    callee = edge.callee
                    if edge.kind in CONTROL and callee not in seen and self._fits(function, callee):
                        seen.add(callee)
                        work.append(callee)
            found = self._bodies[function] = frozenset(seen)
        return found

    def _fits(self, function: SymbolId, callee: SymbolId) -> bool:
        """Return whether the compiler sees both in one unit (wrong with link-time optimisation)."""
        known, other = self._functions.get(function), self._functions.get(callee)
        if known is None or other is None or other.assembly:
            return False
        file = self._files.get(other.extent.file)
        return other.extent.file == known.extent.file or (file is not None and file.header)

    def has(self, branch: Branch) -> bool:
        """Return whether the graph has an edge that the branch may implement."""
        wanted = set(branch.targets)
        if branch.kind is BranchKind.ADDRESS:
            return any(self._mentions(source, wanted) for source in branch.sources)
        return any(self._leads(source, wanted) for source in branch.sources)

    def _leads(self, source: SymbolId, wanted: set[SymbolId]) -> bool:
        if any(e.callee in wanted and e.kind in CONTROL for e in self._outgoing(source)):
            return True
        return any(
            e.callee in wanted and e.kind in CONTROL
            for body in self.bodies(source)
            for e in self._outgoing(body)
        )

    def _mentions(self, source: SymbolId, wanted: set[SymbolId]) -> bool:
        """Return whether a body, or a variable it mentions (a table folded into it), names one."""
        for body in self.bodies(source):
            for edge in self._outgoing(body):
                if edge.kind is EdgeKind.NAMED:
                    continue
                if edge.callee in wanted:
                    return True
                if edge.callee not in self._functions and any(
                    e.callee in wanted for e in self._outgoing(edge.callee)
                ):
                    return True
        return False


def outgoing_of(edges: Mapping[SymbolId, Sequence[Edge]]) -> Callable[[SymbolId], Collection[Edge]]:
    """The look-up of a table of edges by caller."""
    return lambda node: edges.get(node, ())
