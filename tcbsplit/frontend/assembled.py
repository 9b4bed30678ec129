# SPDX-License-Identifier: MIT
"""Read the facts of objects without C source: labels with code, and what they refer to.

Targets of their instructions and data words are references.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise, product
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from tcbsplit.frontend.machine.code import TABLES
from tcbsplit.frontend.machine.elf import Elf, Label, Location
from tcbsplit.frontend.machine.objects import Lead, Object, Piece
from tcbsplit.frontend.machine.order import Ordered, orders
from tcbsplit.model.lines import file_lines
from tcbsplit.model.place import Place
from tcbsplit.model.unit import (
    CompileCommand,
    Extent,
    Facts,
    FlowFact,
    FunctionFact,
    ReferenceFact,
    VariableFact,
)
from tcbsplit.model.vocabulary import BranchKind, EdgeKind, SymbolId, symbol_id

_LABEL = re.compile(r"\s*([A-Za-z_.$][\w.$]*)\s*:")
_RULES = {
    BranchKind.BRANCH: "branch",
    BranchKind.FALL: "falls through",
    BranchKind.ADDRESS: "relocation",
}


def assembled(command: CompileCommand, root: Path, elf: Elf) -> Facts:
    """Return the facts of an object of the assembly source of ``command``."""
    content = (root / command.file).read_bytes()
    lines = content.decode("utf-8", "replace").splitlines(True)
    source = Source(command.file, _extents(command.file, lines))
    facts = facts_of(Object(elf, assembly=True), source)
    return replace(facts, lines=(file_lines(command.file, content),))


def facts_of(found: Object, source: Source) -> Facts:
    """Return the facts of an object whose labels are at the places of ``source``."""
    file = source.file
    functions: list[FunctionFact] = []
    variables: list[VariableFact] = []
    order = orders(found) if found.assembly else {}
    listed = frozenset(_listed(file, found))
    for piece in found.pieces.values():
        if not piece.code:
            variables += map(source.variable, piece.labels)
            continue
        first = _identity(file, piece.labels[0])
        for label, extent in source.code(piece):
            identity = _identity(file, label)
            functions.append(
                FunctionFact(
                    id=identity,
                    name=label.name,
                    static=label.local,
                    extent=extent,
                    weak=label.weak,
                    alias=first if identity != first else SymbolId(""),
                    section=found.elf.sections[piece.place[0]].name,
                    used=identity in listed,
                    privileged=True,
                    assembly=True,
                    body=order[piece.place].body if piece.place in order else None,
                )
            )
    # Variables in sections that the file does not hold (.bss).
    zeroed = (i for i in found.elf.labels if i not in found.elf.sections)
    variables += [source.variable(label) for i in zeroed for label in found.elf.labels[i]]
    references = tuple(_references(file, found, order))
    return Facts(
        functions=tuple(functions),
        variables=tuple(variables),
        references=references,
        # A table of code pointers in assembly holds what its relocations name.
        flows=tuple(
            FlowFact(Place.variable(r.source).spelled, Place.function(r.target).spelled, r.source)
            for r in references
            if r.kind is EdgeKind.INIT
        ),
    )


def _listed(file: str, found: Object) -> Iterator[SymbolId]:
    """Yield the code whose address stands in data without a label, such as tables of exceptions.

    Whoever reads the table may go there, at any time.
    """
    for lead in found.leads:
        section = found.elf.sections[lead.at[0]]
        if lead.kind is not BranchKind.ADDRESS or found.owner(lead.at) is not None:
            continue
        if section.code or section.name.startswith(TABLES):
            continue
        piece = None if lead.name else found.owner(lead.place)
        if lead.name:
            yield symbol_id(lead.name)
        elif piece is not None and piece.place == lead.place:
            yield _identity(file, piece.labels[0])


def _identity(file: str, label: Label) -> SymbolId:
    return symbol_id(label.name, file if label.local else "")


class Source(NamedTuple):
    """An assembly source with the positions of its labels."""

    file: str
    extents: Mapping[str, Extent]

    def extent(self, name: str) -> Extent:
        """Return the extent of a label; the start of the file where the text does not show it."""
        return self.extents.get(name) or Extent(self.file, 0, 0, 1, 1)

    def code(self, piece: Piece) -> Iterator[tuple[Label, Extent]]:
        """Yield the labels of code with their extents; all but the first are aliases of it.

        The first has the lines of the code, of whichever label they are in the text: the others are
        a line each.
        """
        first, *others = piece.labels
        shown = sorted(
            (self.extents[x.name] for x in piece.labels if x.name in self.extents),
            key=lambda e: e.line,
        )
        whole = self.extents.get(first.name) or next(iter(shown), self.extent(first.name))
        for following in shown:
            if following.line == whole.end_line + 1:
                whole = replace(whole, end=following.end, end_line=following.end_line)
        yield first, whole
        for label in others:
            at = self.extent(label.name)
            yield label, replace(at, end=at.start, end_line=at.line)

    def variable(self, label: Label) -> VariableFact:
        """Return the fact of a label with data."""
        return VariableFact(
            id=_identity(self.file, label),
            name=label.name,
            static=label.local,
            extent=self.extent(label.name),
            size=label.size,
            weak=label.weak,
            assembly=True,
        )


def _extents(file: str, lines: Sequence[str]) -> dict[str, Extent]:
    """Return the extent of every label: to the next one that is not local to the assembler."""
    ends = [0, *accumulate(len(line.encode()) for line in lines)]  # offset behind each line
    matches = ((n, _LABEL.match(line)) for n, line in enumerate(lines, 1))
    labels = [(n, m.group(1)) for n, m in matches if m and not m.group(1).startswith(".L")]
    extents: dict[str, Extent] = {}
    for (first, name), (following, _) in pairwise([*labels, (len(lines) + 1, "")]):
        last = following - 1
        extents.setdefault(name, Extent(file, ends[first - 1], ends[last], first, last))
    return extents


def _references(
    file: str, found: Object, order: Mapping[Location, Ordered]
) -> Iterator[ReferenceFact]:
    """Yield the references of functions and of the initialisers of variables."""
    known: dict[tuple[SymbolId, SymbolId, EdgeKind, str], dict[int, None]] = {}
    for lead in found.leads:
        owner = found.owner(lead.at)
        if owner is None:
            continue
        # Of data every label holds what it is initialised with: none is an alias.
        labels = owner.labels[:1] if owner.code else owner.labels
        sources = [_identity(file, label) for label in labels]
        kind, rule = (
            (EdgeKind.CALL, _RULES[lead.kind])
            if owner.code
            else (EdgeKind.INIT, _RULES[BranchKind.ADDRESS])
        )
        for source, target in product(sources, _targets(file, found, lead)):
            if target != source:
                place = order.get(owner.place)
                steps = place.steps(lead) if place is not None else ()
                known.setdefault((source, target, kind, rule), {}).update(dict.fromkeys(steps))
    for (source, target, kind, rule), steps_of in known.items():
        yield ReferenceFact(source, target, kind, file, 0, -1, rule, tuple(steps_of))


def _targets(file: str, found: Object, lead: Lead) -> Iterator[SymbolId]:
    """Yield the ids that a lead refers to: a symbol, a piece, or entries of an unnamed table."""
    if lead.name:
        yield symbol_id(lead.name)
    elif piece := found.owner(lead.place):
        yield _identity(file, piece.labels[0])
    else:
        for word in found.words(lead.place):
            yield from _targets(file, found, word)
