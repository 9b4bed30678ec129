# SPDX-License-Identifier: MIT
"""Split addresses: the pieces of an interrupt gate, the halves of a machine register.

A truncated, shifted or masked value is no longer a pointer, but code or hardware that combines the
pieces may call the function. Within an expression such places are marked as pieces; where they are
stored or passed out of the unit, they flow into a place of kind ``HARDWARE``
(see ``tcbsplit.model.place``).
A piece that is only compared, printed or used as an index does not escape (see ``escape``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract import overlay
from tcbsplit.frontend.extract.libclang import CXCursor, children, lib
from tcbsplit.frontend.extract.shape import strip
from tcbsplit.frontend.extract.targets import Target
from tcbsplit.frontend.extract.types import Type
from tcbsplit.frontend.extract.uses import Goal, Local, Result, argument_of
from tcbsplit.frontend.extract.walker import Walker
from tcbsplit.model.place import VALUES, Escape, Place, PlaceKind, Places
from tcbsplit.model.vocabulary import SymbolId, bare_name

_PIECE = PlaceKind.PIECE

# Instructions whose operands hold addresses to which the processor jumps later (Intel SDM 2, ARM
# ARM D13, RISC-V privileged 3.1.7 and 4.1.2).
_TO_HARDWARE = re.compile(
    r"\b(?:wrmsr|vmwrite[lq]?|l[ig]dt[lq]?|lldt|ltr"
    r"|msr\s+(?:vbar|elr|rvbar)_\w+|csrr?w\s+(?:[msv]*tvec|[msv]*epc))\b",
    re.IGNORECASE,
)
# An operand modifier that selects a piece (GCC manual, x86 operand modifiers).
_CUTS = re.compile(r"%[bhwk](?:\d|\[\w+\])")
# Other code runs before such a statement ends: its outputs are not its inputs.
_ELSEWHERE = re.compile(
    r"\b(?:l?call[lqw]?|l?jmp[lqw]?(?!\s+(?:\d+[bf]|\.L))|i?ret[lqw]?|lret[lqw]?|iretq|sys(?:call|ret[lq]?|enter|exit)|int"
    r"|vm(?:run|launch|resume|call|mcall|func)|bl|blr|br|eret|svc|hvc|smc|jalr?|ecall)\b"
)


def cut_up(places: Places) -> Places:
    """Mark places as pieces. Of addresses of data, only those of labels in code matter."""
    found: dict[Place, None] = {}
    for place in places:
        if place.kind is _PIECE:
            found[place] = None
        elif place.of is not None:
            if place.of.kind is PlaceKind.VARIABLE:
                found[Place.label(place.of.owner).piece] = None
        elif place.kind is not PlaceKind.UNKNOWN:
            found[place.piece] = None
    return tuple(found)


def whole(places: Places) -> Places:
    """Return the places that are not pieces."""
    for place in places:
        if place.kind is _PIECE:
            return tuple(p for p in places if p.kind is not _PIECE)
    return places


def contents(places: Places) -> Places:
    """Return the pointees of a pointer with these places."""
    return tuple(p.plain for p in places if p.kind is not _PIECE)


def only(places: Places) -> Places:
    """Return only the pieces."""
    return tuple(p for p in places if p.kind is _PIECE)


def parts(places: Places) -> Places:
    """Return the places that pieces were taken of, with labels in code kept separate."""
    return tuple(p for p in _cut(places) if p.kind is not PlaceKind.LABEL)


def _cut(pieces: Places) -> Iterator[Place]:
    return (p.of for p in pieces if p.kind is _PIECE and p.of is not None)


def arithmetic(
    walker: Walker,
    operator: int,
    operands: tuple[CXCursor, CXCursor],
    first: Places,
    second: Places,
    type_: Type,
) -> Places:
    """Return the places of a calculation: an offset is added, or a piece taken.

    ``first`` and ``second`` are those of the operands. What is added to an address is an offset.
    """
    right = operands[1]
    if operator in k.SUMS and first and second:
        addresses = [_address(walker, operand) for operand in operands]
        if addresses == [True, False]:
            second = ()
        elif addresses == [False, True]:
            first = ()
    both = first + second
    if not both or operator in k.TESTS:
        return ()
    if type_.kind == k.POINTER:
        return whole(both)
    if type_.narrow:
        return only(both)  # of what is as narrow, or was cut
    if not type_.carries or type_.kind not in k.INTEGERS:
        return ()
    if operator == k.SUBTRACT:
        return first  # less an offset, or the start of something: what is taken off is not in it
    if operator in k.SUMS or (operator == k.AND and aligns(right)):
        return both
    return cut_up(both)


def _address(walker: Walker, operand: CXCursor) -> bool:
    """Return whether an operand surely is an address: a pointer, or an integer made of one."""
    while operand.kind in (k.PAREN_EXPR, k.UNEXPOSED_EXPR, k.CSTYLE_CAST_EXPR):
        if walker.types.at(operand).kind == k.POINTER:
            return True
        inner = children(operand)
        if not inner:
            return False
        operand = inner[-1]
    if walker.types.at(operand).kind == k.POINTER or walker.types.at(operand).array:
        return True
    target = walker.targets.of(operand) if operand.kind == k.DECL_REF_EXPR else None
    return target is not None and target.declaration.d0 in walker.hidden


def aligns(mask: CXCursor) -> bool:
    """Return whether a mask has the form ``~X``: clearing low bits leaves an address."""
    bare = strip(mask)
    return bare.kind == k.UNARY_OPERATOR and bool(lib.getCursorUnaryOperatorKind(bare) == k.INVERT)


def stored(walker: Walker, place: CXCursor, sources: Places) -> None:
    """Record that a value is stored in the lvalue ``place``."""
    type_ = walker.types.at(place)
    if type_.narrow or _bits(walker, place):
        pieces = cut_up(sources)
    elif type_.kind in k.INTEGERS or type_.kind == k.POINTER:
        pieces = only(sources)
    else:
        return
    if pieces:
        _keep(walker, walker.unit.escapes.lvalues.goal(place), pieces)


def _bits(walker: Walker, place: CXCursor) -> bool:
    while place.kind == k.PAREN_EXPR:
        place = strip(place)
    if place.kind != k.MEMBER_REF_EXPR:
        return False
    target = walker.targets.of(place)
    return bool(target is not None and target.bits)


def initialised(
    walker: Walker,
    value: CXCursor,
    target: Places,
    local: CXCursor | None,
    bits: bool,
    sources: Places,
) -> None:
    """Record that a value initialises a local variable, or the place ``target``."""
    pieces = cut_up(sources) if bits or walker.types.at(value).narrow else only(sources)
    if not pieces:
        return
    if local is not None:
        _keep(walker, Local(local), pieces)
    elif target:
        stop = walker.unit.escapes.lvalues.stop(value, f"cut up into {target[0].shown}")
        _keep(walker, stop, pieces)


def returned(walker: Walker, value: CXCursor, sources: Places) -> None:
    """Record that a value is returned."""
    pieces = cut_up(sources) if walker.types.at(value).narrow else only(sources)
    if pieces and walker.function is not None:
        stop = walker.unit.escapes.lvalues.stop(
            value, f"cut up into the result of {bare_name(walker.owner)}"
        )
        _keep(walker, Result(walker.function, stop), pieces)


def argument(
    walker: Walker, value: CXCursor, sources: Places, callee: Target | None, position: int
) -> None:
    """Record that a value is passed to the function ``callee``, or through a pointer."""
    pieces = cut_up(sources) if walker.types.at(value).narrow else only(sources)
    if pieces:
        escapes = walker.unit.escapes
        goal: Goal = escapes.lvalues.stop(
            value, "cut up into an argument of a call through a pointer"
        )
        if callee is not None:
            goal = argument_of(escapes.lvalues, value, callee, position)
        _keep(walker, goal, pieces)


def handed(walker: Walker, cursor: CXCursor, how: str, sources: Places) -> None:
    """Record that values, whole or in pieces, leave the unit at ``cursor``."""
    places = cut_up(sources)
    if places:
        _keep(walker, walker.unit.escapes.lvalues.stop(cursor, how), places)


def hardware(walker: Walker, cursor: CXCursor, template: str, places: Places) -> None:
    """Record asm operands that the processor will jump to, and pieces in any statement."""
    found = _TO_HARDWARE.search(template) or _CUTS.search(template)
    if found:
        types = [walker.types.at(child).element for child in children(cursor)]
        fields = tuple(f for t in types for f in overlay.word_fields(walker, t))
        name = " ".join(found.group().split())
        how = "cut up by assembly" if name[0] == "%" else f"handed to hardware by {name}"
        handed(walker, cursor, how, (*contents(places), *places, *fields))
    elif places:
        handed(walker, cursor, "cut up into an operand of assembly", only(places))


def exchanged(walker: Walker, cursor: CXCursor, template: str, places: Places) -> None:
    """Record that operands of an asm statement may be stored through one another."""
    if len(places) > 1 and _ELSEWHERE.search(template):
        _, _, offset = walker.names.place(cursor)
        through = Place.operands(walker.owner, offset)
        walker.flow((through,), places)
        walker.flow(tuple(p for p in places if p.kind not in VALUES), (through,))
        return
    walker.exchange(places)


def _keep(walker: Walker, goal: Goal, pieces: Places) -> None:
    stop = walker.unit.escapes.of(goal, walker.main)
    if stop is not None:
        escape = Escape(stop.file, stop.line, walker.owner, stop.how, SymbolId(stop.unless))
        walker.out.flow((Place.hardware(escape),), tuple(_cut(pieces)), walker.owner)
