"""Field-based inclusion analysis of function pointers (Andersen-style, flow-insensitive).

Every record field, variable, parameter and return value is one abstract place (see
``tcbsplit.model.unit``). A call through a pointer passes its arguments to the parameters of every
target found so far, so that callbacks of callbacks resolve.
"""

from __future__ import annotations

from collections import defaultdict

from tcbsplit.model.program import Program
from tcbsplit.model.unit import IndirectFact


def solve(program: Program) -> dict[IndirectFact, frozenset[str]]:
    """Return the functions that may arrive at each indirect call of ``program``."""
    return _Solver(program).run()


class _Solver:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.values: dict[str, set[str]] = defaultdict(set)
        self.successors: dict[str, set[str]] = defaultdict(set)
        self.sites: dict[str, list[IndirectFact]] = defaultdict(list)
        self.work: list[tuple[str, str]] = []

    def run(self) -> dict[IndirectFact, frozenset[str]]:
        for site in self.program.indirect:
            for node in site.nodes:
                self.sites[node].append(site)
        for fact in self.program.flows:
            self._connect(fact.source, fact.target)
        for site in self.program.indirect:
            for node in site.nodes:
                if node.startswith("f:"):
                    self._arrive(site, node[2:])
        while self.work:
            node, function = self.work.pop()
            for successor in self.successors.get(node, ()):
                self._add(successor, function)
            for site in self.sites.get(node, ()):
                self._arrive(site, function)
        return {
            site: frozenset().union(
                *(
                    self.values.get(node, set()) if not node.startswith("f:") else {node[2:]}
                    for node in site.nodes
                )
            )
            for site in self.program.indirect
        }

    def _add(self, node: str, function: str) -> None:
        if function not in self.values[node]:
            self.values[node].add(function)
            self.work.append((node, function))

    def _connect(self, source: str, target: str) -> None:
        if source.startswith("f:"):
            self._add(target, source[2:])
        elif target not in self.successors[source]:
            self.successors[source].add(target)
            for function in self.values.get(source, ()):
                self._add(target, function)

    def _arrive(self, site: IndirectFact, function: str) -> None:
        for position, nodes in enumerate(site.arguments):
            for node in nodes:
                plain, parameter = node.removeprefix("&"), f"p:{function}#{position}"
                self._connect(plain, parameter)
                if plain != node:
                    self._connect(parameter, plain)
        self._connect(f"r:{function}", site.result)
