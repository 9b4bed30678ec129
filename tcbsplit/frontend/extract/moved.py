# SPDX-License-Identifier: MIT
"""Values that inline assembly moves from operand to operand."""

from __future__ import annotations

from typing import NamedTuple

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract import pieces, template
from tcbsplit.frontend.extract.libclang import CXCursor, children
from tcbsplit.frontend.extract.shape import strip
from tcbsplit.frontend.extract.targets import LOCAL
from tcbsplit.frontend.extract.walker import Walker
from tcbsplit.model.place import Place, Places

UNKNOWN_ASSEMBLY = Place.unknown("assembly")
_LVALUES = frozenset({k.DECL_REF_EXPR, k.MEMBER_REF_EXPR, k.UNARY_OPERATOR,
                      k.ARRAY_SUBSCRIPT_EXPR})  # fmt: skip
_PAIR = 2  # an output and an input


class Pending(NamedTuple):
    """A statement whose operands were read, but whose text was not (see ``finish``)."""

    cursor: CXCursor
    number: int  # in its function
    operands: tuple[Places, ...]
    given: tuple[Places, ...] = ()  # the same, with addresses and pieces of addresses marked
    step: int = 0  # executes the statement, after its operands


def hides(walker: Walker, operands: list[CXCursor]) -> None:
    """Note a local integer that a statement makes of one address (Linux's ``RELOC_HIDE``)."""
    if len(operands) != _PAIR:
        return
    output, given = map(strip, operands)
    target = walker.targets.of(output) if output.kind == k.DECL_REF_EXPR else None
    source = walker.types.at(operands[1])
    integer = target is not None and target.kind == LOCAL and target.type.kind in k.INTEGERS
    if target and integer and (source.kind == k.POINTER or walker.types.at(given).array):
        walker.hidden.add(target.declaration.d0)


def values(walker: Walker, pending: Pending, chosen: list[template.Statement]) -> None:
    """Record where the values of the operands may go, by the possible texts of a statement."""
    written = "\n".join(t.template for t in chosen)
    given = tuple(n for found in pending.given for n in found)
    pieces.hardware(walker, pending.cursor, written, given)
    if chosen and all(template.nothing(t) for t in chosen):
        _tied(walker, pending, chosen[0])
        return
    calls = bool(chosen) and all(template.only_calls(t) for t in chosen)
    for i, child in enumerate(children(pending.cursor)):
        bare = child
        while bare.kind == k.PAREN_EXPR:
            bare = children(bare)[0]
        # An output is an lvalue; inputs are behind an implicit cast. A code pointer that assembly
        # outputs may have any value; after a call it is the result, or what the callee left there.
        known = calls and _kept(chosen[0].operands[i].constraint)
        if bare.kind in _LVALUES and walker.types.at(bare).code and not known:
            walker.flow(pending.operands[i], (UNKNOWN_ASSEMBLY,))
    if not calls:
        together = tuple(n for found in pending.operands for n in found)
        pieces.exchanged(walker, pending.cursor, written, together)


def _kept(constraint: str) -> bool:
    """Return whether an operand of a call is an argument or the result."""
    return "+" in constraint or template.register_of(constraint) == template.RESULT


def _tied(walker: Walker, pending: Pending, read: template.Statement) -> None:
    """Record what a statement without instructions does: outputs have the values of inputs.

    That hides from the compiler where a value comes from (GCC manual, 6.47.2.3).
    """
    for i, operand in enumerate(read.operands):
        if operand.constraint.isdigit() and int(operand.constraint) < read.outputs:
            walker.flow(pending.operands[int(operand.constraint)], pending.given[i])
