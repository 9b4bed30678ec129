# SPDX-License-Identifier: MIT
"""Calls, direct and through pointers, and the flows of their arguments."""

from __future__ import annotations

from tcbsplit.frontend.extract import based, overlay, pieces
from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.collect import string_value
from tcbsplit.frontend.extract.libclang import CXCursor, children
from tcbsplit.frontend.extract.shape import CALL, CONST_ADDRESS, READ, constant, strip
from tcbsplit.frontend.extract.types import Signature
from tcbsplit.frontend.extract.walker import Walker, plain
from tcbsplit.model.place import VARIADIC, Place, PlaceKind, Places, spelled
from tcbsplit.model.unit import IndirectFact, KeyedCallFact, PassedFact, ReferenceFact
from tcbsplit.model.vocabulary import SymbolId

# Functions that copy or read memory and call nothing. One body for all callers would merge
# everything that is ever copied, so their arguments do not flow into them.
_COPIES = frozenset({"memcpy", "memmove", "mempcpy", "__memcpy_chk", "__memmove_chk"})
_LOOKS = frozenset({"memset", "memcmp", "bzero", "memchr", "free", "kfree", "prefetch"})
# Builtins whose value is their first argument.
_PASSED_ON = frozenset({
    "__builtin_expect", "__builtin_expect_with_probability", "__builtin_assume_aligned",
    "__builtin_launder",
})  # fmt: skip
# Functions that return twice by their names, as compilers know them (GCC, special_function_p).
_TWICE = frozenset({"setjmp", "_setjmp", "sigsetjmp", "__sigsetjmp", "__builtin_setjmp", "savectx",
                    "getcontext", "vfork"})  # fmt: skip
_CONSTANTS = frozenset({k.INTEGER_LITERAL, k.CHARACTER_LITERAL, k.DECL_REF_EXPR})


