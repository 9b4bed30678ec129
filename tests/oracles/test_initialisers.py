# SPDX-License-Identifier: MIT
"""Random initialisers: where gcc's object has the address of a function, the facts have a flow.

Every function is named once and every field has a name of its own, so an object's relocations say
to which field each function goes. Values that gcc drops (overridden, or too many) are not compared.
"""

from __future__ import annotations

import itertools
import random
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection

from tcbsplit.frontend.reading import read_program
from tcbsplit.model.unit import CompileCommand

WORD = 8
PER_UNIT = 120


class Array(NamedTuple):
    length: int
    element: Type


class Member(NamedTuple):
    name: str  # empty: an unnamed record, or, without a type, an unnamed bit-field
    type: Type | None


class Record(NamedTuple):
    name: str
    union: bool
    members: tuple[Member, ...]


Type = Array | Record | None  # None: a pointer to a function


class Generator:
    """Declarations and definitions of one unit."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.numbers = itertools.count()
        self.functions: list[str] = []
        self.records: list[Record] = []
        self.text: list[str] = []

    def unit(self) -> tuple[str, dict[str, Type]]:
        self.text.append("typedef void (*fn)(void);")
        for _ in range(8):
            self.records.append(self.record(f"r{next(self.numbers)}"))
            self.text.append(self.declaration(self.records[-1]) + ";")
        variables = {f"v{next(self.numbers)}": self.aggregate() for _ in range(PER_UNIT)}
        values = [
            f"{self.declarator(t, name)} = {self.list(t, 0)};" for name, t in variables.items()
        ]
        self.text += [f"void {f}(void);" for f in self.functions]
        return "\n".join([*self.text, *values, ""]), variables

    def aggregate(self) -> Type:
        record = self.random.choice(self.records)
        return Array(self.random.randint(1, 3), record) if self.random.random() < 0.4 else record

    def record(self, name: str, depth: int = 0) -> Record:
        members = tuple(self.member(depth) for _ in range(self.random.randint(1, 4)))
        if all(m.type is None and not m.name for m in members):
            members += (Member(f"m{next(self.numbers)}", None),)
        return Record(name, self.random.random() < 0.25, members)

    def member(self, depth: int) -> Member:
        chance = self.random.random()
        if chance < 0.08:
            return Member("", None)
        if chance < 0.2 and depth < 2:
            return Member("", self.record("", depth + 1))
        type_: Type = None
        if chance < 0.5 and self.records:
            type_ = self.random.choice(self.records)
        elif chance < 0.6 and depth < 2:
            type_ = self.record("", depth + 1)
        for _ in range(self.random.choice((0, 0, 0, 1, 1, 2))):
            type_ = Array(self.random.choice((1, 2, 2, 3, 3)), type_)
        return Member(f"m{next(self.numbers)}", type_)

    def declaration(self, record: Record) -> str:
        keyword = "union" if record.union else "struct"
        inner = " ".join(
            f"{self.declarator(m.type, m.name)};" if m.name or m.type else "long : 64;"
            for m in record.members
        )
        return f"{keyword} {record.name} {{ {inner} }}"

    def declarator(self, type_: Type, name: str) -> str:
        while isinstance(type_, Array):
            name, type_ = f"{name}[{type_.length}]", type_.element
        if type_ is None:
            return f"fn {name}"
        if type_.name:
            return f"{'union' if type_.union else 'struct'} {type_.name} {name}"
        return f"{self.declaration(type_)} {name}"

    def function(self) -> str:
        self.functions.append(f"g{next(self.numbers)}")
        return self.functions[-1]

    def list(self, type_: Type, depth: int) -> str:
        items = [self.item(type_, depth, first=i == 0) for i in range(self.random.randint(1, 6))]
        return f"{{ {', '.join(items)} }}"

    def item(self, type_: Type, depth: int, first: bool) -> str:
        chance = self.random.random()
        if chance < 0.35 and (chosen := self.designator(type_)) is not None:
            designator, inner = chosen
            return f"{designator} = {self.value(inner, depth)}"
        if chance < 0.45 and first and isinstance(type_, Array) and type_.length:
            return self.value(type_.element, depth)
        return self.function()

    def value(self, type_: Type, depth: int) -> str:
        if type_ is not None and depth < 3 and self.random.random() < 0.5:
            return self.list(type_, depth + 1)
        return self.function()

    def designator(self, type_: Type) -> tuple[str, Type] | None:
        text = ""
        while type_ is not None and (not text or self.random.random() < 0.6):
            if isinstance(type_, Array):
                if not type_.length:
                    return None
                last = self.random.randrange(type_.length)
                first = self.random.randint(0, last)
                spread = first < last and self.random.random() < 0.3
                text += f"[{first} ... {last}]" if spread else f"[{last} + 0]"
                type_ = type_.element
            else:
                name, type_ = self.random.choice(list(named(type_)))
                text += f".{name}"
        # A value without braces needs a place in what the designator chose.
        return (text, type_) if text and any(leaves(type_, 0, "-")) else None


def named(record: Record) -> Iterator[tuple[str, Type]]:
    """The members of a record, those of unnamed records within included."""
    for member in record.members:
        if member.name:
            yield member.name, member.type
        elif isinstance(member.type, Record):
            yield from named(member.type)


def size(type_: Type) -> int:
    if isinstance(type_, Array):
        return type_.length * size(type_.element)
    if type_ is None:
        return WORD
    sizes = [size(m.type) for m in type_.members]
    return max(sizes) if type_.union else sum(sizes)


def leaves(type_: Type, offset: int, name: str) -> Iterator[tuple[int, str]]:
    """(offset, name of the field) of every pointer; members of unions share offsets."""
    if isinstance(type_, Array):
        for i in range(type_.length):
            yield from leaves(type_.element, offset + i * size(type_.element), name)
    elif type_ is None:
        yield offset, name
    else:
        for member in type_.members:
            if member.name or member.type is not None:
                yield from leaves(member.type, offset, member.name)
            offset += 0 if type_.union else size(member.type)


def relocations(path: Path) -> Iterator[tuple[str, int, str]]:
    """(variable, offset in it, function) of every address in initialised data."""
    with path.open("rb") as stream:
        elf = ELFFile(stream)
        symbols = elf.get_section_by_name(".symtab")
        objects = [s for s in symbols.iter_symbols() if s["st_info"]["type"] == "STT_OBJECT"]
        for section in elf.iter_sections():
            if not isinstance(section, RelocationSection):
                continue
            for relocation in section.iter_relocations():
                at = relocation["r_offset"]
                for symbol in objects:
                    start = symbol["st_value"]
                    if (
                        symbol["st_shndx"] == section["sh_info"]
                        and start <= at < start + symbol["st_size"]
                    ):
                        target = symbols.get_symbol(relocation["r_info_sym"]).name
                        yield symbol.name, at - start, target


@pytest.mark.parametrize("seed", range(6))
def test_functions_are_where_gcc_puts_them(seed: int, tmp_path: Path) -> None:
    source, variables = Generator(seed).unit()
    (tmp_path / "unit.c").write_text(source)
    arguments = ("gcc", "-std=gnu11", "-w")
    subprocess.run(
        [*arguments, "-c", "unit.c", "-o", "unit.o"], cwd=tmp_path, check=True, timeout=60
    )
    command = CompileCommand(file="unit.c", directory=str(tmp_path), arguments=arguments)
    program = read_program([command], tmp_path, "random", jobs=1)
    assert not program.degraded, program.degraded
    found: dict[str, set[str]] = defaultdict(set)
    for flow in program.flows:
        if flow.source.startswith("f:"):
            found[flow.source[2:]].add(flow.target.rpartition(".")[2].removeprefix("v:"))
    wanted: dict[str, list[set[str]]] = defaultdict(list)
    for variable, offset, function in relocations(tmp_path / "unit.o"):
        assert size(variables[variable])
        at = {name for o, name in leaves(variables[variable], 0, variable) if o == offset}
        wanted[function].append(at)
    assert len(wanted) > PER_UNIT
    lost = {f: p for f, p in wanted.items() if not all(found[f] & places for places in p)}
    assert not lost
    # After superfluous values clang gives up on designators; then it may be any field.
    vague = {f for f, p in wanted.items() if not found[f] <= set().union(*p)}
    assert len(vague) < len(wanted) / 10
