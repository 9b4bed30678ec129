# SPDX-License-Identifier: MIT
"""Find in a relocatable object which code branches to, or mentions, which symbols.

Relocations name most targets. Within a section an assembler needs none: there the instructions are
read. Code that compilers made is divided by the symbols of functions; in assembly any label may
begin a piece of its own, and control may fall from one into the next.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from tcbsplit.frontend.machine import disassembly
from tcbsplit.frontend.machine.elf import Elf, Label, Location, Relocation
from tcbsplit.frontend.machine.labels import data_labels, first_code
from tcbsplit.model.vocabulary import BranchKind


class Lead(NamedTuple):
    """A branch or mention at ``at``: its target is a place, or a symbol of another object."""

    at: Location
    kind: BranchKind
    place: Location
    name: str = ""  # a global symbol, defined here or not; then the place does not count
    jump: bool = False  # a jump, as within one function


class Piece(NamedTuple):
    """A node: where it begins, the labels there, whether it is code."""

    place: Location
    labels: tuple[Label, ...]
    code: bool


class Object:
    """The pieces of an object and what leads where.

    ``assembly`` says that a person wrote it: local labels may be entered from elsewhere, and what
    does not end goes on into what stands behind.
    """

    def __init__(self, elf: Elf, assembly: bool) -> None:
        self.elf = elf
        self.assembly = assembly
        self._machine = disassembly.machine_of(elf.machine)
        self._relocations = dict(elf.relocations())
        self._x86 = self._machine is not None and self._machine.x86
        self._data_labels = frozenset(
            data_labels(elf, self._relocations, x86=self._x86, assembly=assembly)
        )
        self._starts: dict[int, list[int]] = {}
        self._entries: dict[int, frozenset[int]] = {}
        self._steps: dict[tuple[int, int, int], list[disassembly.Instruction]] = {}
        self._constants = {i: self._constants_of(i) for i in elf.pools}
        self._code: dict[int, list[int]] = {
            i: first_code(elf, i, self._named(i), self._relocations.get(i, ()), assembly)
            for i in elf.sections
        }
        self.leads = [lead for i in elf.sections for lead in self._leads(i)]
        while assembly and self._promote():
            self.leads = [lead for i in elf.sections for lead in self._leads(i)]
        self.pieces = {p.place: p for i in elf.sections for p in self._pieces(i)}
        for index in elf.sections:
            self._starts[index] = sorted(at for i, at in self.pieces if i == index)
        self.leads += self._falls()

    def owner(self, place: Location) -> Piece | None:
        """Return the piece that holds a place."""
        starts = self._starts.get(place[0], [])
        at = bisect_right(starts, place[1]) - 1
        return self.pieces[place[0], starts[at]] if at >= 0 else None

    def instructions(self, piece: Piece) -> list[disassembly.Instruction]:
        """Return the instructions of a piece of code."""
        index, start = piece.place
        later = self._starts[index][bisect_right(self._starts[index], start) :]
        end = later[0] if later else len(self.elf.sections[index].data)
        return list(self._steps_of(index, start, end)) if self._machine is not None else []

    def words(self, place: Location) -> list[Lead]:
        """Return the entries of a table without a label; it ends at the next mentioned place."""
        index, start = place
        others = [x.place[1] for x in self.leads if x.place[0] == index and x.place[1] > start]
        others += [at for at in self._starts.get(index, ()) if at > start]
        end = min(others, default=1 << 62)
        return [x for x in self.leads if x.at[0] == index and start <= x.at[1] < end]

    def _named(self, index: int) -> list[Label]:
        return [x for x in self.elf.labels.get(index, ()) if x not in self._data_labels]

    def _leads(self, index: int) -> Iterator[Lead]:
        """Yield the targets of instructions and words of a section; falls are found later."""
        constants = self._constants.get(index, {})
        relocations = [r for r in self._relocations.get(index, ()) if r.at not in constants]
        section = self.elf.sections[index]
        code = self._code[index]
        if not code or self._machine is None:
            yield from (self._word(index, r) for r in relocations)
            return
        labels = [lab.place[1] for lab in self.elf.labels.get(index, ())]
        data = {lab.place[1] for lab in self._data_labels if lab.place[0] == index}
        bounds = sorted({0, *labels, *code} if section.code else {*labels, *code})
        inside = False
        place = 0
        for start, end in _spans(bounds, len(section.data)):
            first = place
            while place < len(relocations) and relocations[place].at < end:
                place += 1
            here = relocations[first:place]
            inside = section.code or start in code or (inside and start not in labels)
            if start in data or not inside:
                yield from (self._word(index, r) for r in here)
            else:
                yield from self._piece(index, start, end, here)
        yield from (self._word(index, r) for r in relocations[place:])

    def _piece(
        self, index: int, start: int, end: int, relocations: Sequence[Relocation]
    ) -> Iterator[Lead]:
        place, alive = 0, True
        entered = self._entered(index) if self.assembly else frozenset()
        for step in self._instructions(index, start, end, relocations):
            # Bytes of x86 after an end are data, unless a label or a branch leads to them.
            alive = alive or step.at in entered
            first = place
            while place < len(relocations) and relocations[place].at < step.end:
                place += 1
            fields = relocations[first:place]
            if step.bad or not alive:
                yield from (self._word(index, r) for r in fields)
            elif fields:
                yield from self._filled_in(index, step, fields)
            elif step.branch and step.target >= 0:
                there = (index, step.target)
                yield Lead((index, step.at), BranchKind.BRANCH, there, jump=not step.call)
            elif step.relative:
                yield Lead(
                    (index, step.at), BranchKind.ADDRESS, (index, disassembly.mentioned(step))
                )
            elif step.literal >= 0 and (r := self._constants.get(index, {}).get(step.literal)):
                yield self._word(index, r)._replace(at=(index, step.at))
            alive = alive and not (self.assembly and step.ends and self._x86)
        yield from (self._word(index, r) for r in relocations[place:])

    def _filled_in(
        self, index: int, step: disassembly.Instruction, fields: Sequence[Relocation]
    ) -> Iterator[Lead]:
        """Yield the targets of an instruction in fields that the linker fills in."""
        direct = step.branch and step.target >= 0
        told = False
        for r in fields:
            # A field of x86 is behind the first byte of an instruction, elsewhere it is all of it.
            if r.at < step.at + self._x86:
                yield self._word(index, r)
                continue
            branch = direct or (step.branch and r.table)
            told = told or branch
            lead = self._lead(index, r, BranchKind.BRANCH if branch else BranchKind.ADDRESS,
                              step.end - r.at if r.relative and self._x86 else 0)  # fmt: skip
            yield lead._replace(jump=branch and not step.call)
        if direct and not told:
            yield Lead(
                (index, step.at), BranchKind.BRANCH, (index, step.target), jump=not step.call
            )

    def _entered(self, index: int) -> frozenset[int]:
        """Return the offsets of labels and of targets of branches, whether code or not."""
        if index not in self._entries:
            found = {label.place[1] for label in self.elf.labels.get(index, ())}
            bounds = sorted({0, *found})
            size = len(self.elf.sections[index].data)
            for start, end in _spans(bounds, size):
                here = [r for r in self._relocations.get(index, ()) if start <= r.at < end]
                steps = self._instructions(index, start, end, here)
                found.update(step.target for step in steps if step.target >= 0)
            self._entries[index] = frozenset(found)
        return self._entries[index]

    def _instructions(
        self, index: int, start: int, end: int, relocations: Sequence[Relocation]
    ) -> Iterable[disassembly.Instruction]:
        machine = self._machine
        assert machine is not None
        code = self.elf.sections[index].data[start:end]
        pool = self.elf.pools.get(index)
        if pool is not None:
            steps = disassembly.instructions(machine, machine.modes[0], code, start)
            return [step for step in steps if not pool.holds(step.at)]
        if not self.assembly:
            return disassembly.instructions(machine, machine.modes[0], code, start)
        key = (index, start, end)
        if key not in self._steps:
            fields = [(r.at, r.at + r.size) for r in relocations]
            mode = disassembly.best_mode(machine, code, start, fields)
            self._steps[key] = list(disassembly.instructions(machine, mode, code, start))
        return self._steps[key]

    def _constants_of(self, index: int) -> dict[int, Relocation]:
        """Return the fields of data among code that an instruction loads, by their offset.

        Where such a constant stands says nothing: who loads it mentions what it holds.
        """
        fields = {r.at: r for r in self._relocations.get(index, ()) if r.word}
        if not fields or self._machine is None:
            return {}
        size = len(self.elf.sections[index].data)
        steps = self._instructions(index, 0, size, ())
        return {s.literal: fields[s.literal] for s in steps if s.literal in fields}

    def _lead(self, index: int, r: Relocation, kind: BranchKind, short: int) -> Lead:
        """Return the lead of a relocation; ``short`` corrects the addend of a relative field."""
        if r.name:
            return Lead((index, r.at), kind, (-1, 0), r.name)
        section, base = r.place
        offset = base if r.table else base + r.addend + short
        return Lead((index, r.at), kind, (section, offset))

    def _word(self, index: int, r: Relocation) -> Lead:
        """Return the lead of a data word; in a table of offsets it counts from the start."""
        lead = self._lead(index, r, BranchKind.ADDRESS, 0)
        if not r.relative or r.name:
            return lead
        starts = [lab.place[1] for lab in self.elf.labels.get(index, ()) if lab.place[1] <= r.at]
        from_start = (lead.place[0], lead.place[1] - (r.at - max(starts, default=0)))
        known = {lab.place for lab in self.elf.labels.get(lead.place[0], ())}
        return lead._replace(place=from_start) if from_start in known else lead

    def _promote(self) -> bool:
        """Make local labels that are called, or entered from another piece, pieces of their own.

        Return whether code was found where none was known: among data, that a branch leads to.
        """
        data = {label.place for label in self._data_labels}
        labels = {lab.place for here in self.elf.labels.values() for lab in here} - data
        more = False
        for lead in self.leads:
            index, at = lead.place
            if lead.name or lead.place not in labels or index not in self._code:
                continue
            code, section = self._code[index], self.elf.sections[index]
            if at in code or not (section.code or lead.kind is BranchKind.BRANCH):
                continue
            place = bisect_right(code, at)
            # A jump to a label of the same piece stays within a function.
            elsewhere = index != lead.at[0] or place != bisect_right(code, lead.at[1])
            if elsewhere or not lead.jump or not section.code:
                code.insert(place, at)
                more = more or not section.code
        return more

    def _pieces(self, index: int) -> Iterator[Piece]:
        by_place: dict[int, list[Label]] = defaultdict(list)
        for label in self.elf.labels.get(index, ()):
            by_place[label.place[1]].append(label)
        code = set(self._code[index])
        for at, labels in by_place.items():
            if at in code:
                yield Piece((index, at), tuple(labels), True)
            elif not self.elf.sections[index].code or any(x in self._data_labels for x in labels):
                yield Piece((index, at), tuple(labels), False)

    def _falls(self) -> Iterator[Lead]:
        """Yield where control passes from the end of a piece of assembly into the next."""
        if not self.assembly or self._machine is None:
            return
        for index, section in self.elf.sections.items():
            starts = self._starts[index]
            for start, end in _spans(starts, len(section.data)):
                after = self.pieces.get((index, end))
                if not self.pieces[index, start].code or after is None or not after.code:
                    continue
                steps = [s for s in self._steps_of(index, start, end) if not s.padding]
                last = steps[-1] if steps else None
                if last is None or (not last.ends and not last.bad):
                    yield Lead((index, last.at if last else start), BranchKind.FALL, (index, end))

    def _steps_of(self, index: int, start: int, end: int) -> Iterator[disassembly.Instruction]:
        """Yield the instructions of a piece, which labels may divide further."""
        inner = [lab.place[1] for lab in self.elf.labels[index] if start < lab.place[1] < end]
        bounds = sorted({start, *inner})
        for first, last in _spans(bounds, end):
            here = [r for r in self._relocations.get(index, ()) if first <= r.at < last]
            yield from self._instructions(index, first, last, here)


def _spans(bounds: Sequence[int], end: int) -> Iterator[tuple[int, int]]:
    """Return (start, end) from each bound to the next, the last one to ``end``."""
    return pairwise([*bounds, end]) if bounds else iter(())
