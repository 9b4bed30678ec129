# SPDX-License-Identifier: MIT
"""Collect the facts of some declarations while their trees are walked."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from tcbsplit.frontend.extract.escape import Escapes
from tcbsplit.frontend.extract.holders import Data
from tcbsplit.frontend.extract.identity import Names
from tcbsplit.frontend.extract.libclang import CXCursor, lib, text
from tcbsplit.frontend.extract.targets import Target, Targets
from tcbsplit.frontend.extract.types import Types
from tcbsplit.frontend.extract.uses import Lvalues
from tcbsplit.model.place import VALUES, Place, PlaceKind, spelled
from tcbsplit.model.unit import (
    DeclarationFact,
    Extent,
    Facts,
    FieldUseFact,
    FlowFact,
    FunctionFact,
    IndirectFact,
    KeyedCallFact,
    PassedFact,
    RecordInitFact,
    ReferenceFact,
    VariableFact,
)
from tcbsplit.model.vocabulary import EdgeKind, SymbolId

_ADDRESS, _PIECE = PlaceKind.ADDRESS, PlaceKind.PIECE
_FUNCTION = PlaceKind.FUNCTION
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


class Unit:
    """State shared by the declarations of one unit while it is read."""

    def __init__(self, names: Names, types: Types, main: str) -> None:
        self.names = names
        self.types = types
        self.targets = Targets(names, types)
        self.escapes = Escapes(Lvalues(names, types, self.targets))
        self.defined: set[SymbolId] = set()  # ids of functions that have a body here
        # Functions and variables without linkage that assembly and attributes name: by file and
        # name, and by name, with the main file's and headers' apart (the facts of a header are
        # shared with units that have another main file).
        self.main = main
        self.statics: dict[tuple[str, str], SymbolId] = {}
        self._by_name: tuple[dict[str, SymbolId], dict[str, SymbolId]] = ({}, {})
        self.members: dict[int, Any] = {}  # type -> members, see ``initial``
        self.overlays: dict[tuple[int, int], tuple[tuple[Place, Place], ...]] = {}

    def static(self, name: str, path: str, identity: SymbolId) -> None:
        """Note a static function or variable that the file ``path`` defines."""
        self.statics[(path, name)] = identity
        self._by_name[path == self.main].setdefault(name, identity)

    def symbol(self, name: str, path: str) -> SymbolId:
        """Return the id of a symbol that assembly or an attribute in the file ``path`` names."""
        found = self.statics.get((path, name))
        if found is None and path == self.main:
            found = self._by_name[True].get(name)
        return found or self._by_name[False].get(name, SymbolId(name))


class Collected:
    """References, flows, indirect calls and so on of some declarations."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.names = unit.names
        self.functions: list[FunctionFact] = []
        self.variables: list[VariableFact] = []
        self.declarations: list[DeclarationFact] = []
        self.references: dict[ReferenceFact, None] = {}
        self.steps: dict[ReferenceFact, list[int]] = {}  # of calls, where they are known
        self.indirect: list[IndirectFact] = []
        self.flows: dict[tuple[Place, Place, str], None] = {}
        self.calls: list[KeyedCallFact] = []
        self.passed: list[PassedFact] = []
        self.records: list[RecordInitFact] = []
        self.reads: dict[SymbolId, dict[Place, None]] = {}
        self.writes: dict[SymbolId, dict[Place, None]] = {}
        self.data = Data(unit.names, unit.targets, unit.types)
        self.objects: dict[SymbolId, None] = {}
        self.static_locals: list[tuple[CXCursor, SymbolId]] = []

    def facts(self) -> Facts:
        """Return all collected facts, frozen."""
        return Facts(
            functions=tuple(self.functions),
            variables=tuple(self.variables),
            declarations=tuple(self.declarations),
            references=tuple(self._placed()),
            indirect=tuple(_merged(self.indirect)),
            flows=tuple(FlowFact(t.spelled, s.spelled, o) for t, s, o in self.flows),
            calls=tuple(self.calls),
            passed=tuple(p for p in self.passed if p.callee not in self.unit.defined),
            records=tuple(self.records),
            objects=tuple(self.objects),
            data=self.data.encoded(),
            fields=tuple(
                FieldUseFact(owner, spelled(self.reads.get(owner, ())),
                             spelled(self.writes.get(owner, ())))
                for owner in {**self.reads, **self.writes}
            ),
        )  # fmt: skip

    def _placed(self) -> Iterator[ReferenceFact]:
        for r in self.references:
            steps = self.steps.get(r)
            if steps:
                yield ReferenceFact(
                    r.source, r.target, r.kind, r.file, r.line, r.offset, r.rule, tuple(steps)
                )
            else:
                yield r

    def refer(
        self, source: SymbolId, target: Target, kind: EdgeKind, cursor: CXCursor, rule: str
    ) -> ReferenceFact:
        """Record one mention; its offset is -1 if the name is in a macro's body."""
        path, line, offset = self.names.place(cursor)
        if not self.names.spelled(path, offset, target.spelling):
            offset = -1
        fact = ReferenceFact(source, target.identity, kind, path, line, offset, rule)
        self.references[fact] = None
        return fact

    def refer_by_name(
        self,
        source: SymbolId,
        name: str,
        kind: EdgeKind,
        cursor: CXCursor,
        rule: str,
        step: int = 0,
    ) -> None:
        """Record a mention of a symbol that libclang does not resolve (assembly, attributes).

        ``step`` is the step of the body at which it takes effect, if known.
        """
        path, line, _ = self.names.place(cursor)
        identity = self.unit.symbol(name, path)
        self.mention(ReferenceFact(source, identity, kind, path, line, -1, rule), step)

    def mention(self, fact: ReferenceFact, step: int = 0) -> None:
        """Record a mention that takes effect at a step of the body, if that is known."""
        self.references[fact] = None
        if step and step not in (known := self.steps.setdefault(fact, [])):
            known.append(step)

    def flow(self, targets: Iterable[Place], sources: Iterable[Place], owner: str) -> None:
        """Record that values of ``sources`` may be stored in ``targets``.

        A source may be the address of a pointer: values flow back through it.
        """
        for target in targets:
            if target.kind is _PIECE:
                continue
            target = target.plain
            for source in sources:
                if source.kind is _PIECE:
                    continue  # see ``pieces``
                plain = source.plain
                if plain is target:
                    continue
                if target.kind is not _FUNCTION:
                    self.flows[(target, plain, owner)] = None
                if plain is not source and plain.kind not in VALUES:
                    self.flows[(plain, target, owner)] = None

    def use_field(self, owner: SymbolId, field: Place, write: bool) -> None:
        """Record that a function reads or writes a field itself."""
        (self.writes if write else self.reads).setdefault(owner, {})[field] = None

    def statements(self) -> Counter[tuple[str, int]]:
        """Return, by file and start of each static local, how many names its statement declares.

        For clang what comes first starts where the statement does, each further name at itself. A
        type that the statement defines counts as a name: it comes first.
        """
        groups: list[list[Extent]] = []
        counts: Counter[tuple[str, int]] = Counter()
        for cursor, _ in self.static_locals:
            extent = self.names.extent(cursor)
            last = groups[-1][-1] if groups else None
            between = slice(last.end if last else 0, extent.start)
            named = extent.start == self.names.place(cursor)[2]
            if not named or not last or b";" in self.names.content(extent.file)[between]:
                groups.append([extent] if named else [])
            groups[-1].append(extent)
        for group in groups:
            counts.update({(e.file, e.start): len(group) for e in group})
        return counts

    def source_text(self, cursor: CXCursor) -> str:
        """Return the source of an expression on one line, shortened."""
        extent = self.names.extent(cursor)
        piece = self.names.content(extent.file)[extent.start : extent.end]
        return " ".join(piece.decode("utf-8", "replace").split())[:80]

    def record(
        self,
        owner: str,
        record: str,
        strings: list[tuple[str, str]],
        functions: list[tuple[str, str]],
        cursor: CXCursor,
    ) -> None:
        """Record an initialised record with its strings and functions."""
        path, line, _ = self.names.place(cursor)
        self.records.append(
            RecordInitFact(owner, record, tuple(strings), tuple(functions), path, line)
        )


def _merged(sites: Iterable[IndirectFact]) -> Iterable[IndirectFact]:
    """Yield each indirect call once: a macro may expand to the same one several times."""
    found: dict[IndirectFact, IndirectFact] = {}
    for site in sites:
        key = msgspec.structs.replace(site, steps=())
        known = found.setdefault(key, site)
        if known is not site:
            steps = tuple(dict.fromkeys((*known.steps, *site.steps)))
            found[key] = msgspec.structs.replace(site, steps=steps)
    return found.values()


def string_value(literal: CXCursor) -> str:
    """Return the value of a string literal (adjacent pieces joined)."""
    pieces = _STRING.findall(text(lib.getCursorSpelling(literal)))
    try:
        return "".join(ast.literal_eval(piece) for piece in pieces)
    except (SyntaxError, ValueError):
        return "".join(piece[1:-1] for piece in pieces)


def replaced(variable: VariableFact, declarators: int, fixed: bool) -> VariableFact:
    """Return the fact with what the whole unit says of it."""
    return msgspec.structs.replace(variable, declarators=declarators, fixed=fixed)
