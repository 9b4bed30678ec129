"""The facts of a program by the function or variable whose code or initialiser they come from."""

from __future__ import annotations

from collections import defaultdict

from tcbsplit.model.program import Program
from tcbsplit.model.unit import IndirectFact, PassedFact


class Index:
    """What becomes effective when a function or variable is reached. Owner "" is everybody's."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.flows: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.mentions: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
        self.sites: dict[str, list[IndirectFact]] = defaultdict(list)
        self.passed: dict[str, list[PassedFact]] = defaultdict(list)
        aliases = {i: f.alias for i, f in program.functions.items() if f.alias}
        for flow in program.flows:
            pair = (flow.source, flow.target)
            if aliases:
                pair = (_unaliased(flow.source, aliases), _unaliased(flow.target, aliases))
            self.flows[flow.owner].append(pair)
        for reference in program.references:
            self.mentions[reference.source][reference.kind, reference.target] = None
        for site in program.indirect:
            self.sites[site.caller].append(site)
        for passed in program.passed:
            self.passed[passed.caller].append(passed)
        self.aliases = aliases

    def has_code(self, function: str) -> bool:
        """Whether what the function does with pointers is known: its C source is there."""
        fact = self.program.functions.get(function)
        return fact is not None and not fact.assembly

    def body(self, function: str) -> str:
        """The function itself, or the one that it is an alias of."""
        return self.aliases.get(function, function)


def _unaliased(node: str, aliases: dict[str, str]) -> str:
    """Parameters and results of an alias are those of the function it stands for."""
    if node[0] in "pr" and node[1] == ":":
        function, mark, position = node[2:].partition("#")
        if function in aliases:
            return f"{node[:2]}{aliases[function]}{mark}{position}"
    return node
