# SPDX-License-Identifier: MIT
"""Finds what stays in an archive, and what a linker took out of it only for code that moved.

A linker takes an object out of an archive when something before it refers to what it defines:
within a partial link (``ld -r``) only what is linked there counts, and an archive that comes later
does not count for one before it. So code elsewhere that still needs the object would not find it.
One reference is kept where code that moved had led to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.parts import Part
from tcbsplit.model.program import Program
from tcbsplit.model.split import Sides
from tcbsplit.model.vocabulary import SymbolId
from tcbsplit.split.decide.pulled import LINKED, removed

_References = Mapping[SymbolId, Sequence[SymbolId]]


def archived(
    program: Program,
    graph: ReferenceGraph,
    sides: Sides,
    parts: Sequence[Part],
    kept: Mapping[str, tuple[SymbolId, ...]],
) -> dict[str, tuple[SymbolId, ...]]:
    """Return for C sources of units what they must refer to beside their code.

    This is ``kept``, and what stays in archives and would not be taken out of them.
    """
    if not parts:
        return dict(kept)
    gone = removed(program, sides)
    files = {d.id: d.extent.file for d in program.definitions}
    before: dict[SymbolId, list[SymbolId]] = defaultdict(list)
    after: dict[SymbolId, list[SymbolId]] = defaultdict(list)
    users: dict[str, dict[SymbolId, set[str]]] = defaultdict(lambda: defaultdict(set))
    for edge in graph.edges:
        if edge.kind not in LINKED or edge.caller not in files or edge.callee not in files:
            continue
        before[edge.caller].append(edge.callee)
        if edge.caller in gone:
            continue
        after[edge.caller].append(edge.callee)
        if edge.callee not in gone and files[edge.caller] != files[edge.callee]:
            users[files[edge.callee]][edge.callee].add(files[edge.caller])
    found: dict[str, set[SymbolId]] = defaultdict(set)
    joined = {f for p in parts for f in _Taken(p, files, after, gone, ordered=False).led}
    for part in parts:
        was = _Taken(part, files, before)
        now = _Taken(part, files, after, gone)
        for file, names in kept.items():
            now.refer(file, names)
        while (lost := _lost(program, was, now, users, joined)) is not None:
            file, name = was.leading(lost[0], now), lost[1]
            found[file].add(name)
            now.refer(file, (name,))
    more = {file: tuple(sorted(found[file])) for file in sorted(found)}
    return {f: (*kept.get(f, ()), *more.get(f, ())) for f in sorted({*kept, *more})}


class _Taken:
    """The sources whose objects one run of a linker joins, and who led to each in an archive."""

    def __init__(
        self,
        part: Part,
        files: Mapping[SymbolId, str],
        references: _References,
        gone: Collection[SymbolId] = (),
        ordered: bool = True,
    ) -> None:
        """Follow ``references``; those from archive to archive only if they are not ``ordered``."""
        self._part, self._files, self._references = part, files, references
        self._ordered = ordered
        self._content: dict[str, list[SymbolId]] = defaultdict(list)
        for name, file in files.items():
            if name not in gone:
                self._content[file].append(name)
        self.led: dict[str, str] = dict.fromkeys(part.given, "")
        self._seen: set[tuple[SymbolId, str]] = set()
        self._follow([(n, f) for f in sorted(part.given) for n in self._content[f]])

    def refer(self, file: str, names: Sequence[SymbolId]) -> None:
        """Add references from a source, if its object is joined."""
        if file in self.led:
            self._follow([step for name in names for step in self._to(name, file)])

    def leading(self, file: str, joined: _Taken) -> str:
        """Return the source on the way to ``file`` that is the last one joined there as well."""
        while file not in joined.led:
            file = self.led[file]
        return file

    def _follow(self, work: list[tuple[SymbolId, str]]) -> None:
        """Follow references of symbols in the objects of sources; inline ones are in several."""
        while work:
            state = work.pop()
            if state not in self._seen:
                self._seen.add(state)
                name, file = state
                for callee in self._references.get(name, ()):
                    work += self._to(callee, file)

    def _to(self, name: SymbolId, file: str) -> Iterator[tuple[SymbolId, str]]:
        home = self._files[name]
        archive = self._part.archived.get(home)
        if home in self.led:
            return
        if archive is None:
            if home not in self._part.given:
                yield name, file  # of a header
        elif not self._ordered or self._part.archived.get(file, archive) == archive:
            self.led[home] = file
            yield from ((n, home) for n in self._content[home])


def _lost(
    program: Program,
    was: _Taken,
    now: _Taken,
    users: Mapping[str, Mapping[SymbolId, set[str]]],
    joined: Collection[str],
) -> tuple[str, SymbolId] | None:
    """Return a source that is not joined any more, and what others use of it, if there is one.

    ``joined`` are all sources whose objects are linked somewhere.
    """
    for file in sorted(was.led.keys() - now.led.keys()):
        for name in sorted(users.get(file, {})):
            fact = program.functions.get(name) or program.variables[name]
            if not fact.static and any(u in joined or u in now.led for u in users[file][name]):
                return file, name
    return None
