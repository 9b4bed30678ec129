"""Edits that take definitions out of a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from tcbsplit.errors import EmissionError
from tcbsplit.model.edit import Edit
from tcbsplit.model.program import Program
from tcbsplit.model.unit import Extent
from tcbsplit.split.apply import merge_removals
from tcbsplit.split.source import Source


class Sources:
    """The input tree's files, read once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._cache: dict[str, Source] = {}

    def __getitem__(self, path: str) -> Source:
        if path not in self._cache:
            self._cache[path] = Source((self.root / path).read_bytes())
        return self._cache[path]


def excise(program: Program, sources: Sources, gone: Mapping[str, str]) -> list[Edit]:
    """Return the edits that remove the definitions ``gone`` (id -> reason).

    Prototypes of static functions go with them (a static declaration without a definition is a
    warning); those of external functions stay: headers need no change. Static locals go with
    their functions. Assembly files are never edited here.
    """
    floors = _floors(program)
    edits: list[Edit] = []
    for identity, reason in gone.items():
        for extent in _extents(program, identity):
            edits.append(_removal(sources, extent, floors, f"{identity}: {reason}"))
    return merge_removals(edits)


def _extents(program: Program, identity: str) -> list[Extent]:
    if identity in program.functions:
        function = program.functions[identity]
        if function.assembly:
            return []
        extents = [function.extent]
        if function.static:
            extents += [d.extent for d in program.declarations if d.id == identity]
        return extents
    variable = program.variables[identity]
    if variable.owner or variable.assembly:
        return []
    if variable.declarators > 1:
        shared = [
            v.id
            for v in program.variables.values()
            if (v.extent.file, v.extent.start) == (variable.extent.file, variable.extent.start)
        ]
        raise EmissionError(
            f"{variable.extent.file}:{variable.extent.line}: {', '.join(shared)} are declared in "
            "one statement, and not all of them move; declare them apart"
        )
    extents = [variable.extent]
    if variable.static:
        extents += [d.extent for d in program.declarations if d.id == identity]
    return extents


def extents_of(program: Program) -> list[Extent]:
    """Extents of all definitions and declarations."""
    return [
        *(f.extent for f in program.functions.values()),
        *(v.extent for v in program.variables.values()),
        *(d.extent for d in program.declarations),
    ]


def _floors(program: Program) -> dict[str, list[int]]:
    """Ends of all definitions and declarations by file, sorted."""
    table: dict[str, set[int]] = defaultdict(set)
    for extent in extents_of(program):
        table[extent.file].add(extent.end)
    return {file: sorted(ends) for file, ends in table.items()}


def _removal(sources: Sources, extent: Extent, floors: dict[str, list[int]], reason: str) -> Edit:
    floor = max((e for e in floors.get(extent.file, ()) if e <= extent.start), default=0)
    start, end = sources[extent.file].definition(extent.start, extent.end, floor)
    return Edit(extent.file, start, end, b"", reason)
