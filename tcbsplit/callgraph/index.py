"""The facts of a program by the function or variable whose code or initialiser they come from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping

from tcbsplit.model.program import Program, stands_for
from tcbsplit.model.unit import IndirectFact, PassedFact

Pairs = list[tuple[str, str]]  # (source, target)


class Index:
    """What becomes effective when a function or variable is reached. Owner "" is everybody's."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.flows: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.mentions: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
        self.sites: dict[str, list[IndirectFact]] = defaultdict(list)
        self.passed: dict[str, list[PassedFact]] = defaultdict(list)
        self._elsewhere: dict[str, bool] = {}
        self.aliases = stands_for(program.functions)
        for reference in program.references:
            self.mentions[reference.source][reference.kind, reference.target] = None
        for site in program.indirect:
            self.sites[site.caller].append(site)
        for passed in program.passed:
            self.passed[passed.caller].append(passed)
        for flow in program.flows:
            pair = (flow.source, flow.target)
            if self.aliases and (pair[0][0] in "pr" or pair[1][0] in "pr"):
                pair = (_unaliased(pair[0], self.aliases), _unaliased(pair[1], self.aliases))
            self.flows[flow.owner].append(pair)
        self._tell_callers_apart()

    def _tell_callers_apart(self) -> None:
        """Give each caller of a helper its own copy of the helper's flows.

        An exchange, a copy or an accessor that only passes its arguments on would mix what all of
        its callers store through it (one level of call-site sensitivity, for them alone).
        """
        helpers = {o: pairs for o, pairs in self.flows.items() if self._only_passes_on(o, pairs)}
        if not helpers:
            return
        marks = {f"{kind}{h}" for h in helpers for kind in ("p:", "r:")}
        for owner, pairs in self.flows.items():
            if not owner or owner in helpers:
                continue
            if any(s.partition("#")[0] in marks or t.partition("#")[0] in marks for s, t in pairs):
                self.flows[owner] = _with_copies(owner, pairs, helpers)

    def _only_passes_on(self, owner: str, pairs: Pairs) -> bool:
        return (
            owner in self.program.functions
            and owner not in self.sites
            and owner not in self.passed
            and owner not in self.mentions
            and all(_within(owner, node) for pair in pairs for node in pair)
        )

    def has_code(self, function: str) -> bool:
        """Whether what the function does with pointers is known: its C source is there."""
        fact = self.program.functions.get(function)
        return fact is not None and not fact.assembly

    def called_elsewhere(self, function: str) -> bool:
        """Whether some other file than its own mentions a function; true of an unknown one."""
        fact = self.program.functions.get(function)
        if fact is None:
            return True
        if function not in self._elsewhere:
            mentions = (r for r in self.program.references if r.target == function)
            self._elsewhere[function] = any(r.file != fact.extent.file for r in mentions)
        return self._elsewhere[function]

    def body(self, function: str) -> str:
        """The function itself, or the one that it is an alias of."""
        return self.aliases.get(function, function)


def _with_copies(owner: str, pairs: Pairs, helpers: Mapping[str, Pairs]) -> Pairs:
    """The flows of ``owner`` into and out of its own copies of helpers, and the copies' flows."""
    mark = f"@{owner}"
    result: dict[tuple[str, str], None] = {}
    for source, target in pairs:
        helper = _helper(source, helpers) or _helper(target, helpers)
        if not helper:
            result[source, target] = None
            continue
        for a, b in ((source, target), *helpers[helper]):
            inside = [_within(helper, n) and n[0] not in "?h" for n in (a, b)]
            result[a + mark if inside[0] else a, b + mark if inside[1] else b] = None
    return list(result)


def _within(function: str, node: str) -> bool:
    """Whether a node is a parameter, the result or a local variable of ``function``."""
    if node[0] == "?" or node.startswith("h:"):
        return True
    if node[1] != ":" or node[0] not in "prl":
        return False
    return node[2:].startswith((f"{function}#", f"{function}:")) or node == f"r:{function}"


def _helper(node: str, helpers: Container[str]) -> str:
    """The helper whose parameter or result a node is, or an empty string."""
    if node[0] not in "pr" or node[1] != ":":
        return ""
    function = node[2:].partition("#")[0]
    return function if function in helpers else ""


def _unaliased(node: str, aliases: dict[str, str]) -> str:
    """Parameters and results of an alias are those of the function it stands for."""
    if node[0] in "pr" and node[1] == ":":
        function, mark, position = node[2:].partition("#")
        if function in aliases:
            return f"{node[:2]}{aliases[function]}{mark}{position}"
    return node
