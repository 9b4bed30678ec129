# SPDX-License-Identifier: MIT
"""Inspect expressions: their operands, constants and possible uses as arguments."""

from __future__ import annotations

from collections.abc import Iterator

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.libclang import CXCursor, children, lib
from tcbsplit.model.vocabulary import EdgeKind

# Uses of an expression. CONST_ADDRESS: its address is taken, only to read through it.
# ELEMENT: an element of it is read, so that an array does not decay.
# Three are kinds of mentions as well.
READ, WRITE, ADDRESS, CALL = EdgeKind.READ, EdgeKind.WRITE, EdgeKind.ADDRESS, EdgeKind.CALL
MODIFY = "modify"
CONST_ADDRESS, ELEMENT = "const-address", "element"

_VALUE = frozenset({k.CSTYLE_CAST_EXPR, k.UNEXPOSED_EXPR, k.PAREN_EXPR})
_CONSTANTS = frozenset({k.INTEGER_LITERAL, k.CHARACTER_LITERAL})


def strip(cursor: CXCursor) -> CXCursor:
    """Remove implicit casts, parentheses, casts and address-of."""
    while cursor.kind in _VALUE or (
        cursor.kind == k.UNARY_OPERATOR and lib.getCursorUnaryOperatorKind(cursor) == k.ADDRESS_OF
    ):
        inner = children(cursor)
        if not inner:
            return cursor
        cursor = inner[-1]
    return cursor


def is_expression(cursor: CXCursor) -> bool:
    """Return whether a cursor is an expression (not a type or an attribute)."""
    return bool(k.FIRST_EXPR <= cursor.kind <= k.LAST_EXPR)


def in_type(declared: CXCursor, value: CXCursor) -> Iterator[CXCursor]:
    """Yield the expressions in the type of a variable with the initialiser ``value``.

    These are the bounds of arrays and the operands of ``typeof``; unnamed records are no code.
    """
    for child in children(declared):
        if is_expression(child) and child.d1 != value.d1:
            yield child


def constant(cursor: CXCursor) -> str | None:
    """Return the value of a single integer literal or enumerator as decimal text, or None."""
    bare = strip(cursor)
    if bare.kind == k.DECL_REF_EXPR:
        declaration = lib.getCursorReferenced(bare)
        if declaration.kind == k.ENUM_CONSTANT_DECL:
            return str(lib.getEnumConstantDeclValue(declaration))
        return None
    if bare.kind not in _CONSTANTS:
        return None
    value = evaluated(bare)
    return None if value is None else str(value)


def evaluated(cursor: CXCursor) -> int | None:
    """Return the value of an integer constant expression, or None."""
    result = lib.Cursor_Evaluate(cursor)
    if not result:
        return None
    try:
        if lib.EvalResult_getKind(result) == 1:  # CXEval_Int
            return int(lib.EvalResult_getAsLongLong(result))
        return None
    finally:
        lib.EvalResult_dispose(result)


def is_constant(cursor: CXCursor) -> bool:
    """Return whether an operand is certainly a number, not an address."""
    bare = strip(cursor)
    while bare.kind == k.UNARY_OPERATOR:
        inner = children(bare)
        if not inner:
            return False
        bare = strip(inner[0])
    return bare.kind in _CONSTANTS
