# SPDX-License-Identifier: MIT
"""Makes the edits that remove definitions from files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from tcbsplit.model.edit import Edit
from tcbsplit.model.program import Program
from tcbsplit.model.unit import Extent, FunctionFact, VariableFact
from tcbsplit.model.vocabulary import SymbolId, bare_name
from tcbsplit.split.edit.apply import by_file, merge_removals
from tcbsplit.split.edit.conditionals import balanced, without_empty
from tcbsplit.split.edit.declarators import Statement, defines_type
from tcbsplit.split.edit.sourcefile import Source, Sources

EMPTIED = b"/* tcbsplit: all that this file defined moved to the preprocessing guest. */\n"


class Pieces:
    """Extents of all definitions and declarations of a program, by file and by name."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.of: dict[SymbolId, set[Extent]] = defaultdict(set)
        self.in_file: dict[str, set[Extent]] = defaultdict(set)
        # How many names the statement there declares.
        self.names: dict[tuple[str, int], int] = {}
        self.declared: dict[tuple[str, int], set[str]] = defaultdict(set)
        for f in program.definitions:
            self._add(f.id, f.extent)
        for v in program.variables.values():
            if not v.owner and not v.macro:
                self.names[v.extent.file, v.extent.start] = v.declarators
        declared: dict[tuple[str, int], set[SymbolId]] = defaultdict(set)
        self.tentative: dict[SymbolId, set[Extent]] = defaultdict(set)
        for d in program.declarations:
            self._add(d.id, d.extent)
            if d.tentative:
                self.tentative[d.id].add(d.extent)
            place = (d.extent.file, d.extent.start)
            declared[place].add(d.id)
            self.names[place] = max(self.names.get(place, d.names), len(declared[place]))

    def _add(self, identity: SymbolId, extent: Extent) -> None:
        self.of[identity].add(extent)
        self.declared[extent.file, extent.start].add(bare_name(identity))
        self.in_file[extent.file].add(extent)

    def statement(self, extent: Extent) -> Extent:
        """Return the extent of the whole statement; each name in it has its own extent."""
        same = (e for e in self.in_file[extent.file] if e.start == extent.start)
        return max(same, key=lambda e: e.end, default=extent)

    def split(self, source: Source, extent: Extent) -> Statement:
        """Return the statement of an extent, split at its declarators."""
        return Statement(source, extent, self.declared[extent.file, extent.start])

    def floor(self, extent: Extent) -> int:
        """Return where the definition before this one ends."""
        ends = (e.end for e in self.in_file[extent.file] if e.end <= extent.start)
        return max(ends, default=0)


def excise(program: Program, sources: Sources, gone: Mapping[SymbolId, str]) -> list[Edit]:
    """Return the edits that remove the definitions ``gone`` (id -> reason).

    Prototypes of static functions go with them (a static declaration without a definition is a
    warning); those of external functions stay: headers need no change. Tentative definitions go
    with their variables, static locals with their functions. Assembly files are never edited here.
    Conditionals stay balanced, and go where nothing is left in them.
    """
    pieces = Pieces(program)
    edits: list[Edit] = []
    shared: dict[Extent, dict[SymbolId, str]] = defaultdict(dict)  # statement -> names that leave
    for identity, reason in gone.items():
        for extent in _extents(pieces, identity):
            if _alone(pieces, sources, extent):
                edits += _removals(pieces, sources, extent, f"{identity}: {reason}")
            else:
                shared[pieces.statement(extent)][identity] = reason
    for extent, names in shared.items():
        edits += _taken_out(pieces, sources, extent, names)
    tidied = []
    for file, removals in by_file(merge_removals(edits)).items():
        source = sources[file]
        empty = without_empty(source, removals)
        removals = merge_removals([*removals, *empty], source.content)
        for e in removals:
            start, end = source.tidy(e.start, e.end)
            tidied.append(Edit(file, start, end, b"", e.reason))
    return merge_removals(tidied)


def kept_whole(definition: FunctionFact | VariableFact) -> bool:
    """Return whether no edit removes this definition by itself.

    Assembly sources are whole on both sides; static local variables follow their functions.
    """
    local = isinstance(definition, VariableFact) and definition.owner
    return definition.assembly or bool(local)


def _extents(pieces: Pieces, identity: SymbolId) -> list[Extent]:
    definition = pieces.program.definition(identity)
    if definition is None or kept_whole(definition):
        return []
    found = {definition.extent, *pieces.tentative[identity]}
    if definition.static:
        found = pieces.of[identity]
    return sorted(found, key=lambda e: (e.file, e.start))


def _alone(pieces: Pieces, sources: Sources, extent: Extent) -> bool:
    """Whether a statement has one name and defines no type beside it."""
    names = pieces.names.get((extent.file, extent.start))
    if names is None:
        return True
    source = sources[extent.file]
    if names > 1:  # where a macro declares several, the statement names none of them
        code = source.code(extent.start, pieces.statement(extent).end)
        return not any(t.text == b"," for t in code)
    code = source.code(extent.start, extent.end)
    return not (defines_type(code) and pieces.split(source, extent).defines_type)


def _removals(pieces: Pieces, sources: Sources, extent: Extent, reason: str) -> Iterator[Edit]:
    floor = pieces.floor(extent)
    source = sources[extent.file]
    start, end = source.definition(extent.start, extent.end, floor)
    others = [(e.start, e.end) for e in pieces.in_file[extent.file]]
    ranges = balanced(source, start, end, others)
    if ranges[0][0] < start:  # a conditional goes as well, and its comment with it
        below = max((b for _, b in others if b <= ranges[0][0]), default=0)
        ranges[0] = source.comment_before(ranges[0][0], below), ranges[0][1]
    for first, last in ranges:
        if source.content[first:last].strip():
            yield Edit(extent.file, first, last, b"", reason)


def _taken_out(
    pieces: Pieces, sources: Sources, extent: Extent, names: Mapping[SymbolId, str]
) -> list[Edit]:
    """Return the removals for a statement that declares several names, or also a type."""
    statement = pieces.split(sources[extent.file], extent)
    reason = "; ".join(f"{i}: {r}" for i, r in names.items())
    plain = {bare_name(i) for i in names}
    if plain >= set(statement.names) and not statement.defines_type:
        return list(_removals(pieces, sources, extent, reason))
    return [Edit(extent.file, a, b, b"", reason) for a, b in statement.without(plain)]


def emptied_files(program: Program, kept: frozenset[SymbolId]) -> list[str]:
    """Return the unit sources that lose every definition they had."""
    stays: dict[str, bool] = defaultdict(bool)
    for d in program.definitions:
        assembly = isinstance(d, FunctionFact) and d.assembly
        stays[d.extent.file] |= d.id in kept or assembly
    held = {f for i, files in program.templates.items() if i in kept for f in files}
    units = {
        u.command.file
        for u in program.units
        if u.command.file not in held
        and not any(stays[h] for h in u.headers if h.endswith(".c") and h in stays)
    }
    return sorted(f for f, any_kept in stays.items() if not any_kept and f in units)


def extents_of(program: Program) -> list[Extent]:
    """Return the extents of all definitions and declarations."""
    return [d.extent for d in (*program.definitions, *program.declarations)]
