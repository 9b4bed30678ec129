# SPDX-License-Identifier: MIT
"""Designators of initialisers: ``.member``, ``[index]``, ``[first ... last]`` and paths of them."""

from __future__ import annotations

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.libclang import CXCursor, children, lib, text
from tcbsplit.frontend.extract.shape import evaluated
from tcbsplit.frontend.extract.types import Type
from tcbsplit.frontend.extract.walker import Walker

Designator = str | int  # the name of a member, or an index (the last one of a range)


def designated(
    walker: Walker, cursor: CXCursor, type_: Type
) -> tuple[list[Designator] | None, CXCursor]:
    """Return (designators, value) of an element of the initialiser list of a ``type_``.

    The designators are [] if it is positional, None if they cannot be read. libclang shows
    ``.a[i].b = value`` as an unexposed expression of type void with members, indices (two for a
    range) and the value as children.
    """
    if cursor.kind != k.UNEXPOSED_EXPR or lib.getCursorType(cursor).kind != k.VOID:
        return [], cursor
    *chosen, value = children(cursor) or [cursor]
    if value is cursor:
        return [], cursor
    if not chosen:
        return None, value  # clang does not resolve designators after superfluous values
    if type_.element.kind != k.RECORD:
        return [], value  # the elements of an array are one place
    found: list[Designator] = []
    run: list[CXCursor] = []
    for item in chosen:
        if item.kind != k.MEMBER_REF:
            run.append(item)
            continue
        # Unnamed records on the path to a member are children, too. Without a member name,
        # indices before it go through all bounds.
        indices = _indices(walker, run, type_.depth)
        if indices is None:
            return None, value
        found += indices
        run = []
        if name := text(lib.getCursorSpelling(item)):
            found.append(name)
        type_ = walker.types.at(item)
    indices = _indices(walker, run, 0)
    return (None if indices is None else found + indices), value


def _indices(walker: Walker, run: list[CXCursor], depth: int) -> list[Designator] | None:
    """Return the indices in a run of expressions; ``depth`` of them, if that is known."""
    values: list[Designator] = []
    for i, item in enumerate(run):
        value = evaluated(item)
        if value is None:
            return None
        if i and len(run) != depth and _range(walker, run[i - 1], item):
            values[-1] = value
        else:
            values.append(value)
    return values


def _range(walker: Walker, first: CXCursor, last: CXCursor) -> bool:
    """Return whether ``...`` is between two indices; one from a macro is not found."""
    before, after = walker.names.extent(first), walker.names.extent(last)
    between = walker.names.content(before.file)[before.end : after.start]
    return before.file == after.file and b"..." in between
