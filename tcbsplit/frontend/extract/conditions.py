# SPDX-License-Identifier: MIT
"""Read conditions that depend on global variables (see ``tcbsplit.model.condition``).

What a condition does not say of a global integer, or of the address of a global variable, is
unknown: it may be true or false.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.libclang import CXCursor, children, expansion_text_range, lib, text
from tcbsplit.frontend.extract.shape import evaluated, is_expression
from tcbsplit.frontend.extract.targets import LOCAL, VARIABLE
from tcbsplit.frontend.extract.walker import Walker
from tcbsplit.model.condition import UNKNOWN, Comparison, Condition, ConditionKind
from tcbsplit.model.vocabulary import SymbolId

_WRAPPERS = frozenset({k.UNEXPOSED_EXPR, k.PAREN_EXPR, k.CSTYLE_CAST_EXPR})
_COMPOUND = frozenset({k.UNARY_OPERATOR, k.BINARY_OPERATOR, k.CALL_EXPR})
_EXPECTED = frozenset({"__builtin_expect", "__builtin_expect_with_probability"})
_COMPARISONS = {
    k.LT: Comparison.LESS,
    k.GT: Comparison.GREATER,
    k.LE: Comparison.AT_MOST,
    k.GE: Comparison.AT_LEAST,
    k.EQ: Comparison.EQUAL,
    k.NE: Comparison.DIFFERENT,
}
_JUNCTIONS = {k.LOGICAL_AND: ConditionKind.ALL, k.LOGICAL_OR: ConditionKind.ANY}


def read(walker: Walker, cursor: CXCursor) -> Condition | None:
    """Return a condition; None if it tests nothing that is known."""
    found = _read(walker, cursor)
    return found if any(found.tests) else None


def tested(walker: Walker, cursor: CXCursor) -> SymbolId:
    """Return the global integer that an expression is; "" if it is none."""
    bare = _bare(cursor)
    target = walker.targets.of(bare) if bare.kind == k.DECL_REF_EXPR else None
    if target is None or target.kind != VARIABLE or target.type.kind not in _INTEGERS:
        return SymbolId("")
    return target.identity


_INTEGERS = k.INTEGERS.keys() | {k.BOOL}


def label(variable: SymbolId, values: list[CXCursor]) -> Condition:
    """Return the condition of ``case value`` or, with two values, ``case first ... last``."""
    numbers = [evaluated(v) for v in values]
    if len(numbers) == 1 and numbers[0] is not None:
        return _test(variable, Comparison.EQUAL, numbers[0], values[0])
    if len(numbers) > 1 and numbers[0] is not None and numbers[1] is not None:
        first = _test(variable, Comparison.AT_LEAST, numbers[0], values[0])
        return Condition(
            ConditionKind.ALL, (first, _test(variable, Comparison.AT_MOST, numbers[1], values[1]))
        )
    return UNKNOWN


def _read(walker: Walker, cursor: CXCursor) -> Condition:
    cursor = _bare(cursor)
    kind = cursor.kind
    if kind == k.DECL_REF_EXPR:
        if variable := tested(walker, cursor):
            return _test(variable, Comparison.DIFFERENT, 0, None)
        return _local(walker, cursor)
    inner = [c for c in children(cursor) if is_expression(c)] if kind in _COMPOUND else []
    if kind == k.UNARY_OPERATOR and inner:
        if lib.getCursorUnaryOperatorKind(cursor) == k.LOGICAL_NOT:
            return _read(walker, inner[0]).negated
    elif kind == k.BINARY_OPERATOR and len(inner) > 1:
        kind = lib.getCursorBinaryOperatorKind(cursor)
        if kind in _JUNCTIONS:
            return Condition(_JUNCTIONS[kind], tuple(_read(walker, c) for c in inner[:2]))
        if kind in _COMPARISONS:
            return _compared(walker, _COMPARISONS[kind], _bare(inner[0]), _bare(inner[1]))
    elif kind == k.CALL_EXPR and len(inner) > 1:
        called = walker.targets.of(_bare(inner[0]))
        if called and called.spelling in _EXPECTED:
            return _read(walker, inner[1])
    return UNKNOWN


def _compared(walker: Walker, comparison: Comparison, left: CXCursor, right: CXCursor) -> Condition:
    """Return the condition that a comparison of two bare expressions is."""
    for one, other, how in ((left, right, comparison), (right, left, comparison.mirrored)):
        if variable := tested(walker, one):
            value = evaluated(other)
            return UNKNOWN if value is None else _test(variable, how, value, other)
        if (address := _address(walker, one)) and how in (Comparison.EQUAL, Comparison.DIFFERENT):
            return _test(address, Comparison.EQUAL, int(how is Comparison.EQUAL), None)
    return UNKNOWN


def _address(walker: Walker, bare: CXCursor) -> SymbolId:
    """Return ``&ID`` for the address of a global variable."""
    if bare.kind != k.UNARY_OPERATOR or lib.getCursorUnaryOperatorKind(bare) != k.ADDRESS_OF:
        return SymbolId("")
    inner = children(bare)
    named = _bare(inner[0]) if inner else bare
    target = walker.targets.of(named) if named.kind == k.DECL_REF_EXPR else None
    found = target is not None and target.kind == VARIABLE
    return SymbolId(f"&{target.identity}") if found and target is not None else SymbolId("")


def _local(walker: Walker, cursor: CXCursor) -> Condition:
    """Return the condition that a local variable holds, if only its initialiser sets it."""
    if walker.function is None:
        return UNKNOWN
    target = walker.targets.of(cursor)
    if target is None or target.kind != LOCAL:
        return UNKNOWN
    value = lib.Cursor_getVarDeclInitializer(target.declaration)
    if value.kind < k.FIRST_EXPR or target.spelling in walker.resolving:
        return UNKNOWN
    walker.resolving.add(target.spelling)
    found = _read(walker, value)
    walker.resolving.discard(target.spelling)
    if not any(found.tests) or sum(1 for _ in _stores(walker, target.spelling)) > 1:
        return UNKNOWN
    return found


def _stores(walker: Walker, name: str) -> Iterator[re.Match[bytes]]:
    """Yield what may set a variable of this name in the text of the function."""
    handle, start, end = expansion_text_range(
        lib.getSpellingLocation, lib.getCursorExtent(walker.function)
    )
    content = walker.names.content(walker.names.file(handle))[start:end]
    word = rb"(?<![\w.>])" + re.escape(name.encode()) + rb"\b"
    ways = (word + rb"\s*(?:[-+*/%&|^]|<<|>>)?=(?!=)", word + rb"\s*(?:\+\+|--)",
            rb"(?:&(?!&)|\+\+|--)\s*\(?\s*" + word)  # fmt: skip
    yield from re.finditer(b"|".join(ways), content)


def _test(
    variable: SymbolId, comparison: Comparison, value: int, spelled: CXCursor | None
) -> Condition:
    name = ""
    if spelled is not None:
        bare = _bare(spelled)
        if bare.kind == k.DECL_REF_EXPR:
            name = text(lib.getCursorSpelling(bare))
    return Condition(ConditionKind.TEST, (), variable, comparison, value, name)


def _bare(cursor: CXCursor) -> CXCursor:
    """Remove casts and parentheses."""
    while cursor.kind in _WRAPPERS:
        inner = children(cursor)
        if len(inner) != 1 or not is_expression(inner[0]):
            inner = [c for c in inner if is_expression(c)]
            if len(inner) != 1:
                return cursor
        cursor = inner[0]
    return cursor
