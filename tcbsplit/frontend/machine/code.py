# SPDX-License-Identifier: MIT
"""Read ELF files into ``MachineCode``: objects of units, and linked images."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Set
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from tcbsplit import elffile
from tcbsplit.frontend.machine import disassembly
from tcbsplit.frontend.machine.elf import Elf, Label, Section
from tcbsplit.frontend.machine.objects import Object, Piece
from tcbsplit.model.machine import MachineCode, MachineEdge, MachineName, MachineNode
from tcbsplit.model.vocabulary import BranchKind

# Tables of code locations, one for every function or call: their entries are not call targets.
TABLES = (".eh_frame", "__mcount_loc", "__patchable_function_entries", ".stack_sizes",
           "__bug_table", ".orc_unwind", ".comment")  # fmt: skip
_SAMPLE = 256  # functions that tell the mode of an image
_PAGE = 4096  # bytes; an immediate operand that is so round need not be an address


def read_elf(path: Path) -> tuple[Elf, str]:
    """Read the ELF file at ``path``; return it and its SHA-256. Raises ``BuildError``."""
    with elffile.opened(path) as elf:
        return Elf(elf), hashlib.sha256(elf.stream.getvalue()).hexdigest()


class _Nodes:
    """Numbers nodes as they are first mentioned."""

    def __init__(self) -> None:
        self.found: dict[MachineNode, int] = {}

    def number(self, node: MachineNode) -> int:
        return self.found.setdefault(node, len(self.found))


def read_object(path: Path, unit: str, *, assembly: bool) -> MachineCode:
    """Return the machine code of the object at ``path``, made from the source ``unit``.

    Raises ``BuildError`` where it is no ELF file.
    """
    elf, digest = read_elf(path)
    found = Object(elf, assembly)
    nodes = _Nodes()
    edges: dict[MachineEdge, None] = {}
    for lead in found.leads:
        section = elf.sections[lead.at[0]]
        if section.name.startswith(TABLES):
            continue
        if lead.name:
            target = MachineNode((MachineName(lead.name),))
        else:
            piece = found.owner(lead.place)
            if piece is None or not piece.code:
                continue
            if lead.kind is BranchKind.ADDRESS and piece.place != lead.place:
                continue  # a place within: a jump table's, a label's
            target = _node(piece, elf, unit)
        owner = found.owner(lead.at)
        source = _node(owner, elf, unit) if owner else MachineNode((), section=section.name)
        if source != target and not (lead.name and _called_so(source, lead.name)):
            edge = MachineEdge(nodes.number(source), nodes.number(target), lead.kind, lead.at[1])
            edges[edge] = None
    weak = {_node(p, elf, unit) for p in found.pieces.values() if all(x.weak for x in p.labels)}
    return MachineCode(
        path=str(path),
        digest=digest,
        unit=unit,
        nodes=tuple(nodes.found),
        edges=tuple(edges),
        weak=tuple(i for node, i in nodes.found.items() if node in weak),
        unread=disassembly.unread(elf.machine),
    )


def _called_so(node: MachineNode, name: str) -> bool:
    return any(n.name == name and not n.file for n in node.names)


def _node(piece: Piece, elf: Elf, unit: str) -> MachineNode:
    names = tuple(MachineName(x.name, unit if x.local else "") for x in piece.labels)
    return MachineNode(names, piece.place[1], piece.code, elf.sections[piece.place[0]].name)


class _Range(NamedTuple):
    """A piece of an image, which ends where the next begins."""

    start: int  # virtual address
    node: int
    size: int  # bytes that a symbol of a function counts; 0: none does


def read_image(path: Path, known: Set[str]) -> MachineCode:
    """Return the machine code of the linked image at ``path``.

    ``known`` are names of functions that a symbol without a type, or among data, may stand for.
    Raises ``BuildError`` where it is no ELF file.
    """
    elf, digest = read_elf(path)
    machine = disassembly.machine_of(elf.machine)
    nodes = _Nodes()
    ranges = sorted(_ranges(elf, known, nodes))
    if machine is None or not ranges:
        why = disassembly.unread(elf.machine)
        return MachineCode(path=str(path), digest=digest, unread=why)
    image = _Image(elf, machine, ranges)
    edges = dict.fromkeys(e for s in elf.sections.values() for e in image.edges(s))
    return MachineCode(path=str(path), digest=digest, nodes=tuple(nodes.found), edges=tuple(edges))


def _ranges(elf: Elf, known: Set[str], nodes: _Nodes) -> Iterator[_Range]:
    for index, section in elf.sections.items():
        places: dict[int, list[Label]] = {}
        for label in elf.labels.get(index, ()):
            places.setdefault(label.place[1], []).append(label)
        for at, labels in places.items():
            if not 0 <= at < len(section.data):
                continue
            pool = elf.pools.get(index)
            among = pool is not None and pool.holds(at)
            code = not among and any(_code(x, section, known) for x in labels)
            if not code and section.code:
                continue
            names = tuple(MachineName(x.name, elf.files.get(x, "")) for x in labels)
            address = section.address + at
            size = max(x.size if x.function else 0 for x in labels)
            yield _Range(
                address, nodes.number(MachineNode(names, address, code, section.name)), size
            )


def _code(label: Label, section: Section, known: Set[str]) -> bool:
    if label.object:
        return False
    if label.name in known:
        return True
    return label.function or (section.code and not label.local)


class _Image:
    """The instructions and words of a linked image, and what they lead to."""

    def __init__(self, elf: Elf, machine: disassembly.Machine, ranges: list[_Range]) -> None:
        self._machine = machine
        self._ranges = ranges
        self._starts = [r.start for r in ranges]
        self._exact = {r.start: r.node for r in ranges}
        self._sizes = {r.start: r.size for r in ranges}
        self._mode = self._choose(elf)
        self._pools = elf.pools
        self._loaded: set[int] = set()  # addresses of constants among code
        narrow = machine.x86 and self._mode in disassembly.WORDS_OF_4
        self._word = 4 if narrow else 8

    def _choose(self, elf: Elf) -> int:
        """Return the mode of the processor in which the code decodes best.

        A loader may require a 32-bit ELF header for 64-bit code.
        """
        modes = self._machine.modes
        if len(modes) == 1:
            return modes[0]
        doubts = dict.fromkeys(modes, 0)
        sized = [p for p in self._pieces(elf) if self._sizes[p[1]]]
        for section, start, _ in sized[:: len(sized) // _SAMPLE + 1]:
            first = start - section.address
            code = section.data[first : first + self._sizes[start]]
            for mode in modes:
                doubts[mode] += disassembly.doubts(self._machine, mode, code, start, ())
        return min(modes, key=lambda mode: doubts[mode])

    def _pieces(self, elf: Elf) -> Iterator[tuple[Section, int, int]]:
        for section in elf.sections.values():
            if section.code:
                yield from ((section, start, end) for start, end in self._spans(section))

    def _spans(self, section: Section) -> Iterator[tuple[int, int]]:
        last = section.address + len(section.data)
        first = bisect_left(self._starts, section.address)
        starts = self._starts[first : bisect_left(self._starts, last)]
        return pairwise([*starts, last])

    def edges(self, section: Section) -> Iterator[MachineEdge]:
        """Yield the edges from a section."""
        if section.name.startswith(TABLES):
            return
        if section.code:
            for start, end in self._spans(section):
                yield from self._code_edges(section, start, end)
            if section.number in self._pools:
                pool = self._pools[section.number]
                words = pool.words(0, len(section.data), self._word)
                yield from self._words(section, (w for w in words if w not in self._loaded))
        else:
            size = self._word
            first = -section.address % size
            yield from self._words(section, range(first, len(section.data) - size + 1, size))

    def _code_edges(self, section: Section, start: int, end: int) -> Iterator[MachineEdge]:
        source = self._exact[start]
        code = section.data[start - section.address : end - section.address]
        for step in self._steps(code, start, self._sizes[start]):
            if section.number in self._pools and self._pools[section.number].holds(
                step.at - section.address
            ):
                continue
            if step.branch and step.target >= 0:
                target = self._inside(step.target)
                if target is not None and target != source:
                    yield MachineEdge(source, target, BranchKind.BRANCH, step.at)
            elif "0x" in step.operands or step.address >= 0:
                target = self._address(section, step)
                if target is not None and target != source:
                    yield MachineEdge(source, target, BranchKind.ADDRESS, step.at)

    def _steps(self, code: bytes, start: int, size: int) -> Iterable[disassembly.Instruction]:
        """Yield the instructions that can be reached.

        Behind a return, or behind the size of the symbol, an assembler may have padded with jumps:
        there only targets of branches of the same piece count. Compilers do not pad so, and nobody
        does on AArch64.
        """
        if size >= len(code) or not self._machine.x86:
            yield from self._instructions(code, start)
            return
        steps = list(self._instructions(code, start))
        entered = {step.target for step in steps if step.target >= 0}
        alive, whole = True, start + size
        for step in steps:
            alive = (alive and not (size and step.at == whole)) or step.at in entered
            if alive:
                yield step
                alive = not step.ends or step.end < whole

    def _instructions(self, code: bytes, start: int) -> Iterator[disassembly.Instruction]:
        return disassembly.instructions(self._machine, self._mode, code, start, linked=True)

    def _inside(self, address: int) -> int | None:
        """Return the node that holds an address."""
        at = bisect_right(self._starts, address) - 1
        return self._ranges[at].node if at >= 0 else None

    def _address(self, section: Section, step: disassembly.Instruction) -> int | None:
        """Return the node whose address an instruction mentions."""
        if step.literal >= 0:
            at = step.literal - section.address
            self._loaded.add(at)
            return self._exact.get(int.from_bytes(section.data[at : at + self._word], "little"))
        address = disassembly.mentioned(step)
        certain = step.relative or (self._machine.x86 and address % _PAGE)
        return self._exact.get(address) if certain else None

    def _words(self, section: Section, offsets: Iterable[int]) -> Iterator[MachineEdge]:
        """Yield what the words at some offsets lead to."""
        known = self._exact
        for at in offsets:
            value = int.from_bytes(section.data[at : at + self._word], "little")
            if value in known:
                source = self._inside(section.address + at)
                target = known[value]
                if source is not None and source != target:
                    yield MachineEdge(source, target, BranchKind.ADDRESS, section.address + at)
