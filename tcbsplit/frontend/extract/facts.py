"""Collects the facts of one unit while its tree is walked."""

from __future__ import annotations

import ast
import re

from clang.cindex import Cursor, Type

from tcbsplit.frontend.extract import clang, types
from tcbsplit.frontend.extract.names import Names
from tcbsplit.model.unit import (
    FlowFact,
    IndirectFact,
    LiteralCallFact,
    RecordInitFact,
    ReferenceFact,
    VariableFact,
)

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


class Facts:
    """References, flows, indirect calls, literals and record initialisers of one unit."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.references: list[ReferenceFact] = []
        self.indirect: list[IndirectFact] = []
        self.flows: dict[FlowFact, None] = {}
        self.literals: list[LiteralCallFact] = []
        self.records: list[RecordInitFact] = []
        self.variables: list[VariableFact] = []
        self.static_locals: list[tuple[Cursor, str]] = []
        self.unions: set[str] = set()

    def refer(self, source: str, target: str, kind: str, cursor: Cursor, rule: str) -> None:
        """Record one mention; its offset is -1 where a macro's body wrote the name."""
        path, line, offset = self.names.place(cursor)
        if not self.names.spelled(path, offset, str(cursor.spelling)):
            offset = -1
        self.references.append(ReferenceFact(source, target, kind, path, line, offset, rule))

    def flow(self, targets: tuple[str, ...], sources: tuple[str, ...], owner: str) -> None:
        """Record that values of ``sources`` may be stored in ``targets``.

        A source marked ``&`` is the address of a pointer: values flow back through it.
        """
        for target in targets:
            for source in sources:
                plain, place = source.removeprefix("&"), target.removeprefix("&")
                if plain != place:
                    self.flows[FlowFact(place, plain, owner)] = None
                    if plain != source:
                        self.flows[FlowFact(plain, place, owner)] = None

    def indirect_call(
        self,
        caller: str,
        nodes: tuple[str, ...],
        signature: Type | None,
        passed: tuple[tuple[str, ...], ...],
        result: str,
        path: str,
        line: int,
        callee: Cursor,
    ) -> None:
        """Record a call through a pointer."""
        spelling = str(signature.spelling) if signature is not None else ""
        extent = self.names.extent(callee)
        text = self.names.content(extent.file)[extent.start : extent.end]
        self.indirect.append(
            IndirectFact(
                caller,
                tuple(dict.fromkeys(nodes)),
                spelling,
                passed,
                result,
                path,
                line,
                " ".join(text.decode("utf-8", "replace").split())[:80],
            )
        )

    def literal(
        self, caller: str, callee: str, position: int, literal: Cursor, call: Cursor
    ) -> None:
        """Record a direct call with a string literal."""
        path, line, _ = self.names.place(call)
        text = self.string(literal)
        self.literals.append(LiteralCallFact(caller, callee, position, text, path, line))

    def string(self, literal: Cursor) -> str:
        """The value of a string literal (adjacent pieces joined)."""
        pieces = _STRING.findall(str(literal.spelling))
        if not pieces:
            pieces = _STRING.findall(" ".join(t.spelling for t in literal.get_tokens()))
        try:
            return "".join(ast.literal_eval(piece) for piece in pieces)
        except (SyntaxError, ValueError):
            return "".join(piece[1:-1] for piece in pieces)

    def record(
        self,
        owner: str,
        declaration: Cursor,
        strings: list[tuple[str, str]],
        functions: list[tuple[str, str]],
        cursor: Cursor,
    ) -> None:
        """Record an initialised record with its strings and functions."""
        path, line, _ = self.names.place(cursor)
        self.records.append(
            RecordInitFact(
                owner,
                self.names.record(declaration),
                tuple(strings),
                tuple(functions),
                path,
                line,
            )
        )

    def static_local(self, cursor: Cursor, owner: str) -> None:
        """Note a static local variable, read when its function is done."""
        self.static_locals.append((cursor, owner))

    def variable(self, cursor: Cursor, owner: str, declarators: int) -> VariableFact:
        """Make the fact of a variable definition."""
        names = self.names
        path, _, offset = names.place(cursor)
        text, trouble = types.layout(cursor.type, names)
        declaration = types.record_declaration(cursor.type)
        fact = VariableFact(
            id=names.identity(cursor),
            name=str(cursor.spelling),
            static=cursor.linkage.name != "EXTERNAL",
            extent=names.extent(cursor),
            owner=owner,
            type=str(cursor.type.get_canonical().spelling),
            size=max(int(cursor.type.get_size()), 0),
            layout=text,
            pointer=trouble,
            const=types.element(cursor.type).is_const_qualified()
            or bool(cursor.type.is_const_qualified()),
            declarators=declarators,
            tentative=clang.initialiser(cursor) is None,
            macro=not names.spelled(path, offset, str(cursor.spelling)),
            record=names.record(declaration) if declaration is not None else "",
        )
        self.variables.append(fact)
        return fact
