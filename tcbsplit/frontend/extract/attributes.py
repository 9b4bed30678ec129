"""GNU attributes and assembler names of a declaration, macros expanded.

libclang shows most attributes only as unexposed; printing the declaration gives them all.
"""

from __future__ import annotations

import re

import msgspec

from tcbsplit.frontend.extract.libclang import CXCursor, lib, text

_TERSE_OUTPUT = 17  # enum CXPrintingPolicyProperty: without bodies
_ATTRIBUTE = re.compile(r"__attribute__\(\((\w+)(?:\((\"[^\"]*\"|[^()]*)\))?")
_LABEL = re.compile(r'\basm\("([^"]*)"\)')


class Attributes(msgspec.Struct, frozen=True):
    """What the linker and the compiler are told of a declaration."""

    weak: bool = False
    alias: str = ""
    constructor: bool = False
    destructor: bool = False
    section: str = ""
    used: bool = False
    cleanup: str = ""
    label: str = ""


NONE = Attributes()


def attributes(cursor: CXCursor) -> Attributes:
    """Return the attributes of a declaration."""
    if not lib.Cursor_hasAttrs(cursor):
        return NONE
    policy = lib.getCursorPrintingPolicy(cursor)
    try:
        lib.PrintingPolicy_setProperty(policy, _TERSE_OUTPUT, 1)
        printed = text(lib.getCursorPrettyPrinted(cursor, policy))
    finally:
        lib.PrintingPolicy_dispose(policy)
    found = {name.strip("_"): value.strip('"') for name, value in _ATTRIBUTE.findall(printed)}
    label = _LABEL.search(printed)
    return Attributes(
        weak="weak" in found,
        alias=found.get("alias", "") or found.get("ifunc", ""),
        constructor="constructor" in found,
        destructor="destructor" in found,
        section=found.get("section", ""),
        used="used" in found or "retain" in found,
        cleanup=found.get("cleanup", ""),
        label=label.group(1) if label else "",
    )
