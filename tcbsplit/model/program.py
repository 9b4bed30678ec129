# SPDX-License-Identifier: MIT
"""A program: all translation units of one image, linked."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from itertools import chain

import msgspec

from tcbsplit.model.base import Record
from tcbsplit.model.collision import Collision
from tcbsplit.model.unit import (
    CompileCommand,
    DeclarationFact,
    Diagnostic,
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
from tcbsplit.model.vocabulary import SymbolId


class FileFact(Record, frozen=True, kw_only=True):
    """A source file of the program and its lines."""

    path: str
    code_lines: tuple[int, ...]  # hold a token that is no comment, and are compiled in some unit
    total_lines: int
    header: bool
    digest: str  # SHA-256 of the bytes


class Unit(Record, frozen=True, kw_only=True):
    """A translation unit of the program: its command and the headers it read below the root."""

    command: CompileCommand
    headers: tuple[str, ...] = ()
    pointer_size: int = 0  # bytes; 0: not known


class Degraded(Record, frozen=True, kw_only=True):
    """A unit with parse errors: its facts may be incomplete."""

    unit: str
    diagnostics: tuple[Diagnostic, ...]
    abandoned: bool = False  # nothing was read at all


class UnknownFlag(Record, frozen=True):
    """A compile flag that is not followed: the analysis is as if it were not there."""

    flag: str
    unit: str  # one that is compiled with it
    units: int  # how many are


class Program(Record, frozen=True, kw_only=True):
    """One linked image. Dictionaries are keyed by id (functions, variables) or path (files)."""

    image: str
    root: str  # absolute path of the source tree
    units: tuple[Unit, ...]
    files: dict[str, FileFact]
    functions: dict[SymbolId, FunctionFact]
    variables: dict[SymbolId, VariableFact]
    declarations: tuple[DeclarationFact, ...]
    references: tuple[ReferenceFact, ...]
    indirect: tuple[IndirectFact, ...]
    flows: tuple[FlowFact, ...]
    calls: tuple[KeyedCallFact, ...]
    passed: tuple[PassedFact, ...]
    records: tuple[RecordInitFact, ...]
    fields: tuple[FieldUseFact, ...]
    data: tuple[bytes, ...] = ()  # encoded ``DataFacts``, see ``model.data``
    objects: tuple[SymbolId, ...] = ()  # C declares them as data, wherever they are
    externals: tuple[str, ...] = ()  # referred to, defined nowhere
    degraded: tuple[Degraded, ...] = ()
    left_out: tuple[str, ...] = ()  # sources of the database that are not part of the image
    unknown_flags: tuple[UnknownFlag, ...] = ()
    # External definitions in included files (a template filled in by macros, data) -> units.
    templates: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    collisions: tuple[Collision, ...] = ()  # external names of which several units define one each
    inputs: tuple[str, ...] = ()  # absolute paths of all files that were read

    @property
    def definitions(self) -> Iterator[FunctionFact | VariableFact]:
        """All functions, then all variables."""
        return chain(self.functions.values(), self.variables.values())

    def definition(self, identity: SymbolId) -> FunctionFact | VariableFact | None:
        """Return the function or variable of this id, ``None`` if there is none."""
        return self.functions.get(identity) or self.variables.get(identity)

    def long_size(self, function: FunctionFact) -> int:
        """Return the bytes of a ``long`` where ``function`` is defined: those of a pointer there.

        So it is in the System V ABIs of x86 (-m32, -m64, -mx32), ARM and RISC-V.
        """
        sizes = {u.command.file: u.pointer_size for u in self.units if u.pointer_size}
        return sizes.get(function.extent.file, max(sizes.values(), default=0))

    def lines_of(self, function: FunctionFact) -> int:
        """Return how many code lines the definition of ``function`` has."""
        extent = function.extent
        fact = self.files.get(extent.file)
        if fact is None:
            return 0
        lines = fact.code_lines  # in order
        return bisect_right(lines, extent.end_line) - bisect_left(lines, extent.line)


def stands_for(
    definitions: Mapping[SymbolId, FunctionFact] | Mapping[SymbolId, VariableFact],
) -> dict[SymbolId, SymbolId]:
    """Return, by each id that is an alias, the id of what it names in the end."""
    aliases = {d.id: SymbolId(d.alias) for d in definitions.values() if d.alias}
    found = {}
    for alias, target in aliases.items():
        seen = {alias}
        while target in aliases and target not in seen:
            seen.add(target)
            target = aliases[target]
        found[alias] = target
    return found
