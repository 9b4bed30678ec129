# SPDX-License-Identifier: MIT
"""Finds what stays in an archive, and what a linker took out of it only for code that moved.

A linker takes an object out of an archive when something before it refers to what it defines:
within a partial link (``ld -r``) only what is linked there counts, and an archive that comes later
does not count for one before it. So code elsewhere that still needs the object would not find it.
One reference is kept where code that moved had led to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.parts import Part
from tcbsplit.model.program import Program
from tcbsplit.model.split import Sides
from tcbsplit.model.vocabulary import SymbolId
from tcbsplit.split.decide.pulled import LINKED, removed


class _References:
    """What definitions refer to, by definition and by source file."""

    def __init__(self, edges: Iterable[tuple[SymbolId, SymbolId]], files: Mapping[SymbolId, str]):
        """Group ``edges``; a file's are those that leave it."""
        self.of: dict[SymbolId, list[SymbolId]] = defaultdict(list)
        leaving: dict[str, dict[SymbolId, None]] = defaultdict(dict)
        for caller, callee in edges:
            self.of[caller].append(callee)
            if files[caller] != files[callee]:
                leaving[files[caller]][callee] = None
        self.leaving: Mapping[str, Collection[SymbolId]] = leaving


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
    linked = [
        (e.caller, e.callee)
        for e in graph.edges
        if e.kind in LINKED and e.caller in files and e.callee in files
    ]
    staying = [(caller, callee) for caller, callee in linked if caller not in gone]
    before, after = _References(linked, files), _References(staying, files)
    users = _users(files, ((caller, callee) for caller, callee in staying if callee not in gone))
    elsewhere = frozenset(f for p in parts for f in (*p.given, *p.archived))
    found: dict[str, set[SymbolId]] = defaultdict(set)
    joined = {f for p in parts for f in _Taken(p, files, after, elsewhere, ordered=False).led}
    for part in parts:
        was = _Taken(part, files, before, elsewhere)
        now = _Taken(part, files, after, elsewhere)
        for file, names in kept.items():
            now.refer(file, names)
        while (lost := _lost(program, was, now, users, joined)) is not None:
            file, name = was.leading(lost[0], now), lost[1]
            found[file].add(name)
            now.refer(file, (name,))
    more = {file: tuple(sorted(found[file])) for file in sorted(found)}
    return {f: (*kept.get(f, ()), *more.get(f, ())) for f in sorted({*kept, *more})}


def _users(
    files: Mapping[SymbolId, str], edges: Iterable[tuple[SymbolId, SymbolId]]
) -> dict[str, dict[SymbolId, set[str]]]:
    """Return, by file and what it defines, the other files that refer to it."""
    users: dict[str, dict[SymbolId, set[str]]] = defaultdict(lambda: defaultdict(set))
    for caller, callee in edges:
        if files[caller] != files[callee]:
            users[files[callee]][callee].add(files[caller])
    return users


class _Taken:
    """The sources whose objects one run of a linker joins, and who led to each in an archive."""

    def __init__(
        self,
        part: Part,
        files: Mapping[SymbolId, str],
        references: _References,
        elsewhere: Collection[str],
        ordered: bool = True,
    ) -> None:
        """Follow ``references``; those from archive to archive only if they are not ``ordered``.

        ``elsewhere`` are the sources with an object of their own, which is joined here or not.
        """
        self._part, self._files, self._references = part, files, references
        self._ordered, self._elsewhere = ordered, elsewhere
        self.led: dict[str, str] = dict.fromkeys(part.given, "")
        self._seen: set[tuple[SymbolId, str]] = set()
        self._join(sorted(part.given))

    def refer(self, file: str, names: Sequence[SymbolId]) -> None:
        """Add references from a source, if its object is joined."""
        if file in self.led:
            self._join(self._follow(names, file))

    def leading(self, file: str, joined: _Taken) -> str:
        """Return the source on the way to ``file`` that is the last one joined there as well."""
        while file not in joined.led:
            file = self.led[file]
        return file

    def _join(self, work: list[str]) -> None:
        """Join the objects of sources, and those that they need."""
        while work:
            file = work.pop()
            work += self._follow(self._references.leaving.get(file, ()), file)

    def _follow(self, names: Iterable[SymbolId], file: str) -> list[str]:
        """Return the sources that a source's references lead to; inline ones are in several."""
        led: list[str] = []
        work = list(names)
        while work:
            name = work.pop()
            home = self._files[name]
            if home in self.led:
                continue
            if home not in self._elsewhere:  # of a header
                if (name, file) not in self._seen:
                    self._seen.add((name, file))
                    work += self._references.of.get(name, ())
            elif self._takes(home, file):
                self.led[home] = file
                led.append(home)
        return led

    def _takes(self, home: str, file: str) -> bool:
        """Tell whether what ``file`` refers to is taken out of an archive of this part."""
        archive = self._part.archived.get(home)
        if archive is None:
            return False
        return not self._ordered or self._part.archived.get(file, archive) == archive


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
