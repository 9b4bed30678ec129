# SPDX-License-Identifier: MIT
"""Paths into a variable: which parts they lead to, and which parts are more than their bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from tcbsplit.model.base import Record
from tcbsplit.model.layout import Layout, Member
from tcbsplit.model.vocabulary import LayoutKind

_STEP = re.compile(r"\.?([A-Za-z_]\w*)|\[(\d*)\]")


class Part(Record, frozen=True, kw_only=True):
    """A part of a variable: the path to it, its offset in bytes, and its layout."""

    path: str = ""
    offset: int = 0
    layout: Layout

    def member(self, member: Member) -> Part:
        """Return the part of a record that is its ``member``."""
        step = f".{member.name}" if member.name else ""
        return Part(path=self.path + step, offset=self.offset + member.offset, layout=member.layout)

    def elements(self) -> Iterator[Part]:
        """Yield the elements of an array."""
        element = self.layout.element
        if element is not None:
            for number in range(self.layout.count):
                yield Part(
                    path=f"{self.path}[{number}]",
                    offset=self.offset + number * element.size,
                    layout=element,
                )


def parts_at(layout: Layout, path: str) -> list[Part]:
    """Return the parts of a variable that ``path`` leads to: ``.a.b[2]``.

    ``[]`` stands for every element. Raises ``KeyError`` with the first step that leads nowhere.
    """
    parts = [Part(layout=layout)]
    position = 0
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            raise KeyError(path[position:])
        parts = [inner for part in parts for inner in _stepped(part, step)]
        position = step.end()
    return parts


def _stepped(part: Part, step: re.Match[str]) -> list[Part]:
    name, number = step.groups()
    if name is not None:
        member = _member(part.layout, name)
        if member is not None:
            return [part.member(member)]
    elif part.layout.kind is LayoutKind.ARRAY:
        elements = list(part.elements())
        if not number:
            return elements
        if int(number) < len(elements):
            return [elements[int(number)]]
    raise KeyError(step.group())


def _member(layout: Layout, name: str) -> Member | None:
    """Return a member by name; those of anonymous members are the record's own."""
    for member in layout.members:
        if member.name == name:
            return member
        if not member.name and (inner := _member(member.layout, name)) is not None:
            return Member(name, member.bit_offset + inner.bit_offset, inner.layout)
    return None


def not_plain(part: Part) -> Iterator[Part]:
    """Yield the parts of a part that are more than their bytes: pointers, unions with pointers."""
    if part.layout.kind is LayoutKind.ARRAY and part.layout.element is not None:
        if not part.layout.plain:
            for element in part.elements():
                yield from not_plain(element)
    elif part.layout.kind is LayoutKind.RECORD:
        for member in part.layout.members:
            yield from not_plain(part.member(member))
    elif not part.layout.plain:
        yield part


def named_members(part: Part) -> Iterator[Part]:
    """Yield all members whose offset C can tell, at any depth; of arrays the first element's."""
    if part.layout.kind is LayoutKind.ARRAY:
        for element in islice(part.elements(), 1):
            yield from named_members(element)
    for member in part.layout.members:
        inner = part.member(member)
        if member.name and member.layout.kind is not LayoutKind.BITS:
            yield inner
        yield from named_members(inner)
