# SPDX-License-Identifier: MIT
"""Follow assembly from where it is entered to where it goes on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from tcbsplit.config.select import names
from tcbsplit.model.draft import Believed
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import EdgeKind, SymbolId

_FALLS = "falls through"  # into the next label: no jump
_MANY = 4  # entries that go on in one function: fewer may share a routine
_FILE = "file:"


def starts_in_c(
    roots: Iterable[Believed], late: Collection[str], program: Program, graph: ReferenceGraph
) -> Iterator[Believed]:
    """Yield the functions of C at which assembly of boot arrives, and what of it leads there.

    It does not go on into functions that are entered at run time (``late``).
    """
    seen = {i for b in roots for i in _below(b.value, program)}
    work, told = sorted(seen), set(late)
    while work:
        identity = work.pop()
        arrived = False
        for edge in graph.outgoing.get(identity, ()):
            target = program.functions.get(edge.callee)
            if target is None or edge.kind is not EdgeKind.ASM:
                continue
            if not target.assembly:
                arrived = True
                if target.id not in told:
                    told.add(target.id)
                    yield Believed(value=target.id, why=f"{identity}, assembly of boot, calls it")
            elif target.id not in seen and target.id not in late:
                seen.add(target.id)
                work.append(target.id)
        function = program.functions[identity]
        if arrived and not function.static:
            yield Believed(value=identity, why="assembly of boot that goes on in C")


def _below(value: str, program: Program) -> Iterator[SymbolId]:
    """Yield the assembly that a root means."""
    file = value.removeprefix(_FILE) if value.startswith(_FILE) else None
    for identity, function in program.functions.items():
        named = identity == value if file is None else function.extent.file == file
        if named and function.assembly:
            yield identity


def shared_entries(
    roots: Iterable[Believed], program: Program, graph: ReferenceGraph
) -> Iterator[Believed]:
    """Yield assembly in which many entries for interrupts go on."""
    patterns = [b.value for b in roots]
    plain = {p for p in patterns if "*" not in p}
    globs = [p for p in patterns if "*" in p]
    from_: dict[SymbolId, set[SymbolId]] = defaultdict(set)
    for identity in graph.functions:
        if not program.functions[identity].assembly:
            continue
        if identity not in plain and not any(names(g, identity) for g in globs):
            continue
        for edge in graph.outgoing.get(identity, ()):
            target = program.functions.get(edge.callee)
            jumps = edge.kind is EdgeKind.ASM and edge.rule != _FALLS
            if target is not None and target.assembly and jumps:
                from_[target.id].add(identity)
    for common, entries in sorted(from_.items()):
        if len(entries) >= _MANY and common not in plain:
            yield Believed(value=common, why=f"{len(entries)} entries for interrupts go on in it")
