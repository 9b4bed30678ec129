# SPDX-License-Identifier: MIT
"""Finds the stubs that a linker found in an archive only because code that moved refers to them.

A linker takes an object out of an archive when something before it refers to what it defines. If
an archive is linked into a part of the image (``ld -r``), only references of that part count, and
code that moved may have been the only one: the stub would be missing where code that stays calls
it. Whether an object stands in an archive is not in the compile database, so every such reference
is kept, without a byte in memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.program import Program
from tcbsplit.model.split import Sides, Stub
from tcbsplit.model.vocabulary import EdgeKind, Language, SymbolId

# What a linker sees; a call through a pointer is no reference to the function that it reaches.
LINKED = {EdgeKind.CALL, EdgeKind.ADDRESS, EdgeKind.INIT, EdgeKind.READ, EdgeKind.WRITE}


def pulled(
    program: Program, graph: ReferenceGraph, sides: Sides, stubs: Sequence[Stub]
) -> dict[str, tuple[SymbolId, ...]]:
    """Return for C sources of units the stubs that only removed code refers to there.

    A chain of removed code leads to its stub from every file that it passes.
    """
    stubbed = {s.callee for s in stubs if s.name == program.functions[s.callee].name}
    gone = removed(program, sides)
    mains = {u.command.file for u in program.units if u.command.language is Language.C}
    files = {d.id: d.extent.file for d in program.definitions}
    users: dict[SymbolId, set[SymbolId]] = defaultdict(set)
    kept: set[tuple[str, SymbolId]] = set()
    for edge in graph.edges:
        if edge.kind in LINKED and edge.caller in files:
            if edge.caller in gone:
                users[edge.callee].add(edge.caller)
            else:
                kept.add((files[edge.caller], edge.callee))
    found: dict[str, set[SymbolId]] = defaultdict(set)
    for stub in stubbed:
        if program.functions[stub].static:
            continue
        for file in _passed(stub, users, stubbed, files) & mains:
            if file != files[stub] and (file, stub) not in kept:
                found[file].add(stub)
    return {file: tuple(sorted(found[file])) for file in sorted(found)}


def removed(program: Program, sides: Sides) -> frozenset[SymbolId]:
    """Return the functions and variables that are in no tree's hypervisor any more."""
    variables = {i for i in program.variables if i not in sides.thin}
    return sides.moved | sides.dropped | variables


def _passed(
    stub: SymbolId,
    users: Mapping[SymbolId, set[SymbolId]],
    stubbed: Collection[SymbolId],
    files: Mapping[SymbolId, str],
) -> set[str]:
    """Return the files of removed code from which references lead to a stub, and to no other."""
    seen = {stub}
    work = [stub]
    while work:
        for user in users.get(work.pop(), ()):
            if user not in seen:
                seen.add(user)
                if user not in stubbed:  # its own stub is referred to in turn
                    work.append(user)
    return {files[i] for i in seen}