def call(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read a call; its value is the callee's return value."""
    callee, *arguments = children(cursor)
    signature = walker.types.at(callee).function
    start = walker.control.last
    outer, walker.called = walker.called, []
    places = pieces.whole(plain(walker.visit(callee, CALL)))
    called, walker.called = walker.called, outer
    passed = _arguments(walker, arguments, signature, start)
    named = called[-1].target if called else SymbolId("")
    if strip(callee).kind == k.DECL_REF_EXPR and named in walker.targets.ends:
        ends = True
    else:  # of several callees one may return
        ends = len(places) <= 1 and signature is not None and signature.never_returns
    _step(walker, called, ends)
    direct = SymbolId("")
    if len(places) == 1 and places[0].kind is PlaceKind.FUNCTION and places[0].owner == named:
        direct = named
    if any(passed):
        found = _cut_up(walker, callee, direct, signature, arguments, passed)
        if found:
            return found
        passed = tuple(pieces.whole(p) for p in passed)
    if direct:
        places = _direct(walker, cursor, direct, signature, arguments, passed)
    elif signature is None and not places:
        return ()
    else:
        places = _indirect(walker, cursor, callee, places, signature, passed)
    return places if walker.types.at(cursor).carries else ()


def _arguments(
    walker: Walker, arguments: list[CXCursor], signature: Signature | None, start: int
) -> tuple[Places, ...]:
    """Read the arguments of a call whose operands begin after the step ``start``."""
    control = walker.control
    modes = signature.read_only if signature is not None else ()
    busy = int(control.last > start)  # number of operands with an effect
    passed: tuple[Places, ...] = ()
    for i, argument in enumerate(arguments):
        before = control.last
        mine = CONST_ADDRESS if i < len(modes) and modes[i] else READ
        passed += (walker.visit(argument, mine),)
        busy += control.last > before
    if busy > 1:
        control.unordered(start)
    return passed


def _step(walker: Walker, called: list[ReferenceFact], ends: bool) -> None:
    """Record the call itself, after its operands."""
    control, targets = walker.control, walker.targets
    step = control.step()
    for fact in called:
        walker.out.steps.setdefault(fact, []).append(step)
        if fact.target in targets.twice or fact.target in _TWICE:
            control.again.append(step)
    if ends:
        control.stops.add(step)


def _cut_up(
    walker: Walker,
    callee: CXCursor,
    direct: str,
    signature: Signature | None,
    arguments: list[CXCursor],
    passed: tuple[Places, ...],
) -> Places:
    """Record pieces of addresses among the arguments; return those that a builtin passes on."""
    name = direct.removeprefix("__builtin_").removeprefix("_")
    if name in _COPIES or name in _LOOKS or direct.startswith("__builtin_va_"):
        return ()
    if direct in _PASSED_ON:
        return passed[0]
    if direct.startswith("__builtin_"):
        return pieces.only(tuple(n for p in passed for n in p))
    target = walker.targets.of(strip(callee)) if direct else None
    fixed = len(signature.parameters) if signature is not None and signature.variadic else 1 << 16
    for i, sources in enumerate(passed[:fixed]):
        if sources:
            pieces.argument(walker, arguments[i], sources, target, i)
    return ()


def _indirect(
    walker: Walker,
    cursor: CXCursor,
    callee: CXCursor,
    places: Places,
    signature: Signature | None,
    passed: tuple[Places, ...],
) -> Places:
    path, line, offset = walker.names.place(cursor)
    result = Place.call_result(path, offset, walker.owner)
    while passed and not passed[-1]:
        passed = passed[:-1]
    walker.out.indirect.append(
        IndirectFact(
            walker.owner,
            spelled(dict.fromkeys(places)),
            signature.spelling if signature is not None else "",
            tuple(map(spelled, passed)),
            result.spelled,
            path,
            line,
            walker.out.source_text(callee),
            (walker.control.last,),
            based.base(walker, callee),
        )
    )
    return (result,)


def _direct(
    walker: Walker,
    cursor: CXCursor,
    callee: SymbolId,
    signature: Signature | None,
    arguments: list[CXCursor],
    passed: tuple[Places, ...],
) -> Places:
    name = callee.removeprefix("__builtin_").removeprefix("_")
    if callee.startswith("__builtin_va_"):
        return _variadic(walker, callee, passed)
    if callee in _PASSED_ON and passed:
        return passed[0]
    if callee.startswith(("__sync_", "__atomic_")):
        given = plain(tuple(n for places in passed for n in places))
        walker.exchange(given)
        return given
    if name in _COPIES and len(arguments) >= 2:
        return _copy(walker, arguments, passed)
    if name in _LOOKS:
        return ()
    fixed = len(signature.parameters) if signature is not None and signature.variadic else 1 << 16
    for i, sources in enumerate(passed):
        if sources:
            walker.flow((Place.parameter(callee, i if i < fixed else VARIADIC),), sources)
    if callee not in walker.unit.defined:
        _handed_out(walker, cursor, callee, arguments, passed)
    _keyed(walker, cursor, callee, arguments, passed)
    return (Place.result(callee),)


def _variadic(walker: Walker, callee: str, passed: tuple[Places, ...]) -> Places:
    """Record that va_start fills the list from the variadic arguments, which va_arg returns."""
    if callee == "__builtin_va_start" and passed:
        walker.flow(plain(passed[0]), (Place.parameter(walker.owner, VARIADIC),))
    elif callee == "__builtin_va_copy" and len(passed) > 1:
        walker.flow(plain(passed[0]), plain(passed[1]))
    return ()


def _copy(walker: Walker, arguments: list[CXCursor], passed: tuple[Places, ...]) -> Places:
    """Record that the source's contents flow into the target, also between record types."""
    to, origin = (walker.types.at(strip(a)) for a in arguments[:2])
    here = to.pointee if to.kind == k.POINTER else to
    there = origin.pointee if origin.kind == k.POINTER else origin
    target, source = plain(passed[0]), plain(passed[1])
    walker.flow(target, source)
    if source and overlay.in_pieces(there, here):
        pieces.handed(walker, arguments[0], _into(walker, arguments[0]), pieces.contents(passed[1]))
    records = [t.element.kind == k.RECORD for t in (here, there)]
    if all(records):
        overlay.link(walker, there.element, here.element)
    elif records[0]:
        walker.flow(overlay.code_fields(walker, here.element), source)
    elif records[1]:
        walker.flow(target, overlay.code_fields(walker, there.element))
    return passed[0]


def _into(walker: Walker, argument: CXCursor) -> str:
    place = walker.unit.escapes.lvalues.of(strip(argument))
    return f"copied into {place if isinstance(place, str) else place.spelling}"


def _handed_out(
    walker: Walker,
    cursor: CXCursor,
    callee: SymbolId,
    arguments: list[CXCursor],
    passed: tuple[Places, ...],
) -> None:
    """Record code, and records of code, passed to or returned by functions defined elsewhere."""
    path, line = "", 0
    for i, argument in enumerate(arguments):
        type_ = walker.types.at(argument)
        given: list[tuple[str, Places]] = []
        if type_.code and passed[i] and type_.function is not None:
            given.append((type_.function.spelling, plain(passed[i])))
        elif type_.kind == k.POINTER and type_.pointee.kind == k.RECORD:
            places = overlay.code_fields(walker, type_.pointee)
            if places:
                given.append(("", places))
                walker.flow(places, (Place.external(callee),))
        for signature, places in given:
            if not path:
                path, line, _ = walker.names.place(cursor)
            steps = (walker.control.last,)
            walker.out.passed.append(
                PassedFact(walker.owner, callee, spelled(places), signature, path, line, steps)
            )
    result = walker.types.at(cursor)
    if result.kind == k.POINTER and result.pointee.kind == k.RECORD:
        walker.flow(overlay.code_fields(walker, result.pointee), (Place.external(callee),))


def _keyed(
    walker: Walker,
    cursor: CXCursor,
    callee: SymbolId,
    arguments: list[CXCursor],
    passed: tuple[Places, ...],
) -> None:
    """Record constants and functions among the arguments: the keys of registries."""
    keys = []
    for i, argument in enumerate(arguments):
        bare = strip(argument)
        if bare.kind == k.STRING_LITERAL:
            keys.append((i, string_value(bare)))
        elif bare.kind in _CONSTANTS and (value := constant(bare)) is not None:
            keys.append((i, value))
    if keys or any(p.kind is PlaceKind.FUNCTION for places in passed for p in places):
        path, line, _ = walker.names.place(cursor)
        walker.out.calls.append(
            KeyedCallFact(
                walker.owner,
                callee,
                tuple(keys),
                tuple(map(spelled, passed)),
                path,
                line,
                walker.control.last,
            )
        )
