# SPDX-License-Identifier: MIT
"""Mentions in operands that are not evaluated (``sizeof``, ``typeof``) and in types.

No code uses what they name, but its declaration has to be there where they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.collect import Collected
from tcbsplit.frontend.extract.libclang import CXCursor, children, lib, text
from tcbsplit.frontend.extract.shape import in_type
from tcbsplit.frontend.extract.targets import FUNCTION, VARIABLE, Target
from tcbsplit.model.vocabulary import EdgeKind, SymbolId

# What a type or a check at file scope has to have to name a variable.
_MAY_NAME = re.compile(rb"sizeof|typeof|[Aa]lignof")


def _targets(out: Collected, cursors: Iterable[CXCursor]) -> Iterator[tuple[CXCursor, Target]]:
    """Yield the functions and variables that the trees of ``cursors`` name, and where."""
    work = list(cursors)
    while work:
        cursor = work.pop()
        if cursor.kind == k.DECL_REF_EXPR:
            target = out.unit.targets.of(cursor)
            if target is not None and target.kind in (FUNCTION, VARIABLE):
                yield cursor, target
        work += children(cursor)


def name(out: Collected, owner: SymbolId, cursors: Iterable[CXCursor]) -> None:
    """Record what ``owner`` names in operands that are not evaluated."""
    for cursor, target in _targets(out, cursors):
        if target.identity != owner:
            out.refer(owner, target, EdgeKind.NAMED, cursor, "not evaluated")


def in_types(out: Collected, owner: SymbolId, declared: Iterable[CXCursor]) -> None:
    """Record what the types of declarations name: their children but for values and bodies."""
    for cursor in declared:
        value = lib.Cursor_getVarDeclInitializer(cursor)
        name(out, owner, in_type(cursor, value))


def in_signature(
    out: Collected, owner: SymbolId, function: CXCursor, parameters: Sequence[CXCursor]
) -> None:
    """Record what the types of a function's result and parameters name."""
    types = (lib.getCursorResultType(function), *map(lib.getCursorType, parameters))
    if any("typeof" in text(lib.getTypeSpelling(t)) for t in types):
        in_types(out, owner, [function, *parameters])


def at_file_scope(out: Collected, types: Iterable[CXCursor], content: bytes) -> frozenset[SymbolId]:
    """Return what ``types`` and checks of the main file, which has ``content``, name."""
    if not _MAY_NAME.search(content):
        return frozenset()
    here = (c for c in types if lib.Location_isFromMainFile(lib.getCursorLocation(c)))
    return frozenset(target.identity for _, target in _targets(out, here))
