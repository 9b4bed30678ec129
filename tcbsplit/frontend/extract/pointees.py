"""Layouts of what variables point to: asked for the few that cross from guest to hypervisor."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.attributes import Declared
from tcbsplit.frontend.extract.layout import layout
from tcbsplit.frontend.extract.libclang import lib, text
from tcbsplit.frontend.extract.names import Names
from tcbsplit.frontend.extract.types import Types
from tcbsplit.frontend.extract.unit import parse
from tcbsplit.model.unit import CompileCommand

_DEPTH = 1  # pointers followed


def pointee_layouts(
    command: CompileCommand, root: Path, builtin_include: str, wanted: Collection[str]
) -> dict[str, str]:
    """Return the layout texts of the variables ``wanted`` that the unit defines at its top."""
    parsed = parse(command, root, builtin_include)
    try:
        names = Names(root, command.directory, Declared(parsed.top))
        types = Types(parsed.pointer_bytes())
        found = {}
        for cursor in parsed.top():
            if cursor.kind == k.VAR_DECL:
                identity = names.identity(cursor, text(lib.getCursorSpelling(cursor)))
                if identity in wanted:
                    found[identity] = layout(types.at(cursor), types, names, _DEPTH)[0]
        return found
    finally:
        parsed.close()
