# SPDX-License-Identifier: MIT
"""Inline assembly: flows through its operands, its calls and the symbols it names."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract import moved, overlay, pieces, template
from tcbsplit.frontend.extract.attributes import printed, register
from tcbsplit.frontend.extract.libclang import CXCursor, children
from tcbsplit.frontend.extract.moved import UNKNOWN_ASSEMBLY, Pending
from tcbsplit.frontend.extract.operators import UNKNOWN_INTEGER
from tcbsplit.frontend.extract.shape import MODIFY, READ, strip
from tcbsplit.frontend.extract.walker import Walker, plain
from tcbsplit.model.place import Place, PlaceKind, Places, spelled
from tcbsplit.model.unit import IndirectFact, ReferenceFact
from tcbsplit.model.vocabulary import EdgeKind

_SYMBOLIC = frozenset("isSXeZp")  # constraints under which an operand is printed as a symbol
_RULE = "inline assembly"
_ARGUMENTS = 6  # passed in registers by a calling convention


def statement(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    """Read an asm statement. Any operand may be stored through another (as ``xchg`` does)."""
    walker.privileged = True
    place = len(walker.assembly)
    walker.assembly.append(Pending(cursor, place, ()))
    operands = []
    for child in children(cursor):
        operands.append(walker.visit(child, MODIFY))
        _addresses(walker, child)
    moved.hides(walker, children(cursor))
    walker.assembly[place] = Pending(
        cursor,
        place,
        tuple(pieces.whole(plain(found)) for found in operands),
        tuple(operands),
        walker.control.step(),
    )
    return ()


def _addresses(walker: Walker, operand: CXCursor) -> None:
    """Record that a statement has the address of an array that is an operand, whole."""
    bare = strip(operand)
    if bare.kind == k.CONDITIONAL_OPERATOR:
        for arm in children(bare)[1:]:
            _addresses(walker, arm)
    elif walker.types.at(bare).array:
        walker.visit(bare, READ)


def finish(walker: Walker, function: CXCursor) -> None:
    """Read the texts of the asm statements of a function that was walked.

    Macros may contain them, so they are taken from the function as clang prints it.
    """
    if not walker.assembly:
        return
    texts = template.statements(printed(function, False))
    order: dict[int, int] = {}
    if len(texts) == len(walker.assembly) == 1:
        order = {walker.assembly[0].cursor.d1: 0}
    elif all(t == texts[0] for t in texts):
        texts = texts[:1]
    else:
        # Unevaluated operands (of sizeof, for example) are printed but not walked.
        found = [c.d1 for c in _statements(function)]
        if len(found) == len(texts):
            order = {d: i for i, d in enumerate(found)}
    for pending in walker.assembly:
        place = order.get(pending.cursor.d1)
        chosen = texts if place is None else [texts[place]]
        chosen = [t for t in chosen if len(t.operands) == len(pending.operands)]
        moved.values(walker, pending, chosen)
        if not chosen:
            _unreadable(walker, pending)
        for read in chosen:
            _Effects(walker, pending, read).record()


def _statements(cursor: CXCursor) -> Iterator[CXCursor]:
    """Yield all asm statements below a cursor, outer before inner, in order."""
    for child in children(cursor):
        if child.kind == k.ASM_STMT:
            yield child
        yield from _statements(child)


def _unreadable(walker: Walker, pending: Pending) -> None:
    """Record that the value of any operand may be called."""
    places = tuple(n for i in range(len(pending.operands)) for n in _held(walker, pending, i))
    _called(walker, pending, (*places, UNKNOWN_ASSEMBLY), "asm: template not readable")
    walker.control.jump(pending.step, pending.step)
    walker.control.may_go(pending.step)
    walker.control.may_leave(pending.step)
    _name_functions(walker, pending, places)


def _called(
    walker: Walker, pending: Pending, places: Places, shown: str, targets: Collection[int] = ()
) -> Place:
    """Record a call of the values of ``places``; return the place of the result.

    The operands ``targets`` are nothing but what is called.
    """
    given = tuple(n for i, o in enumerate(pending.operands) if i not in targets for n in o)
    arguments = (spelled(dict.fromkeys((*given, UNKNOWN_ASSEMBLY))),) * _ARGUMENTS
    return _site(walker, pending, places, shown, arguments)


def _site(
    walker: Walker,
    pending: Pending,
    places: Places,
    shown: str,
    arguments: tuple[tuple[str, ...], ...],
    type_: str = "",
) -> Place:
    path, line, _ = walker.names.place(pending.cursor)
    result = Place.call_result(path, f"{line}.{pending.number}", walker.owner)
    walker.out.indirect.append(
        IndirectFact(
            walker.owner, spelled(dict.fromkeys(places)), type_, arguments, result.spelled,
            path, line, shown, (pending.step,),
        )
    )  # fmt: skip
    return result


def _name_functions(walker: Walker, pending: Pending, places: Places) -> None:
    """Record that the text of a statement names the functions among ``places``."""
    path, line, _ = walker.names.place(pending.cursor)
    for function in (p.owner for p in places if p.kind is PlaceKind.FUNCTION):
        fact = ReferenceFact(walker.owner, function, EdgeKind.ASM, path, line, -1, _RULE)
        walker.out.mention(fact, pending.step)


def _held(walker: Walker, pending: Pending, operand: int) -> Places:
    """Return an operand's places, and those of the words of its record, direct or pointed to."""
    type_ = walker.types.at(strip(children(pending.cursor)[operand]))
    record = (type_.pointee if type_.kind == k.POINTER else type_).element
    if record.kind != k.RECORD:
        return pending.operands[operand]
    return (*pending.operands[operand], *overlay.word_fields(walker, record))


