# SPDX-License-Identifier: MIT
"""Tells which functions a file defines itself: a macro writes the name at most."""

from __future__ import annotations

from tcbsplit.lexer import TokenKind, tokens
from tcbsplit.model.program import Program
from tcbsplit.model.retire import Boundary
from tcbsplit.model.unit import FunctionFact
from tcbsplit.model.vocabulary import SymbolId
from tcbsplit.split.edit.sourcefile import Sources

_NO_CODE = (TokenKind.COMMENT, TokenKind.DIRECTIVE)


def written(program: Program, sources: Sources, boundary: Boundary) -> frozenset[SymbolId]:
    """Return the functions that do not last beyond the ``boundary`` and that a file defines."""
    idle = (f for f in program.functions.values() if f.id not in boundary.lasts)
    return frozenset(f.id for f in idle if is_written(sources, f))


def is_written(sources: Sources, function: FunctionFact) -> bool:
    """Whether the file has the definition.

    ``static int NAME (int n) { … }`` is one, ``DEFINE (name) { … }`` is not.
    """
    if function.assembly or function.body_start < 0:
        return False
    start, body = function.extent.start, function.body_start
    content = sources[function.extent.file].content
    if not content.startswith(b"{", body):
        return False
    head = [t for t in tokens(content[start:body]) if t.kind not in _NO_CODE]
    if len(head) < 3 or function.name_start == start:
        return len(head) >= 3
    called = head[1].text == b"(" and head[2].text != b"*"  # else what it returns is a pointer
    return not called
