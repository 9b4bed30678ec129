# SPDX-License-Identifier: MIT
"""Calls of functions that come from outside with the parameters of a root.

Firmware hands a table of its services to the entry of the hypervisor (UEFI's system table). No code
of the program stores the functions of such a table, and the calls happen all the same: their callee
is external. What an external callee returns, or stores through a pointer, is external as well.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from tcbsplit.callgraph.index import Index
from tcbsplit.model.place import Place, PlaceKind
from tcbsplit.model.unit import IndirectFact
from tcbsplit.model.vocabulary import SymbolId

_RECORD = re.compile(r"\b(?:struct|union) [\w:.]+")
_THROUGH = frozenset({PlaceKind.LOCAL, PlaceKind.VARIABLE, PlaceKind.PARAMETER, PlaceKind.FIELD,
                      PlaceKind.RESULT, PlaceKind.CALL_RESULT})  # fmt: skip


class HandedIn:
    """The places that hold records which somebody outside of the program made."""

    def __init__(
        self,
        index: Index,
        writers: Mapping[Place, Collection[tuple[Place, str]]],
        roots: Iterable[SymbolId],
        empty: Iterable[IndirectFact],
    ) -> None:
        """``empty`` are the calls to which no function of the program flows."""
        self._writers = writers
        self._origins: dict[Place, str] = {}
        self._records: dict[str, str] = {}
        for root in roots:
            function = index.functions.get(index.body(root))
            if function is None or function.assembly:
                continue
            parameters = function.type.partition("(")[2]
            for i, text in enumerate(parameters.split(",")):
                told = f"parameter {i} of {function.id}"
                self._origins.setdefault(Place.parameter(function.id, i), told)
                for record in _RECORD.findall(text):
                    self._records.setdefault(record, told)
        self._told: dict[IndirectFact, str] = {}
        waiting = [fact for fact in empty if fact.base]
        while waiting:
            found = [(fact, told) for fact in waiting if (told := self._origin(fact.base))]
            if not found:
                return
            for fact, told in found:
                self._told[fact] = told
                self._give(fact, told)
            waiting = [fact for fact in waiting if fact not in self._told]

    def of(self, fact: IndirectFact) -> str:
        """Return what the callee comes in with; "" if the program shows no such thing."""
        return self._told.get(fact, "")

    def _give(self, fact: IndirectFact, told: str) -> None:
        """Note the places that an external callee fills."""
        self._origins.setdefault(Place.parse(fact.result), told)
        for spelled in (s for argument in fact.arguments for s in argument):
            place = Place.parse(spelled)
            if place.plain is not place:
                self._origins.setdefault(place.plain, told)

    def _origin(self, base: str) -> str:
        """Return where the record that ``base`` points to may come from."""
        seen = {Place.parse(base)}
        work = list(seen)
        while work:
            place = work.pop()
            if told := self._origins.get(place):
                return told
            if place.kind is PlaceKind.FIELD and (told := self._records.get(place.owner)):
                return told
            sources = {s for s, _ in self._writers.get(place, ()) if s.kind in _THROUGH}
            work += sources - seen
            seen |= sources
        return ""
