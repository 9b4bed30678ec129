# SPDX-License-Identifier: MIT
"""Which variables functions read and write through pointers (``model.data``).

A search goes backward from a pointer that is used to the variables whose address may arrive, or
forward from a variable to those who use it. It is flow-insensitive, and knows one level of callers:
what it follows out of a function goes back to the caller that it came from, and where only some
functions run, arguments come from calls in these. So a helper that everybody calls does not write
for one caller what another gave it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from functools import cache
from typing import NamedTuple

from tcbsplit.callgraph.addresses import Addresses, State
from tcbsplit.callgraph.groups import groups
from tcbsplit.model.access import Access, Counts, UnknownUse
from tcbsplit.model.data import KNOWN, LOCAL, DataUse
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import EdgeKind, SymbolId

_Found = tuple[frozenset[SymbolId], frozenset[str]]  # variables, and why others are not known
_Before = Callable[[str, str], Iterable[State]]  # of a place and a caller: ``Addresses.before``
_NOBODYS = frozenset({"v:", "m:", "d:"})


class _Near(NamedTuple):
    """What a search finds from a place, and the places where others go on."""

    ids: set[SymbolId]
    unknown: set[str]
    further: set[str]
    other: bool = False  # an address that is of no interest arrives


_MEMORY = frozenset({"malloc", "calloc", "realloc", "alloca", "strdup", "aligned_alloc"})


class Pointing(Addresses):
    """The uses of data in a program."""

    def __init__(self, program: Program, graph: ReferenceGraph) -> None:
        super().__init__(program, graph)
        self._anywhere: dict[str, _Found] = {}
        self._several: dict[frozenset[str], _Found] = {}

    def access(self, running: Set[SymbolId], counts: Counts | None = None) -> Access:
        """Return what the functions ``running`` read and write, as long as only they run.

        With ``counts``, uses elsewhere and what they give to other functions with code do not.
        """
        found = Access()
        for edge in self.graph.edges:
            if edge.caller in running and edge.callee in self.variables:
                if counts is not None and not counts(edge.caller, edge.file, edge.line):
                    continue
                variable = self.objects.get(edge.callee, edge.callee)
                asm = edge.kind is EdgeKind.ADDRESS and self._opaque(edge.caller, edge.rule)
                if edge.kind is EdgeKind.WRITE or asm:
                    found.writes[edge.caller].add(variable)
                if edge.kind is EdgeKind.READ or asm:
                    found.reads[edge.caller].add(variable)
        # Many uses are of one place: a field of a type, a parameter that is read and written.
        before = cache(lambda at, caller: tuple(self.before(at, caller, running)))
        targets = cache(lambda place: self._targets(place, before))
        others = running if counts is None else self.functions.keys()
        for function in sorted(running - KNOWN):
            for use in self.uses.get(function, ()):
                if counts is None or counts(function, use.file, use.line):
                    _note(found, function, use, targets(self.same(use.place)))
            for use in self._given_away(function, others):
                _note(found, function, use, targets(self.same(use.place)))
        return found

    def _opaque(self, caller: SymbolId, rule: str) -> bool:
        """Return whether assembly has the address: what it does with it is not known."""
        function = self.functions.get(caller)
        return "assembly" in rule or (function is not None and function.assembly)

    def _given_away(self, function: str, running: Set[SymbolId]) -> Iterator[DataUse]:
        """Yield the uses by what a function calls that does not run here, or has no C source."""
        fact = self.functions[SymbolId(function)]
        for place in self.arguments.get(function, ()):
            callee, _, position = place[2:].partition("#")
            known = self.functions.get(SymbolId(callee))
            if known is not None and not known.assembly and callee in running:
                continue
            for source, owner in self.into[place]:
                if owner != function:
                    continue
                kept = (place, source, owner) in self.constant
                kept = kept or (position == "*" and "print" in callee)
                for write in (False,) if kept else (False, True):
                    yield DataUse(function, source, write, fact.extent.file, fact.extent.line)

    def _targets(self, place: str, before: _Before) -> _Found:
        """Return the variables that a pointer in ``place`` may lead to, where ``before`` looks."""
        nobodys = place[:2] in _NOBODYS
        near = _Near(set(), set(), {place}) if nobodys else self._near(place, before)
        variables, unknown = self._further(frozenset(near.further))
        if near.ids:
            variables |= near.ids
        if near.unknown:
            unknown |= near.unknown
        if not variables and not unknown and not near.other:
            unknown = frozenset(("nothing is known to be there",))
        return variables, unknown

    def _further(self, places: frozenset[str]) -> _Found:
        """Return what arrives at ``places``, which belong to no function, from anywhere."""
        if places not in self._several:
            found = [_together(p, self._near_anywhere, self._anywhere) for p in places]
            self._several[places] = (
                frozenset().union(*(variables for variables, _ in found)),
                frozenset().union(*(unknown for _, unknown in found)),
            )
        return self._several[places]

    def _near_anywhere(self, place: str) -> _Near:
        return self._near(place, lambda at, caller: self.before(at, caller, None))

    def _near(self, place: str, before: _Before) -> _Near:
        """Return what arrives at a place, up to others that belong to no function."""
        found = _Near(set(), set(), set())
        seen: set[State] = {(place, "")}
        work = list(seen)
        while work:
            at, caller = work.pop()
            if at[:2] in _NOBODYS and at != place:
                found.further.add(at)
            elif self._is_value(at, found.ids, found.unknown):
                found = found._replace(other=True)
            else:
                for state in before(at, caller):
                    if state not in seen:
                        seen.add(state)
                        work.append(state)
        return found

    def _is_value(self, at: str, variables: set[SymbolId], unknown: set[str]) -> bool:
        if at[0] == "o":
            identity = SymbolId(at[2:])
            if identity in self.variables:
                variables.add(self.objects.get(identity, identity))
            else:
                unknown.add(f"{identity}, which no unit defines")
        elif at[0] == "?":
            unknown.add(at[1:])
        elif at[:2] == "r:" and not self.has_code(at[2:]):
            unknown.add(f"memory of {at[2:]}" if at[2:] in _MEMORY else f"result of {at[2:]}")
        else:
            return at == LOCAL or at[0] == "#"
        return True

    def constants(self, variable: SymbolId, owners: Collection[SymbolId]) -> set[str]:
        """Return the integers that ``owners`` set a variable to; "" is another value."""
        values = [
            (source[1:], owner)
            for source, owner in self.into.get(f"v:{variable}", ())
            if source[0] == "#" and owner in owners
        ]
        unseen = set(owners) - {owner for _, owner in values}
        return {value for value, _ in values} | ({""} if unseen else set())

    def writers(
        self, variables: Iterable[SymbolId], running: Set[SymbolId]
    ) -> dict[SymbolId, set[SymbolId]]:
        """Return who of ``running`` may write each of ``variables`` through a pointer."""
        by_place = self._writers_by_place(running)
        known: dict[str, _Found] = {}
        return {
            v: set(
                _together(f"o:{v}", lambda at: self._written_near(at, by_place, running), known)[0]
            )
            for v in variables
        }

    def _writers_by_place(self, running: Set[SymbolId]) -> dict[str, set[SymbolId]]:
        found: dict[str, set[SymbolId]] = defaultdict(set)
        for function in running:
            for use in self.uses.get(function, ()):
                if use.write:
                    found[self.same(use.place)].add(function)
            for place in self.arguments.get(function, ()):
                callee = place[2:].partition("#")[0]
                if not self.has_code(callee) and "print" not in callee:
                    for source, owner in self.into[place]:
                        if owner == function and (place, source, owner) not in self.constant:
                            found[source].add(function)
        return found

    def _written_near(
        self, place: str, by_place: Mapping[str, set[SymbolId]], running: Set[SymbolId]
    ) -> _Near:
        """Return who writes what a place points to, up to others that belong to no function."""
        found = _Near(set(), set(), set())
        seen: set[State] = {(place, "")}
        work = list(seen)
        while work:
            at, caller = work.pop()
            if at[:2] in _NOBODYS and at != place:
                found.further.add(at)
                continue
            found.ids.update(by_place.get(at, ()))
            for state in self.after(at, caller, running):
                if state not in seen:
                    seen.add(state)
                    work.append(state)
        return found


def _note(found: Access, function: SymbolId, use: DataUse, targets: _Found) -> None:
    variables, unknown = targets
    used = found.writes if use.write else found.reads
    used[function] |= variables
    if use.write:
        for why in sorted(unknown):
            found.unknown[UnknownUse(function, use.file, use.line, why)] = None


def _together(place: str, near: Callable[[str], _Near], known: dict[str, _Found]) -> _Found:
    """Return what is found from a place, and what from all further ones; ``known`` is kept."""
    new: dict[str, _Near] = {}
    work = [place]
    while work:
        at = work.pop()
        if at not in new and at not in known:
            new[at] = near(at)
            work += new[at].further
    for group in groups({at: found.further for at, found in new.items()}):
        ids = {i for at in group for i in new[at].ids}
        unknown = {w for at in group for w in new[at].unknown}
        for further in {f for at in group for f in new[at].further} - group:
            ids |= known[further][0]
            unknown |= known[further][1]
        known.update(dict.fromkeys(group, (frozenset(ids), frozenset(unknown))))
    return known[place]
