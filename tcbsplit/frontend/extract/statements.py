# SPDX-License-Identifier: MIT
"""Control-flow statements: the order of the steps of a body (see ``steps``)."""

from __future__ import annotations

import re

from tcbsplit.frontend.extract import conditions
from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.libclang import CXCursor, children, expansion_text_range, lib, text
from tcbsplit.frontend.extract.shape import constant
from tcbsplit.frontend.extract.walker import Walker
from tcbsplit.model.place import Places

_COMMENT = re.compile(rb"/\*.*?\*/|//[^\n]*", re.DOTALL)
_HEAD = re.compile(rb"for\s*\(\s*(;?)\s*(;?)[\s(]*")
_BETWEEN = re.compile(rb"[\s)]*(;?)\s*(;?)[\s(]*")
_PARTS = 3


def if_(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read ``if (condition) then else otherwise``."""
    condition, then, *otherwise = children(cursor)
    control = walker.control
    walker.visit(condition)
    found = conditions.read(walker, condition)
    head = control.last if found is None else control.step()
    walker.visit(then)
    if not otherwise:
        control.branch(head, found)
        return ()
    end = control.stop()
    walker.visit(otherwise[0])
    join = control.step()
    control.jump(head, end + 1)
    control.jump(end, join)
    control.way(head, head + 1, end + 1, found)
    return ()


def while_(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read ``while (condition) body``."""
    condition, body = children(cursor)[-2:]
    _loop(walker, [condition], body, [], always=_truth(condition) is True)
    return ()


def do(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read ``do body while (condition)``; with a condition 0 (as in macros) it is not a loop."""
    body, condition = children(cursor)
    control = walker.control
    truth = _truth(condition)
    head = control.step()
    control.enter()
    walker.visit(body)
    control.continues_here()
    walker.visit(condition)
    if control.last > head or truth is True:
        control.repeat(head, always=truth is True, never=truth is False)
    control.breaks_here()
    return ()


def for_(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read ``for (first; condition; step) body``; each of the three is optional."""
    *parts, body = children(cursor)
    first, condition, step = _parts(walker, cursor, parts)
    for part in first:
        walker.visit(part)
    always = not condition or _truth(condition[0]) is True
    _loop(walker, condition, body, step, always=always)
    return ()


def _loop(
    walker: Walker, condition: list[CXCursor], body: CXCursor, step: list[CXCursor], *, always: bool
) -> None:
    control = walker.control
    head = control.step()
    for part in condition:
        walker.visit(part)
    found = conditions.read(walker, condition[0]) if len(condition) == 1 else None
    decided = control.last if found is None else control.step()
    control.enter()
    walker.visit(body)
    control.continues_here()
    for part in step:
        walker.visit(part)
    if control.last > head or always:
        control.repeat(head, always=True)
    control.breaks_here()
    if not always:
        control.jump(decided, control.last)
        control.way(decided, decided + 1, control.last, found)


def _truth(condition: CXCursor) -> bool | None:
    """Return the truth of a literal; None for all other conditions."""
    while condition.kind == k.PAREN_EXPR:
        condition = children(condition)[0]
    if condition.kind == k.BOOL_LITERAL:
        return text(lib.getCursorSpelling(condition)) == "true"
    value = constant(condition) if condition.kind == k.INTEGER_LITERAL else None
    return None if value is None else value != "0"


def _parts(
    walker: Walker, cursor: CXCursor, parts: list[CXCursor]
) -> tuple[list[CXCursor], list[CXCursor], list[CXCursor]]:
    """Return (first, condition, step) of a ``for`` whose tree does not say which are omitted.

    If the source does not show it either (a macro), every part but a declaration counts as the
    condition: it may run again, and the loop may end.
    """
    if len(parts) == _PARTS:
        return parts[:1], parts[1:2], parts[2:]
    found: tuple[list[CXCursor], list[CXCursor], list[CXCursor]] = ([], [], [])
    position = end = -1
    for part in parts:
        between, after = _gap(walker, cursor, part, end)
        pattern = _BETWEEN if end >= 0 else _HEAD
        match = pattern.fullmatch(_COMMENT.sub(b" ", between))
        if match is not None:
            position = max(position, 0) + sum(map(len, match.groups()))
        if match is None or position >= _PARTS:
            declared = [p for p in parts if p.kind == k.DECL_STMT]
            return declared, [p for p in parts if p.kind != k.DECL_STMT], []
        found[position].append(part)
        # A declaration includes its semicolon; the next gap must begin with it.
        end = after - (part.kind == k.DECL_STMT)
    return found


def _gap(walker: Walker, cursor: CXCursor, part: CXCursor, end: int) -> tuple[bytes, int]:
    """Return (source from ``end``, or the start of ``cursor``, to ``part``; end of ``part``)."""
    handle, start, _ = expansion_text_range(lib.getSpellingLocation, lib.getCursorExtent(cursor))
    own, first, last = expansion_text_range(lib.getSpellingLocation, lib.getCursorExtent(part))
    since = end if end >= 0 else start
    if own != handle or first < since:
        return b"?", last
    return walker.names.content(walker.names.file(handle))[since:first], last


def switch(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read ``switch (value) body``."""
    value, body = children(cursor)[-2:]
    control = walker.control
    walker.visit(value)
    head = control.stop()
    control.enter(switch=True)
    outer, walker.switched = walker.switched, conditions.tested(walker, value)
    walker.visit(body)
    walker.switched = outer
    control.switched(head)
    return ()


def case(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read ``case value:`` or ``default:``."""
    *values, statement = children(cursor)
    known = walker.switched and cursor.kind == k.CASE_STMT
    walker.control.case(
        cursor.kind == k.DEFAULT_STMT, conditions.label(walker.switched, values) if known else None
    )
    for child in (*values, statement):
        walker.visit(child)
    return ()


def label(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read ``name: statement``."""
    walker.control.label(text(lib.getCursorSpelling(cursor)))
    for child in children(cursor):
        walker.visit(child)
    return ()


def goto(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read ``goto name``."""
    for child in children(cursor):
        walker.control.goto(text(lib.getCursorSpelling(child)))
    return ()


def computed_goto(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read GNU ``goto *address``: a jump to any label of the function."""
    for child in children(cursor):
        walker.visit(child)
    walker.control.goto(None)
    return ()


def break_(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read ``break``."""
    walker.control.break_()
    return ()


def continue_(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read ``continue``."""
    walker.control.continue_()
    return ()
