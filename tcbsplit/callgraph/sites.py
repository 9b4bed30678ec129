# SPDX-License-Identifier: MIT
"""Indirect calls: the possible targets of each, and its final outcome."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator

from tcbsplit.callgraph.handed import HandedIn
from tcbsplit.callgraph.index import Index
from tcbsplit.model.graph import Edge, IndirectSite
from tcbsplit.model.place import Place, PlaceKind
from tcbsplit.model.unit import IndirectFact
from tcbsplit.model.vocabulary import Confidence, EdgeKind, IndirectStatus, SymbolId

_OWNERS_SHOWN = 3


class Site:
    """One indirect call of reachable code while the solution grows."""

    __slots__ = ("assumed", "fact", "gates", "resolved", "unknown")

    def __init__(self, fact: IndirectFact) -> None:
        self.fact = fact
        self.resolved: set[SymbolId] = set()  # functions that flow here
        self.assumed: set[SymbolId] = set()  # functions that fit, for what is unknown
        self.unknown: set[str] = set()  # where unknown values come from
        self.gates: set[str] = set()  # registries that account for the call

    def edges(self, functions: Container[SymbolId]) -> Iterator[Edge]:
        """Yield the edges of the call to functions of the program."""
        rule = f"flow into {', '.join(self.fact.places)}"
        for target in self.resolved:
            if target in functions:
                yield self._edge(target, Confidence.RESOLVED, rule)
        rule = f"unknown value ({', '.join(sorted(self.unknown))}), type {self.fact.type}"
        for target in self.assumed - self.resolved:
            yield self._edge(target, Confidence.ASSUMED, rule)

    def _edge(self, target: SymbolId, sure: Confidence, rule: str) -> Edge:
        fact = self.fact
        return Edge(fact.caller, target, EdgeKind.INDIRECT, sure, fact.file, fact.line, rule)

    def summary(self, origins: Origins) -> IndirectSite:
        """Return the outcome of resolving the call."""
        status, reason = self._status(origins)
        fact = self.fact
        targets = len(self.resolved | self.assumed)
        return IndirectSite(
            fact.caller, fact.file, fact.line, fact.text, fact.type, status, targets, reason
        )

    def _status(self, origins: Origins) -> tuple[IndirectStatus, str]:
        count = len(self.resolved | self.assumed)
        if self.unknown:
            sources = f"a value of unknown origin ({', '.join(sorted(self.unknown))}) may arrive"
            if count:
                return IndirectStatus.ASSUMED, sources
            return (
                IndirectStatus.UNRESOLVED,
                f"{sources}, and no function whose address is taken fits",
            )
        if count:
            return (IndirectStatus.EXACT if count == 1 else IndirectStatus.RESOLVED), ""
        if self.gates:
            return IndirectStatus.REGISTRY, f"registry {', '.join(sorted(self.gates))}"
        if given := origins.handed_in(self.fact):
            return IndirectStatus.EXTERNAL, f"what comes in with {given} is called"
        return IndirectStatus.EMPTY, origins.why_empty(self.fact)


class Origins:
    """The possible origins of the values of a place, including code that is not reached."""

    def __init__(self, index: Index, roots: Iterable[SymbolId], sites: Iterable[Site]) -> None:
        self._writers: dict[Place, list[tuple[Place, str]]] = defaultdict(list)
        for owner, pairs in index.flows.items():
            for source, target in pairs:
                self._writers[target].append((source, owner))
        empty = (s.fact for s in sites if not (s.resolved or s.assumed or s.unknown or s.gates))
        nobody = [fact for fact in empty if not self._storing(fact)]
        self._handed = HandedIn(index, self._writers, roots, nobody)

    def handed_in(self, fact: IndirectFact) -> str:
        """Return what brings the callee in from outside; "" if nothing does."""
        return self._handed.of(fact)

    def why_empty(self, fact: IndirectFact) -> str:
        """Return why a call has no targets: no writer at all, or only in unreached code."""
        owners = self._storing(fact)
        places = ", ".join(fact.places) or "the called expression"
        if not owners:
            return f"nothing stores a function in {places}"
        shown = sorted(owners)[:_OWNERS_SHOWN]
        more = f" and {len(owners) - len(shown)} more" if len(owners) > len(shown) else ""
        return (
            f"only code that is not reached stores a function in {places}: {', '.join(shown)}{more}"
        )

    def _storing(self, fact: IndirectFact) -> set[str]:
        """Return the functions and variables that store a function where a call takes it from."""
        work = [Place.parse(place) for place in fact.places]
        seen = set(work)
        owners: set[str] = set()
        while work:
            for source, owner in self._writers.get(work.pop(), ()):
                if source.kind is PlaceKind.FUNCTION:
                    owners.add(owner)
                elif source not in seen:
                    seen.add(source)
                    work.append(source)
        return owners
