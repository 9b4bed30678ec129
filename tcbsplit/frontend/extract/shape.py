"""Small questions about expressions: what is inside, and how an argument may be used."""

from __future__ import annotations

from clang.cindex import Cursor, CursorKind, TypeKind

from tcbsplit.frontend.extract import clang
from tcbsplit.frontend.extract.clang import children

# How an expression is used. CONST_ADDRESS: its address, by one who may only read through it.
# ELEMENT: an element of it is read, so that an array does not decay.
READ, WRITE, MODIFY, ADDRESS, CALL = "read", "write", "modify", "address", "call"
CONST_ADDRESS, ELEMENT = "const-address", "element"

TRANSPARENT = frozenset({CursorKind.UNEXPOSED_EXPR, CursorKind.PAREN_EXPR})
_EXPRESSION_VALUE = frozenset({CursorKind.CSTYLE_CAST_EXPR, *TRANSPARENT})


def strip(cursor: Cursor) -> Cursor:
    """Take off implicit casts, parentheses, casts and address-of."""
    while cursor.kind in _EXPRESSION_VALUE or (
        cursor.kind == CursorKind.UNARY_OPERATOR
        and clang.unary_operator(cursor) == clang.ADDRESS_OF
    ):
        inner = children(cursor)
        if not inner:
            return cursor
        cursor = inner[-1]
    return cursor


def designated(cursor: Cursor) -> tuple[str | None, Cursor]:
    """(field name, value) of an element of an initialiser list; no name where positional."""
    if cursor.kind == CursorKind.UNEXPOSED_EXPR:
        inner = children(cursor)
        if len(inner) >= 2 and inner[0].kind == CursorKind.MEMBER_REF:
            return str(inner[0].spelling), inner[-1]
        # [index] = value of an array
        if len(inner) == 2 and inner[1].kind.is_expression():
            return None, inner[1]
    return None, cursor


def argument_mode(wanted: object) -> str:
    """Arguments for pointers to const do not let the callee write."""
    kind = getattr(wanted, "kind", None)
    if kind == TypeKind.POINTER and wanted.get_pointee().is_const_qualified():  # type: ignore[attr-defined]
        return CONST_ADDRESS
    return READ
