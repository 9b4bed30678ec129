"""Registries: tables of records that a dispatcher selects from by a string.

A dispatcher called with a constant key reaches only the entries that match; called with anything
else it reaches all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tcbsplit.config import Registry
from tcbsplit.errors import UnknownNameError, near
from tcbsplit.model.graph import Edge
from tcbsplit.model.program import Program
from tcbsplit.model.unit import RecordInitFact


def registry_edges(program: Program, registries: Sequence[Registry]) -> Iterator[Edge]:
    """Yield an edge from each caller of a dispatcher to every entry that its key selects."""
    for registry in registries:
        entries = [r for r in program.records if r.record == registry.record]
        if not entries:
            known = {r.record for r in program.records}
            raise UnknownNameError(
                f"registry {registry.name}: no initialised {registry.record} in the program"
                + near(registry.record, known)
            )
        if registry.dispatch not in program.functions:
            raise UnknownNameError(
                f"registry {registry.name}: no function {registry.dispatch}"
                + near(registry.dispatch, program.functions)
            )
        yield from _dispatches(program, registry, entries)


def dispatched_nodes(registries: Sequence[Registry]) -> set[str]:
    """The fields whose indirect calls the registries account for."""
    return {f"m:{registry.record}.{registry.function}" for registry in registries}


def _dispatches(
    program: Program, registry: Registry, entries: list[RecordInitFact]
) -> Iterator[Edge]:
    keyed = set()
    for call in program.literals:
        if call.callee == registry.dispatch and call.position == registry.argument:
            keyed.add((call.caller, call.file, call.line))
            for entry in entries:
                key = dict(entry.strings).get(registry.key, "")
                fits = key.startswith(call.text) if registry.match == "prefix" else key == call.text
                if fits:
                    yield from _edge(registry, entry, call.caller, call.file, call.line, call.text)
    for reference in program.references:
        place = (reference.source, reference.file, reference.line)
        if (
            reference.target == registry.dispatch
            and reference.kind == "call"
            and place not in keyed
        ):
            for entry in entries:
                yield from _edge(registry, entry, *place, "*")


def _edge(
    registry: Registry, entry: RecordInitFact, caller: str, file: str, line: int, key: str
) -> Iterator[Edge]:
    target = dict(entry.functions).get(registry.function)
    if target:
        yield Edge(
            caller,
            target,
            "registry",
            "exact" if key != "*" else "resolved",
            file,
            line,
            f'registry {registry.name} "{key}", entry at {entry.file}:{entry.line}',
        )
