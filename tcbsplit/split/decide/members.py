"""Layout texts taken apart: which member lies where, and what of it is more than its bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tcbsplit.model.base import Record

_STEP = re.compile(r"\.?([A-Za-z_]\w*)|\[(\d*)\]")


class Layout(Record, frozen=True, kw_only=True):
    """A type: ``kind`` is value, bits, array, record, union, pointer or other.

    A pointer's ``element`` is what it points to, where that is known.
    """

    kind: str
    size: int = 0  # bytes; of bits 0, of a pointer whatever the machine has
    count: int = 0  # of an array
    element: Layout | None = None
    members: tuple[Member, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether the bytes are the whole value."""
        if self.kind == "array":
            return self.element is not None and self.element.plain
        if self.kind in ("record", "union"):
            return all(m.layout.plain for m in self.members)
        return self.kind in ("value", "bits")


class Member(Record, frozen=True, kw_only=True):
    """A member of a record; anonymous ones have no name. ``at`` counts bytes."""

    name: str
    at: int
    layout: Layout


class Place(Record, frozen=True, kw_only=True):
    """Where a path leads: the path spelled out, its offset in bytes, and what is there."""

    path: str
    at: int
    layout: Layout


def parse(text: str, pointer: int = 8) -> Layout:
    """Take a layout text apart; ``pointer`` is the size of pointers in bytes."""
    found, rest = _parse(text, pointer)
    if rest:
        raise ValueError(f"no layout: {text!r} at {rest!r}")
    return found


def _parse(text: str, pointer: int) -> tuple[Layout, str]:
    if text.startswith("["):
        count, _, rest = text[1:].partition("]")
        element, rest = _parse(rest, pointer)
        size = int(count) * element.size
        return Layout(kind="array", size=size, count=int(count), element=element), rest
    if text.startswith("*"):
        element, rest = _parse(text[1:], pointer)
        return Layout(kind="pointer", size=pointer, element=element), rest
    if text.startswith("{"):
        return _record(text[1:], pointer)
    match = re.match(r"([?usefbcv])(-?\d+)", text)
    if match is None:
        raise ValueError(f"no layout: {text!r}")
    letter, number = match.group(1), int(match.group(2))
    rest = text[match.end() :]
    if letter == "b":
        return Layout(kind="bits"), rest
    return Layout(kind="other" if letter == "?" else "value", size=max(number, 0)), rest


def _record(text: str, pointer: int) -> tuple[Layout, str]:
    kind = "union" if text.startswith("|") else "record"
    size, _, rest = text.removeprefix("|").partition(";")
    members = []
    while not rest.startswith("}"):
        name, _, rest = rest.partition("@")
        bits, _, rest = rest.partition(":")
        layout, rest = _parse(rest, pointer)
        members.append(Member(name=name, at=int(bits) // 8, layout=layout))
        rest = rest.removeprefix(",")
    return Layout(kind=kind, size=int(size), members=tuple(members)), rest[1:]


def places(layout: Layout, path: str) -> list[Place]:
    """Where ``path`` leads: ``.a.b[2]``; ``[]`` stands for every element.

    Raises ``KeyError`` with the step that leads nowhere.
    """
    found = [Place(path="", at=0, layout=layout)]
    position = 0
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            raise KeyError(path[position:])
        found = [inner for place in found for inner in _stepped(place, step)]
        position = step.end()
    return found


def _stepped(place: Place, step: re.Match[str]) -> Iterator[Place]:
    layout = place.layout
    if step.group(1) is None:
        if layout.kind != "array" or layout.element is None:
            raise KeyError(step.group())
        numbers = [int(step.group(2))] if step.group(2) else range(layout.count)
        for number in numbers:
            if number >= layout.count:
                raise KeyError(step.group())
            at = place.at + number * layout.element.size
            yield Place(path=f"{place.path}[{number}]", at=at, layout=layout.element)
        return
    member = _member(layout, step.group(1))
    if member is None:
        raise KeyError(step.group())
    yield Place(path=f"{place.path}.{member.name}", at=place.at + member.at, layout=member.layout)


def _member(layout: Layout, name: str) -> Member | None:
    """A member by name; those of anonymous members are the record's own."""
    for member in layout.members:
        if member.name == name:
            return member
        if not member.name and (inner := _member(member.layout, name)) is not None:
            return Member(name=name, at=member.at + inner.at, layout=inner.layout)
    return None


def troubles(layout: Layout, path: str = "", at: int = 0) -> Iterator[Place]:
    """What is more than its bytes: pointers, and unions that hold some."""
    if layout.kind == "array" and layout.element is not None:
        if not layout.element.plain:
            for number in range(layout.count):
                yield from troubles(
                    layout.element, f"{path}[{number}]", at + number * layout.element.size
                )
    elif layout.kind == "record":
        for member in layout.members:
            step = f".{member.name}" if member.name else ""
            yield from troubles(member.layout, path + step, at + member.at)
    elif not layout.plain:
        yield Place(path=path, at=at, layout=layout)


def offsets(layout: Layout, path: str = "", at: int = 0) -> Iterator[tuple[str, int, int]]:
    """(path, offset, size) of all members that C can be asked for; of arrays the first element's.

    Of what is no plain value the size is 0: not known here.
    """
    if layout.kind == "array" and layout.element is not None and layout.count:
        yield from offsets(layout.element, f"{path}[0]", at)
    for member in layout.members:
        step = f".{member.name}" if member.name else ""
        if step and member.layout.kind != "bits":
            yield path + step, at + member.at, member.layout.size if member.layout.plain else 0
        yield from offsets(member.layout, path + step, at + member.at)
