# SPDX-License-Identifier: MIT
"""Find the pointer or array behind a called member: ``u`` in ``u->ops.init ()``."""

from __future__ import annotations

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.libclang import CXCursor, children, lib
from tcbsplit.frontend.extract.shape import strip
from tcbsplit.frontend.extract.targets import FIELD, LOCAL, PARAMETER, VARIABLE
from tcbsplit.frontend.extract.walker import Walker
from tcbsplit.model.place import Place


def base(walker: Walker, callee: CXCursor) -> str:
    """Return the spelled place of the base of ``callee``; empty if it is no simple one.

    Members of records within the element belong to the element; a member that is a pointer leads
    elsewhere.
    """
    found = _bare(callee)
    if found.kind != k.MEMBER_REF_EXPR:
        return ""
    while found.kind == k.MEMBER_REF_EXPR:
        inner = children(found)
        if not inner:
            return ""
        pointer = walker.types.at(inner[0]).kind == k.POINTER
        found = _bare(inner[0])
        if pointer and found.kind == k.MEMBER_REF_EXPR:
            member = walker.targets.of(found)
            return member.place.spelled if member is not None and member.kind == FIELD else ""
    target = walker.targets.of(found) if found.kind == k.DECL_REF_EXPR else None
    if target is None:
        return ""
    if target.kind == VARIABLE:
        return target.place.spelled
    if target.kind == LOCAL:
        return walker.local(target.declaration.d0, target.spelling).spelled
    position = walker.parameters.get(target.declaration.d0) if target.kind == PARAMETER else None
    return "" if position is None else Place.parameter(walker.owner, position).spelled


def _bare(cursor: CXCursor) -> CXCursor:
    """Remove casts, parentheses, dereferences and subscripts around a name or member."""
    while True:
        cursor = strip(cursor)
        dereferences = (
            cursor.kind == k.UNARY_OPERATOR
            and lib.getCursorUnaryOperatorKind(cursor) == k.DEREFERENCE
        )
        if not dereferences and cursor.kind != k.ARRAY_SUBSCRIPT_EXPR:
            return cursor
        inner = children(cursor)
        if not inner:
            return cursor
        cursor = inner[0]
