# SPDX-License-Identifier: MIT
"""Add calls for compiler builtins that may become calls of functions of the program."""

from __future__ import annotations

from collections.abc import Iterator, Set

import msgspec

from tcbsplit.model.place import OF_CALLS, Place
from tcbsplit.model.unit import Facts, FlowFact, ReferenceFact
from tcbsplit.model.vocabulary import symbol_id

_PREFIX = "__builtin_"


def called(facts: Facts, names: Set[str]) -> Facts:
    """Add calls of the library functions, among ``names``, that builtins are called for.

    ``__builtin_memcpy`` is the compiler's own code or a call of ``memcpy``; with the length
    checked (``__builtin___memcpy_chk``), of ``__memcpy_chk`` or ``memcpy``.
    """
    references = [
        ReferenceFact(r.source, symbol_id(name), r.kind, r.file, r.line, -1, "builtin", r.steps)
        for r in facts.references
        if r.target.startswith(_PREFIX)
        for name in _library(r.target)
        if name in names
    ]
    if not references:
        return facts
    flows = [
        flow
        for f in facts.flows
        if _PREFIX in f.source or _PREFIX in f.target
        for flow in _flows(f, names)
    ]
    return msgspec.structs.replace(
        facts, references=(*facts.references, *references), flows=(*facts.flows, *flows)
    )


def _library(builtin: str) -> tuple[str, ...]:
    """Return the functions that a builtin may call."""
    name = builtin.removeprefix(_PREFIX)
    if name.startswith("__") and name.endswith("_chk"):
        return name, name[2:-4]
    return (name,)


def _flows(flow: FlowFact, names: Set[str]) -> Iterator[FlowFact]:
    """Yield flows between parameters and result of a builtin and those of the function it calls."""
    for spelled in (flow.source, flow.target):
        place = Place.parse(spelled)
        if place.kind not in OF_CALLS or not place.owner.startswith(_PREFIX):
            continue
        for name in _library(place.owner):
            if name in names:
                other = place.moved(name).spelled
                source, target = (other if n == spelled else n for n in (flow.source, flow.target))
                yield FlowFact(target, source, flow.owner)
