# SPDX-License-Identifier: MIT
"""Compute the tables that the scripts of the page work with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tcbsplit.model.access import NO_USERS, Users
from tcbsplit.model.graph import CONTROL, Chain, Edge, ReferenceGraph
from tcbsplit.model.page import (
    NOT_REACHED,
    ROOT,
    Page,
    PageEdge,
    PageFunction,
    PageVariable,
    Ran,
    sides_of,
)
from tcbsplit.model.phase import Classification, CutEdge
from tcbsplit.model.program import Program, stands_for
from tcbsplit.model.result import ImageFacts
from tcbsplit.model.split import Split
from tcbsplit.model.trace import Audit
from tcbsplit.model.unit import FunctionFact
from tcbsplit.model.vocabulary import BootedBuild, CodeClass, Phase, SymbolId
from tcbsplit.report.html.sources import ReadLines, snippets
from tcbsplit.report.loc import symbol_of, symbol_sizes

PHASES = (Phase.RUNTIME, Phase.BOOT, Phase.PREPROCESS)  # the weightiest first
CLASSES = tuple(CodeClass)


@dataclass(frozen=True)
class Material:
    """All results that the tables are made of."""

    program: Program
    graph: ReferenceGraph
    classes: Classification
    split: Split
    component_of: Callable[[str], str]  # of a path
    dominators: Mapping[SymbolId, SymbolId]
    users: Mapping[SymbolId, Users]
    image: ImageFacts | None  # of the original
    audit: Audit | None
    lines: ReadLines


@dataclass
class _Numbers:
    """Positions of things in a table, in the order in which they are first asked for."""

    positions: dict[object, int] = field(default_factory=dict)

    def of(self, thing: object) -> int:
        return self.positions.setdefault(thing, len(self.positions))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(map(str, self.positions))


def page_data(material: Material) -> Page:
    """Return the tables of the page; equal results give equal tables."""
    return _Tables(material).page()


class _Tables:
    """Tables in the making: rows refer to each other by position."""

    def __init__(self, material: Material) -> None:
        self.material = material
        self.functions = sorted(material.program.functions)
        self.numbers = {identity: n for n, identity in enumerate(self.functions)}
        self.files, self.components, self.edges = _Numbers(), _Numbers(), _Numbers()
        self.variables = _variables(material)
        self.held = _held(material)
        self.sizes = symbol_sizes(material.image) if material.image else None
        self.never, self.sides = _never(material.audit), _sides(material)
        self.uses = _uses(material, self.variables)
        retired = material.split.plan.retired
        self.retired = frozenset(p.id for p in retired.placed) if retired else frozenset()

    def page(self) -> Page:
        """Return all tables."""
        material, program = self.material, self.material.program
        rows = tuple(self._row(program.functions[i]) for i in self.functions)
        edges = tuple(
            _edge(e, self.numbers, self.files) for e in self.edges.positions if isinstance(e, Edge)
        )
        return Page(
            classes=CLASSES,
            phases=PHASES,
            components=self.components.names,
            files=self.files.names,
            functions=rows,
            edges=edges,
            variables=tuple(_variable(i, material, self.numbers) for i in self.variables),
            roots=_roots(material, self.numbers),
            cuts=tuple(
                f"{c.edge.caller} -> {c.edge.callee}: {c.cut.reason}" for c in _severed(material)
            ),
            sources=snippets(self.files.names, _places(rows, edges), material.lines),
        )

    def _row(self, fact: FunctionFact) -> PageFunction:
        material, dominators = self.material, self.material.dominators
        found = material.classes.functions[fact.id]
        size = -1 if self.sizes is None else self.sizes.get(symbol_of(fact), 0)
        return PageFunction(
            id=fact.id,
            file=self.files.of(fact.extent.file),
            line=fact.extent.line,
            end_line=fact.extent.end_line,
            kind=CLASSES.index(found.kind),
            lines=material.program.lines_of(fact),
            bytes=size,
            complexity=fact.complexity,
            component=self.components.of(material.component_of(fact.extent.file)),
            dominator=self.numbers[dominators[fact.id]] if fact.id in dominators else -1,
            arrivals=tuple(self._arrival(found.chains.get(p)) for p in PHASES),
            uses=self.uses.get(fact.id, ()),
            held=self.held.get(fact.id, ()),
            ran=self._ran(fact, size) if Phase.RUNTIME in found.phases else Ran.UNASKED,
            sides=self.sides.get(fact.id, ""),
            retired=fact.id in self.retired,
        )

    def _arrival(self, chain: Chain | None) -> int:
        if chain is None:
            return NOT_REACHED
        return self.edges.of(chain.edges[-1]) if chain.edges else ROOT

    def _ran(self, fact: FunctionFact, size: int) -> Ran:
        """Return what traces say of a run-time function; one without a symbol they do not show."""
        if self.never is None:
            return Ran.UNASKED
        if fact.id in self.never:
            return Ran.NEVER
        return Ran.RAN if size > 0 else Ran.UNASKED


def _edge(edge: Edge, numbers: Mapping[SymbolId, int], files: _Numbers) -> PageEdge:
    return PageEdge(
        caller=numbers.get(edge.caller, -1),
        callee=numbers.get(edge.callee, -1),
        kind=edge.kind,
        confidence=edge.confidence,
        file=files.of(edge.file) if edge.file else -1,
        line=edge.line,
        rule=edge.rule,
    )


def _places(
    functions: Iterable[PageFunction], edges: Iterable[PageEdge]
) -> Iterator[tuple[int, int]]:
    """Yield the lines to show text around: the steps of chains, and heads of functions."""
    yield from ((e.file, e.line) for e in edges if e.file >= 0)
    yield from ((f.file, f.line) for f in functions)


def _variables(material: Material) -> list[SymbolId]:
    """Return the variables that functions mention, sorted."""
    objects = stands_for(material.program.variables)
    functions, variables = material.graph.functions, material.graph.variables
    return sorted(
        {
            objects.get(e.callee, e.callee)
            for e in material.graph.edges
            if e.callee in variables and e.caller in functions
        }
    )


def _uses(material: Material, variables: Collection[SymbolId]) -> dict[SymbolId, tuple[int, ...]]:
    """Return, by function, the positions of the variables that it mentions."""
    objects = stands_for(material.program.variables)
    numbers = {v: n for n, v in enumerate(variables)}
    found: dict[SymbolId, dict[int, None]] = defaultdict(dict)
    for edge in material.graph.edges:
        number = numbers.get(objects.get(edge.callee, edge.callee))
        if number is not None and edge.caller in material.graph.functions:
            found[edge.caller][number] = None
    return {function: tuple(numbers) for function, numbers in found.items()}


def _variable(
    identity: SymbolId, material: Material, numbers: Mapping[SymbolId, int]
) -> PageVariable:
    users = material.users.get(identity, NO_USERS)
    handed = {e.name: e for e in material.split.plan.entries}
    fact = material.program.variables.get(identity)
    return PageVariable(
        id=identity,
        size=fact.size if fact else 0,
        readers=tuple(numbers[i] for i in users.readers if i in numbers),
        writers=tuple(numbers[i] for i in users.writers if i in numbers),
        handed=identity in handed,
        secret=identity in handed and handed[identity].secret,
    )


def _severed(material: Material) -> list[CutEdge]:
    return [c for c in material.classes.cut_edges if c.edge.kind in CONTROL]


def _held(material: Material) -> dict[SymbolId, tuple[int, ...]]:
    """Return, by function that does not stay, the cuts without which it would be reached again."""
    found: dict[SymbolId, list[int]] = defaultdict(list)
    behind: dict[SymbolId, list[SymbolId]] = {}
    for number, cut in enumerate(_severed(material)):
        callee = cut.edge.callee
        if callee not in behind:
            behind[callee] = [
                i
                for i in material.graph.reach([callee])
                if i in material.classes.functions
                and not {Phase.RUNTIME, Phase.BOOT} & set(material.classes.functions[i].phases)
            ]
        for identity in behind[callee]:
            found[identity].append(number)
    return {function: tuple(numbers) for function, numbers in found.items()}


def _never(audit: Audit | None) -> frozenset[str] | None:
    """Return the run-time functions of the original (else of the split) that no trace shows."""
    coverage = audit.coverage if audit else {}
    for build in BootedBuild:
        if build in coverage:
            return frozenset(coverage[build].never)
    return None


def _sides(material: Material) -> dict[SymbolId, str]:
    return {p.id: sides_of(p.where) for p in material.split.plan.placements}


def _roots(material: Material, numbers: Mapping[SymbolId, int]) -> dict[int, str]:
    """Return the roots that the program itself shows, with what says so."""
    return {
        numbers[e.function]: f"{e.file}:{e.line}: {e.how}"
        for e in (*material.graph.unasked, *material.graph.hardware)
        if e.function in material.classes.assumed and e.function in numbers
    }
