"""What all readers of function bodies share: whose body it is, and how a node is visited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.collect import Collected, Nodes
from tcbsplit.frontend.extract.libclang import CXCursor, children
from tcbsplit.frontend.extract.shape import READ
from tcbsplit.frontend.extract.steps import Control
from tcbsplit.frontend.extract.types import Type
from tcbsplit.model.unit import ReferenceFact

Handler = Callable[["Walker", CXCursor, str], Nodes]

_DECISIONS = frozenset({k.IF_STMT, k.WHILE_STMT, k.DO_STMT, k.FOR_STMT, k.CASE_STMT,
                        k.CONDITIONAL_OPERATOR})  # fmt: skip


class Walker:
    """Reads one function's body (or one variable's initialiser, ``owner`` then being its id)."""

    def __init__(
        self,
        handlers: Mapping[int, Handler],
        collected: Collected,
        owner: str,
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
        self.complexity = 1
        self.privileged = False
        self.assembly: list[Any] = []  # asm statements that are not finished, see ``asm``
        self.initialiser = parameters is None
        self.function: CXCursor | None = None
        self.main = True  # it stands in the unit's main file

    def visit(self, cursor: CXCursor, mode: str = READ) -> Nodes:
        """Record what ``cursor`` mentions; return the flow nodes that its value comes from."""
        kind = cursor.kind
        if kind in _DECISIONS:
            self.complexity += 1
        handler = self.handlers.get(kind)
        if handler is not None:
            return handler(self, cursor, mode)
        for child in children(cursor):
            self.visit(child)
        return ()

    def exchange(self, nodes: Nodes) -> None:
        """Record that each of these places may be stored in each of the others."""
        for target in nodes:
            if target[0] not in "f?":
                self.flow((target,), tuple(n for n in nodes if n != target))

    def flow(self, targets: Nodes, sources: Nodes) -> None:
        """Record that values of ``sources`` may be stored in ``targets``."""
        if targets and sources:
            self.out.flow(targets, sources, self.owner)


def plain(nodes: Nodes) -> Nodes:
    """Without the marks of addresses."""
    if len(nodes) == 1 and nodes[0][0] != "&":  # most are
        return nodes
    return tuple(n[1:] if n[0] == "&" else n for n in nodes)


def writable(nodes: Nodes, place: Type) -> Nodes:
    """Mark the address of a pointer: whoever gets it may store into the pointer itself."""
    element = place.element
    if element.kind != k.POINTER and not (element.kind in k.INTEGERS and element.carries):
        return nodes
    return tuple(n if n[0] in "f&?~" else f"&{n}" for n in nodes)


def decayed(nodes: Nodes, type_: Type, mode: str) -> Nodes:
    """The value of an array is the address of its elements."""
    return writable(nodes, type_) if mode == READ and type_.array else nodes
