"""Edits that take definitions out of a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tcbsplit.model.edit import Edit
from tcbsplit.model.program import Program
from tcbsplit.model.unit import Extent
from tcbsplit.split.edit.apply import by_file, merge_removals
from tcbsplit.split.edit.conditionals import balanced, without_empty
from tcbsplit.split.edit.declarators import Statement, defines_type
from tcbsplit.split.edit.sourcefile import Source


class Sources:
    """The input tree's files, read once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._cache: dict[str, Source] = {}

    def __getitem__(self, path: str) -> Source:
        if path not in self._cache:
            self._cache[path] = Source((self.root / path).read_bytes())
        return self._cache[path]


class Pieces:
    """Extents of all definitions and declarations of a program, by file and by name."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.of: dict[str, set[Extent]] = defaultdict(set)
        self.in_file: dict[str, set[Extent]] = defaultdict(set)
        # How many names the statement there declares.
        self.names: dict[tuple[str, int], int] = {}
        for f in program.functions.values():
            self._add(f.id, f.extent)
        for v in program.variables.values():
            self._add(v.id, v.extent)
            if not v.owner and not v.macro:
                self.names[v.extent.file, v.extent.start] = v.declarators
        declared: dict[tuple[str, int], set[str]] = defaultdict(set)
        for d in program.declarations:
            self._add(d.id, d.extent)
            place = (d.extent.file, d.extent.start)
            declared[place].add(d.id)
            self.names[place] = max(self.names.get(place, d.names), len(declared[place]))

    def _add(self, identity: str, extent: Extent) -> None:
        self.of[identity].add(extent)
        self.in_file[extent.file].add(extent)

    def statement(self, extent: Extent) -> Extent:
        """The whole statement of a declaration: each of its names has an extent of its own."""
        same = (e for e in self.in_file[extent.file] if e.start == extent.start)
        return max(same, key=lambda e: e.end, default=extent)

    def floor(self, extent: Extent) -> int:
        """Where the definition before this one ends."""
        ends = (e.end for e in self.in_file[extent.file] if e.end <= extent.start)
        return max(ends, default=0)


def excise(program: Program, sources: Sources, gone: Mapping[str, str]) -> list[Edit]:
    """Return the edits that remove the definitions ``gone`` (id -> reason).

    Prototypes of static functions go with them (a static declaration without a definition is a
    warning); those of external functions stay: headers need no change. Static locals go with
    their functions. Assembly files are never edited here. Conditionals stay balanced, and go
    where nothing is left in them.
    """
    pieces = Pieces(program)
    edits: list[Edit] = []
    shared: dict[Extent, dict[str, str]] = defaultdict(dict)  # statement -> names that leave
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
        removals = _joined(source, [*removals, *without_empty(source, removals)])
        for e in removals:
            start, end = source.tidy(e.start, e.end)
            tidied.append(Edit(file, start, end, b"", e.reason))
    return merge_removals(tidied)


def _joined(source: Source, edits: Iterable[Edit]) -> list[Edit]:
    """Removals with nothing but blanks between them, as one."""
    result: list[Edit] = []
    for edit in merge_removals(edits):
        last = result[-1] if result else edit
        if last is not edit and not source.content[last.end : edit.start].strip():
            result[-1] = Edit(edit.file, last.start, edit.end, b"", f"{last.reason}; {edit.reason}")
        else:
            result.append(edit)
    return result


def _extents(pieces: Pieces, identity: str) -> list[Extent]:
    program = pieces.program
    variable = program.variables.get(identity)
    definition = variable or program.functions[identity]
    if definition.assembly or (variable is not None and variable.owner):
        return []
    if definition.static:
        return sorted(pieces.of[identity], key=lambda e: (e.file, e.start))
    return [definition.extent]


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
    return not (defines_type(code) and Statement(source, extent).defines_type)


def _removals(pieces: Pieces, sources: Sources, extent: Extent, reason: str) -> Iterator[Edit]:
    floor = pieces.floor(extent)
    source = sources[extent.file]
    start, end = source.definition(extent.start, extent.end, floor)
    others = [(e.start, e.end) for e in pieces.in_file[extent.file]]
    ranges = balanced(source, start, end, others)
    if ranges[0][0] < start:  # a conditional was taken along: its comment goes, too
        below = max((b for _, b in others if b <= ranges[0][0]), default=0)
        ranges[0] = source.comment_before(ranges[0][0], below), ranges[0][1]
    for first, last in ranges:
        if source.content[first:last].strip():
            yield Edit(extent.file, first, last, b"", reason)


def _taken_out(
    pieces: Pieces, sources: Sources, extent: Extent, names: Mapping[str, str]
) -> list[Edit]:
    """Removals for a statement that declares several names, or a type too."""
    statement = Statement(sources[extent.file], extent)
    reason = "; ".join(f"{i}: {r}" for i, r in names.items())
    plain = {i.rpartition(":")[2] for i in names}
    if plain >= set(statement.names) and not statement.defines_type:
        return list(_removals(pieces, sources, extent, reason))
    return [Edit(extent.file, a, b, b"", reason) for a, b in statement.without(plain)]


def extents_of(program: Program) -> list[Extent]:
    """Extents of all definitions and declarations."""
    return [
        *(f.extent for f in program.functions.values()),
        *(v.extent for v in program.variables.values()),
        *(d.extent for d in program.declarations),
    ]
