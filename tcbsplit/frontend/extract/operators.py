"""Expressions that compute: operators, casts, conditional and generic selection."""

from __future__ import annotations

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract import overlay, pieces
from tcbsplit.frontend.extract.collect import Nodes
from tcbsplit.frontend.extract.libclang import CXCursor, children, lib
from tcbsplit.frontend.extract.shape import (
    ADDRESS,
    CALL,
    CONST_ADDRESS,
    ELEMENT,
    MODIFY,
    READ,
    WRITE,
    is_constant,
    is_expression,
    strip,
)
from tcbsplit.frontend.extract.walker import Walker, plain, writable

_TRANSPARENT = frozenset({k.UNEXPOSED_EXPR, k.PAREN_EXPR})
UNKNOWN_INTEGER = "?cast of an integer"


def transparent(walker: Walker, cursor: CXCursor, mode: str) -> Nodes:
    """Parentheses, implicit casts, va_arg (whose value comes out of the list)."""
    found = children(cursor)
    # Half of all nodes are implicit casts around one expression.
    while len(found) == 1:
        child = found[0]
        if child.kind not in _TRANSPARENT:
            return walker.visit(child, mode)
        found = children(child)
    nodes: Nodes = ()
    for child in found:
        nodes += walker.visit(child, mode)
    return nodes


def cast(walker: Walker, cursor: CXCursor, mode: str) -> Nodes:
    """A cast: integers become unknown code; records are overlaid."""
    inner = children(cursor)
    if not inner:
        return ()
    operand = inner[-1]
    nodes = walker.visit(operand, mode)
    target = walker.types.at(cursor)
    if target.kind != k.POINTER:
        if target.carries:
            return nodes
        return pieces.cut_up(nodes) if nodes and target.narrow else ()
    source = walker.types.at(operand)
    nodes = pieces.whole(nodes)
    if source.kind in k.INTEGERS:
        pointee = target.pointee
        if (target.code or pointee.kind == k.VOID or pointee.code) and not is_constant(operand):
            return (*nodes, UNKNOWN_INTEGER)
        return nodes
    bare = strip(operand)
    of = source.pointee if source.kind == k.POINTER else walker.types.at(bare)
    seen = overlay.in_pieces(of, target.pointee)
    found = overlay.pointer_cast(walker, bare, nodes, target)
    return (*found, *pieces.cut_up(pieces.contents(nodes))) if nodes and seen else found


def unary(walker: Walker, cursor: CXCursor, mode: str) -> Nodes:
    """``& * ++ --`` and the arithmetic ones."""
    operator = lib.getCursorUnaryOperatorKind(cursor)
    inner = children(cursor)
    if not inner:
        return ()
    child = inner[0]
    if operator == k.ADDRESS_OF:
        nodes = walker.visit(child, CONST_ADDRESS if mode == CONST_ADDRESS else ADDRESS)
        return writable(nodes, walker.types.at(child)) if nodes else ()
    if operator in k.STEPS:
        return walker.visit(child, MODIFY)
    if operator == k.DEREFERENCE:
        through = mode == CALL or walker.types.at(strip(child)).array
        return _element(walker, cursor, plain(walker.visit(child, mode if through else READ)))
    nodes = walker.visit(child)
    if operator == k.EXTENSION:
        return nodes
    return pieces.cut_up(nodes) if nodes and operator in k.SIGNS else ()


def _element(walker: Walker, cursor: CXCursor, nodes: Nodes) -> Nodes:
    """What an element is: of a narrow one only what was cut up on purpose."""
    return pieces.only(nodes) if nodes and walker.types.at(cursor).narrow else nodes


def subscript(walker: Walker, cursor: CXCursor, mode: str) -> Nodes:
    """``base[index]``"""
    base, index = (*children(cursor), None, None)[:2]
    if index is not None:
        walker.visit(index)
    if base is None:
        return ()
    bare = strip(base)
    if not walker.types.at(bare).array:
        return _element(walker, cursor, plain(walker.visit(base, READ)))
    element = READ if mode == CALL else mode
    # An element of an array that is itself an array decays like the whole.
    if mode == READ and walker.types.at(cursor).array:
        return walker.visit(bare, READ)
    found = plain(walker.visit(bare, ELEMENT if element == READ else element))
    return _element(walker, cursor, found)


def binary(walker: Walker, cursor: CXCursor, mode: str) -> Nodes:
    """Assignment, comma, logical operators and arithmetic."""
    operator = lib.getCursorBinaryOperatorKind(cursor)
    left, right = (*children(cursor), None, None)[:2]
    if left is None or right is None:
        return ()
    if operator == k.ASSIGN:
        sources = walker.visit(right)
        targets = plain(walker.visit(left, WRITE))
        walker.flow(targets, sources)
        if sources:
            pieces.stored(walker, left, sources)
        return targets or pieces.cut_up(sources)
    if operator in k.LOGICAL:
        walker.complexity += 1
    first, second = walker.visit(left), walker.visit(right)
    if operator == k.COMMA:
        return second
    if not first and not second:
        return ()
    return pieces.arithmetic(operator, first, second, right, walker.types.at(cursor))


def compound_assignment(walker: Walker, cursor: CXCursor, mode: str) -> Nodes:
    """``+=`` and its like."""
    left, right = (*children(cursor), None, None)[:2]
    if left is None or right is None:
        return ()
    sources, targets = walker.visit(right), walker.visit(left, MODIFY)
    if not sources and not targets:
        return ()
    operator, type_ = lib.getCursorBinaryOperatorKind(cursor), walker.types.at(left)
    if type_.kind == k.POINTER:
        return targets
    if operator in k.SUMS:
        walker.flow(targets, sources)
    elif operator in k.CUTS_ASSIGNED and not pieces.aligns(right):
        sources = targets = pieces.cut_up(targets)
    pieces.stored(walker, left, sources)
    return targets


def conditional(walker: Walker, cursor: CXCursor, mode: str) -> Nodes:
    """``a ? b : c`` and GNU ``a ?: b``, which has the condition as its first value."""
    condition, *arms = children(cursor)
    nodes = walker.visit(condition)
    values: Nodes = ()
    for arm in arms:
        values += walker.visit(arm, mode)
    return nodes + values if len(arms) == 1 else values


def generic(walker: Walker, cursor: CXCursor, mode: str) -> Nodes:
    """``_Generic``: the association whose type is that of the whole; all of them if in doubt."""
    arms = [c for c in children(cursor)[1:] if is_expression(c)]
    wanted = lib.getCursorType(cursor).d0
    chosen = [a for a in arms if lib.getCursorType(a).d0 == wanted]
    nodes: Nodes = ()
    for arm in chosen[:1] if len(chosen) == 1 else arms:
        nodes += walker.visit(arm, mode)
    return nodes


def unevaluated(walker: Walker, cursor: CXCursor, mode: str) -> Nodes:
    """``sizeof`` and its like."""
    return ()
