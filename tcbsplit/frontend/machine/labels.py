# SPDX-License-Identifier: MIT
"""Distinguish labels of code in an object from labels of data."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence

from tcbsplit.frontend.machine.elf import Elf, Label, Relocation

_PRINTABLE = frozenset(b"\t\n\r\x1b") | frozenset(range(32, 127))
_NEAR = (b"\xe8", b"\xe9")  # call and jmp with a displacement of 32 bits (Intel SDM 2)


def data_labels(
    elf: Elf, relocations: Mapping[int, Sequence[Relocation]], *, x86: bool, assembly: bool
) -> Iterator[Label]:
    """Yield the labels that surely stand for data: objects, tables, strings and zeros in code.

    No instruction of x86 begins with a relocated field, and a table does.
    """
    for index, labels in elf.labels.items():
        fields = {r.at for r in relocations.get(index, ()) if r.word or x86}
        relocated = sorted(r.at for r in relocations.get(index, ()))
        for label in labels:
            pool = elf.pools.get(index)
            if (
                label.object
                or (pool is not None and not label.function and pool.holds(label.place[1]))
                or (not label.function and label.place[1] in fields)
                or (not label.function and assembly and _passive(elf, label, labels, relocated))
            ):
                yield label


def _passive(elf: Elf, label: Label, labels: Sequence[Label], relocated: Sequence[int]) -> bool:
    """Return whether a label in code marks a string (printable, with a 0 at its end) or zeros.

    Instructions may look like text (``push`` is a letter), but nothing in text is relocated. Zeros
    are an instruction of x86 that stores through whatever a register holds, and undefined on
    AArch64 (UDF, Arm ARM C6.2): nobody runs them.
    """
    section = elf.sections.get(label.place[0])
    if section is None or not section.code:
        return False
    start = label.place[1]
    later = (x.place[1] for x in labels if x.place[1] > start)
    content = section.data[start : min(later, default=len(section.data))]
    string, end, _ = content.partition(b"\0")
    first = bisect_left(relocated, start)
    fixed = first == len(relocated) or relocated[first] > start + len(string)
    text = fixed and len(string) > 1 and bool(end) and all(c in _PRINTABLE for c in string)
    return text or (bool(content) and not any(content))


def first_code(
    elf: Elf, index: int, labels: Sequence[Label], relocations: Sequence[Relocation], assembly: bool
) -> list[int]:
    """Return where pieces of code surely begin in a section; ``labels`` are no data."""
    if not elf.sections[index].code:
        functions = {label.place[1] for label in labels if label.function}
        return sorted(functions | _callers(elf, index, labels, relocations))
    found = {lab.place[1] for lab in labels if lab.function or not lab.local}
    if not assembly:
        found |= _outside(labels)  # what inline assembly outside of functions made
    elif labels and (first := labels[0].place[1]) < min(found, default=1 << 62):
        found.add(first)  # code that only other assembly jumps to has no global label
    return sorted(found)


def _callers(
    elf: Elf, index: int, labels: Sequence[Label], relocations: Sequence[Relocation]
) -> set[int]:
    """Return labels outside of executable sections that call something, so are code.

    Hypervisors keep code that is copied elsewhere, or entered before paging, among data. What only
    points to functions (a table) is relocated absolutely; a near call or jump is not.
    """
    content, x86 = elf.sections[index].data, elf.machine in ("EM_X86_64", "EM_386")
    starts = sorted({label.place[1] for label in labels})
    found = set()
    for r in relocations:
        if r.branch or (x86 and r.relative and content[r.at - 1 : r.at] in _NEAR):
            inside = bisect_right(starts, r.at) - 1
            if inside >= 0:
                found.add(starts[inside])
    return found


def _outside(labels: Sequence[Label]) -> set[int]:
    """Return the offsets of labels outside of all functions that have a size."""
    spans = sorted((x.place[1], x.place[1] + x.size) for x in labels if x.function and x.size)
    starts = [s for s, _ in spans]
    found = set()
    for label in labels:
        at = bisect_right(starts, label.place[1]) - 1
        if at < 0 or label.place[1] >= spans[at][1]:
            found.add(label.place[1])
    return found
