"""Initialisers -> flows into fields, and records with their literal strings and functions."""

from __future__ import annotations

from collections.abc import Callable

from clang.cindex import Cursor, CursorKind

from tcbsplit.frontend.extract import types
from tcbsplit.frontend.extract.facts import Facts
from tcbsplit.frontend.extract.shape import designated, strip

Nodes = tuple[str, ...]


class Initialiser:
    """Reads one initialiser; values are read by ``visit``, which gives their flow nodes."""

    def __init__(self, facts: Facts, owner: str, visit: Callable[[Cursor], Nodes]) -> None:
        self.facts = facts
        self.owner = owner
        self.visit = visit

    def read(self, cursor: Cursor, target: Nodes) -> None:
        """Read an initialiser of the places ``target``: positional, designated or a value."""
        if cursor.kind != CursorKind.INIT_LIST_EXPR:
            self.facts.flow(target, self.visit(cursor), self.owner)
            return
        declaration = types.record_declaration(cursor.type)
        if types.is_array(cursor.type) or declaration is None:
            for child in cursor.get_children():
                self.read(designated(child)[1], target)
            return
        self._record(cursor, declaration)

    def _record(self, cursor: Cursor, declaration: Cursor) -> None:
        names = self.facts.names
        fields = list(cursor.type.get_canonical().get_fields())
        strings, functions = [], []
        position = 0
        for child in cursor.get_children():
            chosen, value = designated(child)
            if chosen is not None:
                position = next(
                    (i for i, f in enumerate(fields) if f.spelling == chosen), len(fields)
                )
            if position >= len(fields):
                self.visit(value)
                continue
            field = fields[position]
            position += 1
            self.read(value, (names.field(field),))
            bare = strip(value)
            named = bare.referenced
            if bare.kind == CursorKind.STRING_LITERAL:
                strings.append((str(field.spelling), self.facts.string(bare)))
            elif named is not None and named.kind == CursorKind.FUNCTION_DECL:
                functions.append((str(field.spelling), names.identity(named)))
        if strings or functions:
            self.facts.record(self.owner, declaration, strings, functions, cursor)
