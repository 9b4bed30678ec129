# SPDX-License-Identifier: MIT
"""Layouts of variables, including the layouts of their pointees.

Only the few variables of a handoff need them, so they are not part of a unit's facts.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.attributes import Declared
from tcbsplit.frontend.extract.identity import Names
from tcbsplit.frontend.extract.layout import layout
from tcbsplit.frontend.extract.libclang import lib, text
from tcbsplit.frontend.extract.parse import parse
from tcbsplit.frontend.extract.types import Types
from tcbsplit.model.compiler import Compiler
from tcbsplit.model.layout import Layout
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import SymbolId

_DEPTH = 1  # pointers followed


def pointee_layouts(
    command: CompileCommand, root: Path, compiler: Compiler, wanted: Collection[SymbolId]
) -> dict[SymbolId, Layout]:
    """Return the layouts of the variables ``wanted`` that the unit defines at its top.

    Pointers in them have the layouts of their pointees.
    """
    parsed = parse(command, root, compiler)
    try:
        names = Names(root, command.directory, Declared(parsed.top))
        types = Types(parsed.pointer_bytes())
        layouts = {}
        for cursor in parsed.top():
            if cursor.kind == k.VAR_DECL:
                identity = names.identity(cursor, text(lib.getCursorSpelling(cursor)))
                if identity in wanted:
                    layouts[identity] = layout(types.at(cursor), types, _DEPTH)
        return layouts
    finally:
        parsed.close()
