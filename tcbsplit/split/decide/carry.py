# SPDX-License-Identifier: MIT
"""Decides how pointers and unions of handed-over variables are carried, as ``carry`` says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import msgspec

from tcbsplit.config.select import Symbols
from tcbsplit.config.settings import Carry
from tcbsplit.errors import near
from tcbsplit.model.base import Record
from tcbsplit.model.handoff import HandoffEntry, HandoffPart
from tcbsplit.model.layout import VALUES, Layout
from tcbsplit.model.unit import VariableFact
from tcbsplit.model.vocabulary import LayoutKind, PartKind, SymbolId
from tcbsplit.split.decide.blob import ENTRY_HEADER, HEADER, entry_bytes
from tcbsplit.split.decide.members import Part, not_plain, parts_at

# What cannot cross as its bytes, and the ways in which it can.
_WORDS = {
    LayoutKind.POINTER: ("a pointer", "length, string, list, opaque or keep"),
    LayoutKind.UNION: ("a union with pointers", "tag or keep"),
    LayoutKind.FLEXIBLE: ("a flexible array member, of no fixed number of elements", "keep"),
}


class Carried(Record, frozen=True, kw_only=True):
    """The parts of a variable, and what is wrong with how it would be handed over."""

    parts: tuple[HandoffPart, ...] = ()
    problems: tuple[str, ...] = ()


def variables_of(variables: Symbols, name: str) -> list[tuple[SymbolId, str]]:
    """Return (id of a variable, rest of the path) for each that ``name`` begins with.

    The longest beginning that names a variable counts; a glob may name several.
    """
    # A static variable's id has dots in its file: the path may begin at any of them.
    ends = [m.start() for m in re.finditer(r"[.\[]", name)] + [len(name)]
    for end in reversed(ends):
        if found := variables.named(name[:end]):
            return [(identity, name[end:]) for identity in sorted(found)]
    return []


def carried(
    variable: VariableFact, layout: Layout, carries: Sequence[tuple[Carry, str]]
) -> Carried:
    """Return the parts of ``variable``; ``carries`` are those that name it, with the path's rest.

    A pointer or union without a ``carry`` is a problem; its text says what to write.
    """
    problems: list[str] = []
    parts: list[HandoffPart] = []
    covered: list[tuple[int, int]] = []
    where = f"{variable.extent.file}:{variable.extent.line}: {variable.id}"
    for carry, path in carries:
        try:
            carried_parts = parts_at(layout, path)
        except KeyError as error:
            names = [p.path for p in not_plain(Part(layout=layout))]
            problems.append(
                f"{carry.where}: handoff.carry: {variable.id} has no {error.args[0]}"
                f"{near(path, names)}"
            )
            continue
        for part in carried_parts:
            covered.append((part.offset, part.offset + _bytes_of(part, layout.size)))
            for outcome in _parts(carry, part, layout.size):
                if isinstance(outcome, str):
                    problems.append(f"{carry.where}: {variable.id}{part.path}: {outcome}")
                else:
                    parts.append(outcome)
    open_ = {
        re.sub(r"\[\d+\]", "[]", p.path): p
        for p in not_plain(Part(layout=layout))
        if not any(a <= p.offset < b or a == p.offset for a, b in covered)
    }
    for path, part in open_.items():
        what, ways = _WORDS.get(part.layout.kind, ("of a type whose bytes are not known", "keep"))
        problems.append(
            f"{where}{path} is {what}; say how it crosses: handoff: {{carry: "
            f'[{{name: "{variable.id}{path}", …}}]}} with {ways}; or exclude the variable'
        )
    covered.sort()
    for (_, end), (start, _) in pairwise(covered):
        if start < end:
            problems.append(f"{where}: two of handoff.carry overlap at byte {start}")
    # Choices stay behind their union: sorting is stable.
    parts.sort(key=lambda p: p.at)
    return Carried(parts=tuple(parts), problems=tuple(problems))


def _bytes_of(part: Part, end: int) -> int:
    """Return the size of a part; a flexible array may begin in the padding of its record."""
    return end - part.offset if part.layout.kind is LayoutKind.FLEXIBLE else part.layout.size


def _parts(carry: Carry, part: Part, end: int) -> Iterator[HandoffPart | str]:
    layout = part.layout
    if carry.keep:
        size = _bytes_of(part, end)
        yield HandoffPart(kind=PartKind.KEEP, path=part.path, at=part.offset, size=size)
    elif carry.opaque:
        if layout.kind not in (LayoutKind.POINTER, LayoutKind.OTHER):
            yield "is no pointer: opaque has no meaning"
    elif carry.tag:
        yield from _union(carry, part)
    elif layout.kind is not LayoutKind.POINTER or layout.element is None:
        yield "is no pointer to a complete type: nothing of it can be carried but opaque or keep"
    else:
        yield _pointed(carry, part, layout.element)


def _pointed(carry: Carry, pointer: Part, element: Layout) -> HandoffPart | str:
    part = HandoffPart(kind=PartKind.ARRAY, path=pointer.path, at=pointer.offset, size=element.size)
    if carry.string:
        if element.size != 1:
            return "is no pointer to characters"
        return msgspec.structs.replace(part, kind=PartKind.STRING, most=carry.string)
    if carry.length:
        if not element.plain or not element.size:
            return "points to what holds pointers itself, or to nothing of known size"
        if carry.length.isdecimal():
            return msgspec.structs.replace(part, most=int(carry.length))
        return msgspec.structs.replace(part, most=carry.most, reference=carry.length)
    links = [m for m in element.members if m.name == carry.list]
    if not links or links[0].layout.plain:
        return f"its elements have no pointer {carry.list}"
    if any(not m.layout.plain for m in element.members if m is not links[0]):
        return f"its elements hold pointers beside {carry.list}"
    return msgspec.structs.replace(part, kind=PartKind.LIST, most=carry.most, link=links[0].offset)


def _union(carry: Carry, union: Part) -> Iterator[HandoffPart | str]:
    if union.layout.kind is not LayoutKind.UNION:
        yield "is no union: tag has no meaning"
        return
    members = {m.name: m.layout for m in union.layout.members}
    yield HandoffPart(kind=PartKind.UNION, path=union.path, at=union.offset, size=union.layout.size)
    for name, value in carry.members.items():
        if name not in members:
            yield f"has no member {name}{near(name, members)}"
        elif not members[name].plain:
            yield f"member {name} is no plain value; leave it out: a handoff with it is refused"
        else:
            yield HandoffPart(
                kind=PartKind.CHOICE,
                path=f"{union.path}.{name}",
                at=union.offset,
                size=members[name].size,
                most=value,
                reference=carry.tag,
            )


def with_references(
    variables: Symbols, entries: Sequence[HandoffEntry], layouts: Mapping[SymbolId, Layout]
) -> tuple[tuple[HandoffEntry, ...], list[str]]:
    """Return the entries with the offsets of lengths and tags in the blob, and problems."""
    starts: dict[SymbolId, int] = {}
    at = HEADER
    for entry in entries:
        starts[entry.name] = at + ENTRY_HEADER
        at += entry_bytes(entry)
    problems: list[str] = []
    result = []
    for entry in entries:
        parts = []
        for part in entry.parts:
            if part.reference:
                found = _integer(variables, part.reference, starts, layouts)
                if isinstance(found, str):
                    problems.append(f"{entry.name}{part.path}: {found}")
                else:
                    part = msgspec.structs.replace(part, length_at=found[0], length_size=found[1])
            parts.append(part)
        result.append(msgspec.structs.replace(entry, parts=tuple(parts)))
    return tuple(result), problems


def _integer(
    variables: Symbols,
    path: str,
    starts: Mapping[SymbolId, int],
    layouts: Mapping[SymbolId, Layout],
) -> tuple[int, int] | str:
    """Return (offset in the blob, bytes) of the integer at ``path``, or what is wrong with it."""
    found = next(iter(variables_of(variables, path)), None)
    if found is None or found[0] not in starts:
        return f"{path} is not handed over, so it cannot be the length or tag; include it"
    try:
        part = parts_at(layouts[found[0]], found[1])[0]
    except KeyError as error:
        return f"{path}: there is no {error.args[0]}"
    if part.layout.kind not in VALUES:
        return f"{path} is no integer"
    return starts[found[0]] + part.offset, part.layout.size
