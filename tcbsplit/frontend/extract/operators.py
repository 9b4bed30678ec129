# SPDX-License-Identifier: MIT
"""Read expressions: operators, casts, conditional and generic selection."""

from __future__ import annotations

from tcbsplit.frontend.extract import conditions, named, overlay, pieces
from tcbsplit.frontend.extract import kinds as k
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
from tcbsplit.model.place import Place, Places

_TRANSPARENT = frozenset({k.UNEXPOSED_EXPR, k.PAREN_EXPR})
UNKNOWN_INTEGER = Place.unknown("cast of an integer")


def transparent(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read parentheses, implicit casts, va_arg (whose value comes from the list)."""
    found = children(cursor)
    # Half of all expressions are implicit casts around one expression.
    while len(found) == 1:
        child = found[0]
        if child.kind not in _TRANSPARENT:
            return walker.visit(child, mode)
        found = children(child)
    places: Places = ()
    for child in found:
        places += walker.visit(child, mode)
    if found and walker.types.at(found[0]).kind == k.POINTER:
        # An atomic builtin may store its arguments through its pointers, and return them.
        places = plain(places)
        walker.exchange(places)
    return places


def cast(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read a cast: integers become unknown code; records are overlaid."""
    inner = children(cursor)
    if not inner:
        return ()
    operand = inner[-1]
    places = walker.visit(operand, mode)
    target = walker.types.at(cursor)
    if target.kind != k.POINTER:
        if target.carries:
            return places
        return pieces.cut_up(places) if places and target.narrow else ()
    source = walker.types.at(operand)
    places = pieces.whole(places)
    if source.kind in k.INTEGERS:
        pointee = target.pointee
        if pointee.element.code:
            places = overlay.pointer_cast(walker, strip(operand), places, target)
        if (target.code or pointee.kind == k.VOID or pointee.code) and not is_constant(operand):
            return (*places, UNKNOWN_INTEGER)
        return places
    bare = strip(operand)
    of = source.pointee if source.kind == k.POINTER else walker.types.at(bare)
    seen = overlay.in_pieces(of, target.pointee)
    found = overlay.pointer_cast(walker, bare, places, target)
    return (*found, *pieces.cut_up(pieces.contents(places))) if places and seen else found


def unary(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read ``& * ++ --`` and the arithmetic unary operators."""
    operator = lib.getCursorUnaryOperatorKind(cursor)
    inner = children(cursor)
    if not inner:
        return ()
    child = inner[0]
    if operator == k.ADDRESS_OF:
        places = walker.visit(child, CONST_ADDRESS if mode == CONST_ADDRESS else ADDRESS)
        return writable(places, walker.types.at(child)) if places else ()
    if operator in k.STEPS:
        return walker.visit(child, MODIFY)
    if operator == k.DEREFERENCE:
        through = mode == CALL or walker.types.at(strip(child)).array
        return _narrowed(walker, cursor, plain(walker.visit(child, mode if through else READ)))
    if operator in k.PARTS:  # of a complex number
        return walker.visit(child, mode)
    places = walker.visit(child, mode if operator == k.EXTENSION else READ)
    if operator == k.EXTENSION:
        return places
    return pieces.cut_up(places) if places and operator in k.SIGNS else ()


def _narrowed(walker: Walker, cursor: CXCursor, places: Places) -> Places:
    """Return the places of an element; for a narrow one, only explicit pieces."""
    return pieces.only(places) if places and walker.types.at(cursor).narrow else places


def subscript(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read ``base[index]``."""
    base, index = (*children(cursor), None, None)[:2]
    start = walker.control.last
    if index is not None:
        walker.visit(index)
    middle = walker.control.last
    places = _element(walker, cursor, base, mode) if base is not None else ()
    _operands(walker, start, middle)
    return places


def _element(walker: Walker, cursor: CXCursor, base: CXCursor, mode: str) -> Places:
    bare = strip(base)
    if (type_ := walker.types.at(bare)).kind in k.VECTORS:
        found = plain(walker.visit(bare, READ if mode == CALL else mode))
        return _narrowed(walker, cursor, found)
    if not type_.array:
        return _narrowed(walker, cursor, plain(walker.visit(base, READ)))
    element = READ if mode == CALL else mode
    # An element of an array that is itself an array decays like the whole.
    if mode == READ and walker.types.at(cursor).array:
        return walker.visit(bare, READ)
    found = plain(walker.visit(bare, ELEMENT if element == READ else element))
    return _narrowed(walker, cursor, found)


def binary(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read assignment, comma, logical operators and arithmetic."""
    operator = lib.getCursorBinaryOperatorKind(cursor)
    left, right = (*children(cursor), None, None)[:2]
    if left is None or right is None:
        return ()
    if operator == k.ASSIGN:
        start = walker.control.last
        sources = walker.visit(right)
        middle = walker.control.last
        targets = plain(walker.visit(left, WRITE))
        _operands(walker, start, middle)
        walker.flow(targets, sources)
        if sources:
            # Bytes copied one by one: the pieces are combined into the original value.
            walker.flow(pieces.parts(targets), pieces.parts(sources))
            pieces.stored(walker, left, sources)
        return targets or pieces.cut_up(sources)
    if operator in k.LOGICAL:
        walker.complexity += 1
    start = walker.control.last
    first = walker.visit(left)
    found = conditions.read(walker, left) if operator in k.LOGICAL else None
    middle = walker.control.last if found is None else walker.control.step()
    second = walker.visit(right, mode if operator == k.COMMA else READ)
    if operator in k.LOGICAL:
        negated = found is not None and operator == k.LOGICAL_OR
        walker.control.branch(middle, found.negated if negated and found else found)
    elif operator != k.COMMA:
        _operands(walker, start, middle)
    if operator == k.COMMA:
        return second
    if not first and not second:
        return ()
    type_ = walker.types.at(cursor)
    return pieces.arithmetic(walker, operator, (left, right), first, second, type_)


def compound_assignment(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read ``+=`` and similar operators."""
    left, right = (*children(cursor), None, None)[:2]
    if left is None or right is None:
        return ()
    start = walker.control.last
    sources = walker.visit(right)
    middle = walker.control.last
    targets = walker.visit(left, MODIFY)
    _operands(walker, start, middle)
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


def _operands(walker: Walker, start: int, middle: int) -> None:
    """Record that either of two operands may be evaluated first."""
    if start < middle < walker.control.last:
        walker.control.unordered(start)


def conditional(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read ``a ? b : c`` and GNU ``a ?: b``, whose first value is the condition."""
    condition, *arms = children(cursor)
    control = walker.control
    places = walker.visit(condition)
    found = conditions.read(walker, condition) if len(arms) > 1 else None
    head = control.last if found is None else control.step()
    values = walker.visit(arms[0], mode)
    if len(arms) == 1:
        control.join(head)
        return places + values
    before = control.last
    end = control.stop()
    values += walker.visit(arms[1], mode)
    if before == head and control.last == end:
        control.undo(end)
        if found is not None:
            control.undo(head)
        return values
    join = control.step()
    control.jump(head, end + 1)
    control.jump(end, join)
    control.way(head, head + 1, end + 1, found)
    return values


def generic(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read ``_Generic``: the association with the type of the whole; all of them if in doubt."""
    arms = [c for c in children(cursor)[1:] if is_expression(c)]
    wanted = lib.getCursorType(cursor).d0
    chosen = [a for a in arms if lib.getCursorType(a).d0 == wanted]
    places: Places = ()
    for arm in chosen[:1] if len(chosen) == 1 else arms:
        places += walker.visit(arm, mode)
    return places


def literal(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read what names nothing."""
    return ()


def unevaluated(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read the operands of ``sizeof`` and similar operators: no code uses what they name."""
    named.name(walker.out, walker.owner, children(cursor))
    return ()
