"""The handoff set: variables that moved code writes and remaining code reads."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from tcbsplit.config import HandoffVariable
from tcbsplit.errors import HandoffError, UnknownNameError, near
from tcbsplit.model.edit import HandoffEntry
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.model.unit import VariableFact
from tcbsplit.split.placement import Sides

# An address that is taken may be written through; one passed as pointer to const may not (it is
# recorded as a read).
_WRITES = ("write", "address")
_READS = ("read", "address", "init", "write")


def handoff_entries(
    program: Program,
    graph: ReferenceGraph,
    classes: Classification,
    sides: Sides,
    *,
    include: Sequence[HandoffVariable] = (),
    exclude: Sequence[HandoffVariable] = (),
    secret: Sequence[str] = (),
) -> tuple[HandoffEntry, ...]:
    """Return the entries in the order of their names; ids count from 0.

    A variable is found when a function that runs only in the guest writes it or takes its address,
    and something that stays reads it. Raises ``HandoffError`` with every variable that is no plain
    value (integers, and arrays and records of them), and ``UnknownNameError`` for unknown names.
    """
    _known(program, [*(v.name for v in (*include, *exclude)), *secret])
    left_out = {v.name for v in exclude}
    chosen: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for identity, variable in program.variables.items():
        writers = _users(graph, identity, _WRITES, sides.guest & sides.moved)
        readers = _users(graph, identity, _READS, sides.thin)
        forced = any(v.name in (identity, variable.name) for v in include)
        found = bool(writers and readers) and not variable.const
        if (found or forced) and not {identity, variable.name} & left_out:
            chosen[identity] = (writers, readers)
    _plain([program.variables[i] for i in chosen])
    return tuple(
        HandoffEntry(
            id=number,
            name=identity,
            symbol=program.variables[identity].name,
            file=program.variables[identity].extent.file,
            size=program.variables[identity].size,
            layout=program.variables[identity].layout,
            secret=bool({identity, program.variables[identity].name} & set(secret)),
            writers=writers,
            readers=readers,
        )
        for number, (identity, (writers, readers)) in enumerate(sorted(chosen.items()))
    )


def layout_hash(entries: Sequence[HandoffEntry]) -> str:
    """SHA-256 over the names, sizes and layouts of all entries, as hexadecimal digits."""
    text = "\n".join(f"{e.id} {e.name} {e.size} {e.layout}" for e in entries)
    return hashlib.sha256(text.encode()).hexdigest()


def _users(
    graph: ReferenceGraph, variable: str, kinds: tuple[str, ...], side: frozenset[str]
) -> tuple[str, ...]:
    users = {
        e.caller for e in graph.incoming.get(variable, ()) if e.kind in kinds and e.caller in side
    }
    return tuple(sorted(users))


def _known(program: Program, names: Sequence[str]) -> None:
    known = {n for v in program.variables.values() for n in (v.id, v.name)}
    unknown = [f"handoff: no variable {n}{near(n, known)}" for n in names if n not in known]
    if unknown:
        raise UnknownNameError("\n".join(unknown))


def _plain(variables: Sequence[VariableFact]) -> None:
    problems = []
    for v in variables:
        place = f"{v.extent.file}:{v.extent.line}: {v.id}"
        if v.owner:
            problems.append(f"{place}: a local variable of {v.owner} cannot be handed over")
        elif v.pointer:
            problems.append(
                f"{place}{v.pointer} is no plain value and cannot be handed over; exclude it: "
                f'handoff: {{exclude: [{{name: "{v.id}", reason: "…"}}]}}'
            )
    if problems:
        raise HandoffError("\n".join(problems))
