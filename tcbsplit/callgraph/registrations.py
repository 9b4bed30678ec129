# SPDX-License-Identifier: MIT
"""Calls of a registering function: what they list, and what is passed on of them.

What one call passes on goes to the function that it lists, not to those of others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from typing import NamedTuple

from tcbsplit.config.settings import Registry
from tcbsplit.model.place import Place, PlaceKind, Places
from tcbsplit.model.program import Program
from tcbsplit.model.unit import KeyedCallFact, ReferenceFact
from tcbsplit.model.vocabulary import EdgeKind

CALLS = frozenset({EdgeKind.CALL, EdgeKind.ASM})


class Registration(NamedTuple):
    """A call of the registering function, or all of a caller that are not told apart."""

    key: str | None
    places: Places
    file: str
    line: int
    given: tuple[Places, ...]  # as of an entry


def argument(settings: Registry) -> Place:
    """Return the parameter of the registering function that gets what is listed."""
    return Place.parameter(settings.register, settings.function)


def joint(settings: Registry) -> tuple[Places, ...]:
    """Return what any call of the registering function passes on."""
    return tuple((Place.parameter(settings.register, p),) for p in settings.passes)


def registrations(program: Program, settings: Registry) -> Iterator[tuple[str, Registration]]:
    """Yield the registrations, each with the function that makes it."""
    position = int(settings.function)
    known = set()
    passed = _passed(program, settings)
    for call in program.calls:
        if call.callee == settings.register and position < len(call.arguments):
            known.add(key_of(call))
            key = dict(call.keys).get(int(settings.key)) if settings.key else None
            places = tuple(p.plain for p in _given(call, position, passed))
            given = tuple(_given(call, p, passed) for p in settings.passes)
            yield call.caller, Registration(key, places, call.file, call.line, given)
    # Calls without any constant: their function is among what the caller passes.
    for r in program.references:
        if r.target == settings.register and r.kind in CALLS and others(r, known):
            places = passed[r.source, position]
            given = tuple(passed[r.source, p] for p in settings.passes)
            if not places:  # assembly: anything that arrives at the parameter
                places, given = (argument(settings),), joint(settings)
            yield r.source, Registration(None, places, r.file, r.line, given)


def _given(call: KeyedCallFact, position: int, passed: Mapping[tuple[str, int], Places]) -> Places:
    """Return what one call passes at a position; of pieces of addresses, what its caller passes."""
    spelled = call.arguments[position] if position < len(call.arguments) else ()
    places = tuple(map(Place.parse, spelled))
    if any(p.kind is PlaceKind.PIECE for p in places):
        return passed[call.caller, position]
    return tuple(p for place in places for p in _own(place, call.caller))


def _own(place: Place, caller: str) -> Places:
    """Return a place as a caller has it: the results of helpers are told apart (``Index``)."""
    return (place, place.copy(caller)) if place.kind is PlaceKind.RESULT else (place,)


def _passed(program: Program, settings: Registry) -> Mapping[tuple[str, int], Places]:
    """Return what each caller of the registering function passes to it, by caller and position.

    Where values flow back, it is the address of a pointer.
    """
    wanted = {
        Place.parameter(settings.register, p).spelled: p
        for p in (int(settings.function), *settings.passes)
    }
    found: dict[tuple[str, int], Places] = defaultdict(tuple)
    for flow in program.flows:
        if flow.target in wanted:
            found[flow.owner, wanted[flow.target]] += _own(Place.parse(flow.source), flow.owner)
        elif flow.source in wanted:
            found[flow.owner, wanted[flow.source]] += (Place.parse(flow.target).address,)
    return found


def key_of(call: KeyedCallFact) -> tuple[str, str, int, int]:
    """Return what tells a call from others."""
    return (call.caller, call.file, call.line, call.step)


def others(r: ReferenceFact, known: Set[tuple[str, str, int, int]]) -> list[int]:
    """Return the steps of calls at a place that are not ``known``; 0 is an unknown step."""
    return [s for s in r.steps or (0,) if (r.source, r.file, r.line, s) not in known]
