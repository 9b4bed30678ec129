# SPDX-License-Identifier: MIT
"""State and node dispatch shared by all readers of function bodies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.collect import Collected
from tcbsplit.frontend.extract.libclang import CXCursor, children
from tcbsplit.frontend.extract.shape import READ
from tcbsplit.frontend.extract.steps import Control
from tcbsplit.frontend.extract.types import Type
from tcbsplit.model.place import VALUES, Place, PlaceKind, Places
from tcbsplit.model.unit import ReferenceFact
from tcbsplit.model.vocabulary import SymbolId

_UNMARKED = VALUES | {PlaceKind.ADDRESS, PlaceKind.PIECE}
Handler = Callable[["Walker", CXCursor, str], Places]

_DECISIONS = frozenset({k.IF_STMT, k.WHILE_STMT, k.DO_STMT, k.FOR_STMT, k.CASE_STMT,
                        k.CONDITIONAL_OPERATOR})  # fmt: skip


class Walker:
    """A reader of one function's body (or a variable's initialiser; ``owner`` is its id)."""

    def __init__(
        self,
        handlers: Mapping[int, Handler],
        collected: Collected,
        owner: SymbolId,
        parameters: dict[int, int] | None = None,
    ) -> None:
        self.handlers = handlers
        self.out = collected
        self.unit = collected.unit
        self.names = collected.names
        self.types = collected.unit.types
        self.targets = collected.unit.targets
        self.owner = owner
        self.parameters = parameters or {}
        self.control = Control()
        self.called: list[ReferenceFact] = []  # named by the call that is being read
        self.resolving: set[str] = set()  # local variables whose conditions are being read
        self.switched = SymbolId("")  # global variable that the innermost switch is over
        # Local integers into which assembly has put an address, by declaration.
        self.hidden: set[int] = set()
        self._locals: dict[str, dict[int, int]] = {}  # name -> declaration -> its number
        self.complexity = 1
        self.privileged = False
        self.assembly: list[Any] = []  # asm statements that are not finished, see ``asm``
        self.initialiser = parameters is None
        self.function: CXCursor | None = None
        self.main = True  # it stands in the unit's main file

    def visit(self, cursor: CXCursor, mode: str = READ) -> Places:
        """Record the mentions in ``cursor``; return the places that its value comes from."""
        kind = cursor.kind
        if kind in _DECISIONS:
            self.complexity += 1
        handler = self.handlers.get(kind)
        if handler is not None:
            return handler(self, cursor, mode)
        for child in children(cursor):
            self.visit(child)
        return ()

    def local(self, declaration: int, spelling: str) -> Place:
        """Return the place of a local variable, given by libclang's pointer to its declaration.

        Variables of one name in several blocks (those that macros make) are told apart.
        """
        number = self._locals.setdefault(spelling, {}).setdefault(
            declaration, len(self._locals[spelling])
        )
        return Place.local(self.owner, f"{spelling} {number + 1}" if number else spelling)

    def exchange(self, places: Places) -> None:
        """Record that each of these places may be stored in each of the others."""
        for target in places:
            if target.kind not in VALUES:
                self.flow((target,), tuple(p for p in places if p is not target))

    def flow(self, targets: Places, sources: Places) -> None:
        """Record that values of ``sources`` may be stored in ``targets``."""
        if targets and sources:
            self.out.flow(targets, sources, self.owner)


def plain(places: Places) -> Places:
    """Return ``places`` without the marks of addresses."""
    if len(places) == 1 and places[0].kind is not PlaceKind.ADDRESS:  # most are
        return places
    return tuple([p.plain for p in places])


def writable(places: Places, type_: Type) -> Places:
    """Mark the address of a pointer: code with that address may store into the pointer."""
    element = type_.element
    if element.kind != k.POINTER and not (element.kind in k.INTEGERS and element.carries):
        return places
    return tuple(p if p.kind in _UNMARKED else p.address for p in places)


def decayed(places: Places, type_: Type, mode: str) -> Places:
    """Return the value of an array, which is the address of its elements."""
    return writable(places, type_) if mode == READ and type_.array else places