class _Effects:
    """The effects of one statement with a known text."""

    def __init__(self, walker: Walker, pending: Pending, read: template.Statement) -> None:
        self.walker = walker
        self.pending = pending
        self.read = read
        self.path = walker.names.place(pending.cursor)[0]

    def record(self) -> None:
        """Record its symbols, its calls and its other control transfers."""
        walker, step = self.walker, self.pending.step
        if self.read.labels:
            walker.control.may_go(step)
        # The calls of one statement may happen in any order.
        walker.control.jump(step, step)
        places: dict[Place, None] = {}
        called = False
        targets: set[int] = set()
        for variant in template.variants(self.read):
            for name in template.symbols(variant):
                walker.out.refer_by_name(
                    walker.owner, name, EdgeKind.ASM, self.pending.cursor, _RULE, step
                )
            self._symbolic(variant)
            if template.leaves(variant, len(self.read.operands)):
                walker.control.may_leave(step)
            for transfer in template.transfers(variant, len(self.read.operands)):
                found = self._targets(transfer)
                numbers = [n for _, n in template.mentioned(variant)]
                targets.update(n for n in transfer.operands if numbers.count(n) == 1)
                called |= bool(found)
                places.update(dict.fromkeys(found))
        if not called:
            return
        shown = f"asm: {' '.join(self.read.template.split())[:80]}"
        registers = self._registers()
        pure = template.only_calls(self.read)
        if not pure or not registers.keys() & set(template.ARGUMENTS):
            targets -= set(registers.values())
            result = _called(walker, self.pending, tuple(places), shown, targets)
            for operand in self.pending.operands[: self.read.outputs]:
                walker.flow(operand, (result,))
            return
        arguments = tuple(
            spelled(self.pending.operands[registers[r]]) if self._is_input(registers.get(r)) else ()
            for r in template.ARGUMENTS
        )
        result = _site(walker, self.pending, tuple(places), shown, arguments, self._type(places))
        held = registers.get(template.RESULT)
        if held is not None and held < self.read.outputs:
            walker.flow(self.pending.operands[held], (result,))

    def _registers(self) -> dict[str, int]:
        """Return the operands that are in a certain register, by its name."""
        found: dict[str, int] = {}
        for i, (operand, child) in enumerate(
            zip(self.read.operands, children(self.pending.cursor), strict=False)
        ):
            target = self.walker.targets.of(strip(child))
            name = register(target.declaration) if target is not None else ""
            name = name or template.register_of(operand.constraint)
            if name:
                found.setdefault(name, i)
        return found

    def _is_input(self, operand: int | None) -> bool:
        if operand is None:
            return False
        return operand >= self.read.outputs or "+" in self.read.operands[operand].constraint

    def _type(self, places: Collection[Place]) -> str:
        """Return the type of the called function, as the operand that holds it says."""
        for i, found in enumerate(self.pending.operands):
            if not set(places).isdisjoint(found):
                type_ = self.walker.types.at(strip(children(self.pending.cursor)[i]))
                if type_.function is not None:
                    return type_.function.spelling
        return ""

    def _symbolic(self, variant: str) -> None:
        """Record functions whose names operands insert into the text."""
        for _, number in template.mentioned(variant):
            if number < len(self.read.operands) and (
                _SYMBOLIC & set(self.read.operands[number].constraint)
            ):
                _name_functions(self.walker, self.pending, self.pending.operands[number])

    def _targets(self, transfer: template.Transfer) -> Places:
        """Return the places whose values may be targets of the transfer."""
        unit = self.walker.unit
        places: Places = tuple(
            Place.variable(unit.symbol(name, self.path)) for name in transfer.names
        )
        for number in transfer.operands:
            places += _held(self.walker, self.pending, number)
            type_ = self.walker.types.at(strip(children(self.pending.cursor)[number]))
            if type_.kind in k.INTEGERS or not places:
                places += (UNKNOWN_INTEGER,)
        if transfer.anywhere:
            held = tuple(n for found in self.pending.operands for n in found)
            # Leaving the function is not a call of an unknown target.
            if held or not transfer.returns:
                places += (*held, UNKNOWN_ASSEMBLY)
        return places
