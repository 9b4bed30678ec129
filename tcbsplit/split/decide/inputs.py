# SPDX-License-Identifier: MIT
"""Decides where the guest has from what moved code reads and the hypervisor has set before."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from tcbsplit.config.select import Symbols
from tcbsplit.config.settings import HandoffInput, HandoffSettings
from tcbsplit.errors import some
from tcbsplit.model.access import Access, DataAccess
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.handoff import Input
from tcbsplit.model.program import Program, stands_for
from tcbsplit.model.split import Sides
from tcbsplit.model.vocabulary import EdgeKind, InputWay, SymbolId
from tcbsplit.split.decide.carry import variables_of
from tcbsplit.split.decide.running import Before

_SHOWN = 24  # inputs of one message
USERS = 3  # names of one input


def inputs_of(
    program: Program,
    graph: ReferenceGraph,
    sides: Sides,
    access: Access,
    data: DataAccess,
    before: Before,
    handed: Iterable[SymbolId],
) -> list[Input]:
    """Return what functions of the guest read and the hypervisor sets before it calls them.

    So are the variables ``handed`` over, read or not: moved code need not write all of one, on
    every path, and the handoff sets the whole of it. A variable that only takes its initial value
    is no input.
    """
    both = sides.guest & sides.thin
    read = {
        v: tuple(sorted(access.readers.get(v, ())))
        for v in {*access.readers, *handed}
        if v in both and not program.variables[v].const
    }
    staying = before.functions & sides.thin
    aliases: dict[SymbolId, list[SymbolId]] = defaultdict(list)
    for alias, target in stands_for(program.variables).items():
        aliases[target].append(alias)
    through = data.writers(_handed_on(graph, read), staying)
    found = []
    for variable in sorted(read):
        fact = program.variables[variable]
        direct = {
            e.caller
            for name in (variable, *aliases.get(variable, ()))
            for e in graph.incoming.get(name, ())
            if e.kind is EdgeKind.WRITE and e.caller in staying and before.writes(e)
        }
        indirect = through.get(variable, set())
        writers = tuple(sorted(direct | indirect))
        if not writers:
            continue
        values = set() if indirect else data.constants(variable, direct)
        value = next(iter(values)) if len(values) == 1 else ""
        initial = "0" if fact.tentative else next(iter(data.constants(variable, {variable})), "")
        if value and value == initial:
            continue
        found.append(
            Input(
                name=variable,
                symbol=fact.name,
                file=fact.extent.file,
                line=fact.extent.line,
                readers=read[variable],
                writers=writers,
                value=value,
            )
        )
    return found


def _handed_on(graph: ReferenceGraph, variables: Iterable[SymbolId]) -> set[SymbolId]:
    """Return those of ``variables`` whose address something takes."""
    kinds = (EdgeKind.ADDRESS, EdgeKind.INIT)
    return {v for v in variables if any(e.kind in kinds for e in graph.incoming.get(v, ()))}


def resolved(
    program: Program,
    symbols: Symbols,
    found: Sequence[Input],
    settings: HandoffSettings,
    adapter: bytes,
) -> tuple[tuple[Input, ...], list[str]]:
    """Return the inputs, each with the way in which the guest has it, and what is wrong.

    ``symbols`` are the variables, ``adapter`` is the text of the guest's adapter. Wrong are
    inputs that no setting resolves, and settings that cannot be.
    """
    ways: dict[SymbolId, HandoffInput] = {}
    for setting in reversed(settings.inputs):
        ways |= dict.fromkeys(symbols.ids(setting.name), setting)
    kept = {
        identity
        for carry in settings.carry
        if carry.keep
        for identity, path in variables_of(symbols, carry.name)
        if not path
    }
    known: list[Input] = []
    problems: list[str] = []
    unresolved: list[Input] = []
    for one in found:
        given = ways.get(one.name)
        if given is not None:
            wrong = _wrong(program, one, given, adapter)
            problems += [f"{given.where}: handoff.inputs: {p}" for p in wrong]
            known.append(msgspec.structs.replace(one, way=given.way, reason=given.reason))
        elif one.name in kept:
            known.append(msgspec.structs.replace(one, way=InputWay.OWN, reason="carry: keep"))
        else:
            unresolved.append(one)
    names = {one.name for one in found}
    problems += [
        f"{s.where}: handoff.inputs: {s.name} is no input; take this out, or make it optional"
        for s in settings.inputs
        if not s.optional and names.isdisjoint(symbols.ids(s.name))
    ]
    if unresolved:
        problems += _unresolved(program, unresolved)
    return tuple(known), problems


def _wrong(program: Program, one: Input, given: HandoffInput, adapter: bytes) -> Iterator[str]:
    """Yield why the guest cannot have an input in the given way."""
    fact = program.variables[one.name]
    if given.way is InputWay.CONSTANT:
        if not one.value:
            yield f"{one.name} is no constant: {some(one.writers, USERS)} set it to other values"
        elif fact.owner:
            yield f"{one.name} is local to {fact.owner}: it cannot be set from outside"
    elif given.way is InputWay.ADAPTER:
        if fact.static:
            yield f"{one.name} is static: the adapter cannot set it"
        elif not re.search(rb"\b%s\b" % re.escape(fact.name.encode()), adapter):
            yield f"the guest's adapter does not mention {fact.name}"


def _used(one: Input) -> str:
    if one.readers:
        return f"moved code reads it ({some(one.readers, USERS)})"
    return "it is handed over, which moved code may leave as it was"


def _unresolved(program: Program, inputs: Sequence[Input]) -> list[str]:
    lines = [
        f"{i.file}:{i.line}: {i.name}: {_used(i)}, and {some(i.writers, USERS)} sets it before"
        + (f", always to {i.value}" if i.value else "")
        + ": it does not cross to the guest"
        for i in inputs[:_SHOWN]
    ]
    if len(inputs) > _SHOWN:
        lines.append(f"… and {len(inputs) - _SHOWN} more inputs; names may be patterns: * …")
    first = inputs[0]
    ways = [InputWay.CONSTANT] if first.value else [InputWay.BLOCK, InputWay.OWN]
    if not program.variables[first.name].static:
        ways.append(InputWay.ADAPTER)
    return [
        *lines,
        "Say where the guest has it from: handoff: {inputs: "
        f'[{{name: "{first.name}", way: {" or ".join(ways)}, reason: "…"}}]}}; or move what sets '
        "it as well",
    ]
