# SPDX-License-Identifier: MIT
"""Addresses of data in calls and inline assembly: what is passed, and what known functions do."""

from __future__ import annotations

from itertools import chain

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.holders import BOTH, NOTHING, READS, WRITES, Held, Holders, bare_of
from tcbsplit.frontend.extract.libclang import CXCursor, children, lib
from tcbsplit.frontend.extract.targets import FUNCTION, Target
from tcbsplit.frontend.extract.types import Type
from tcbsplit.model.data import COPIES, FILLS, LOOKS

_LVALUES = frozenset({k.DECL_REF_EXPR, k.MEMBER_REF_EXPR, k.ARRAY_SUBSCRIPT_EXPR})


class Passing(Holders):
    """A reader of calls."""

    def exchange(self, cursor: CXCursor, types: list[Type], places: Held) -> None:
        self.use(cursor, places, BOTH)
        for type_ in types:
            if type_.kind == k.POINTER and (content := self.pointed(type_.pointee)):
                self.flow(content, places)

    def _call(self, cursor: CXCursor) -> Held:
        callee, *arguments = children(cursor)
        bare = bare_of(callee)
        if bare.kind == k.UNARY_OPERATOR and children(bare):
            bare = bare_of(children(bare)[0])
        target = self.targets.of(bare) if bare.kind == k.DECL_REF_EXPR else None
        outer, self.wanted = self.wanted, False
        direct = target is not None and target.kind == FUNCTION
        if not direct:
            self.value(callee)
        given = [self.value(argument) for argument in arguments]
        self.wanted = outer
        result = self.types.at(cursor)
        pointer = result.kind == k.POINTER or (self.wanted and self.holds(result))
        if direct and target is not None:
            made = self._known(cursor, target.spelling, arguments, given)
            if made is not None:
                return made
            self._passed(target, callee, given)
            return (f"r:{target.identity}",) if pointer else NOTHING
        site = f"c:{self.names.place(cursor)[1]}:{self.owner}"
        for i, sources in enumerate(given):
            self.flow(f"{site}#{i}", sources)
        return (f"{site}#r",) if pointer else NOTHING

    def _passed(self, target: Target, callee: CXCursor, given: list[Held]) -> None:
        signature = self.types.at(callee).function
        variadic = signature is not None and signature.variadic
        fixed = len(signature.parameters) if signature is not None and variadic else 1 << 16
        for i, sources in enumerate(given):
            if sources:
                kept = signature is not None and i < fixed and signature.read_only[i : i + 1]
                mark = "k" if kept and kept[0] else "p"
                self.flow(f"{mark}:{target.identity}#{i if i < fixed else '*'}", sources)

    def _known(
        self, cursor: CXCursor, spelling: str, arguments: list[CXCursor], given: list[Held]
    ) -> Held | None:
        """Return the value of a function that the compiler or the C library knows; else None."""
        name = spelling.removeprefix("__builtin_").removeprefix("_")
        if name in COPIES and len(given) >= 2:
            self.use(cursor, given[0], WRITES)
            self.use(cursor, given[1], READS)
            return given[0]
        if name in FILLS and given:
            self.use(cursor, given[0], WRITES)
            return given[0]
        if name in LOOKS:
            for sources in given:
                self.use(cursor, sources, READS)
            return given[0] if given else NOTHING
        if spelling.startswith("__builtin_va_"):
            holder = self.holder(arguments[0]) if arguments else ""
            if spelling == "__builtin_va_start":
                self.flow(holder, (f"p:{self.owner}#*",))
            elif spelling == "__builtin_va_copy":
                self.flow(holder, given[-1])
            return NOTHING
        every = tuple(chain.from_iterable(given))
        if spelling.startswith(("__sync_", "__atomic_")):
            self.exchange(cursor, [self.types.at(a) for a in arguments], every)
            return every
        if spelling.startswith("__builtin_"):
            self.use(cursor, every, BOTH)
            return every
        return None

    def _assembly(self, cursor: CXCursor) -> Held:
        extent = self.names.extent(cursor)
        written = self.names.content(extent.file)[extent.start : extent.end]
        made = NOTHING if b'"+' in written else ("?assembly",)  # an output that is no input
        for child in children(cursor):
            bare = bare_of(child)
            # An output is an lvalue; inputs are behind an implicit cast.
            output = child if child.kind != k.PAREN_EXPR else bare
            if output.kind in _LVALUES or (
                output.kind == k.UNARY_OPERATOR
                and lib.getCursorUnaryOperatorKind(output) == k.DEREFERENCE
            ):
                pointer = self.types.at(output).kind == k.POINTER
                self.written(output, made if pointer else NOTHING, BOTH)
                self.constant(output, None)
                if not pointer:
                    continue
            self.use(cursor, self.value(child), BOTH)
        return NOTHING
