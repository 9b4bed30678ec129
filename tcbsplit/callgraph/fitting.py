# SPDX-License-Identifier: MIT
"""Match functions to an indirect call by type, if nothing better is known."""

from __future__ import annotations

import re
from functools import cache

_ENUM = re.compile(r"\benum (?:\(unnamed[^)]*\)|[\w:]+)")
_IGNORED = re.compile(r"\b(?:const|volatile|restrict|unsigned|signed|__restrict) ?")


@cache
def shape(type_: str) -> str:
    """Return the text that all function types which fit one another have in common.

    Enumerations, and integers of either sign, are passed alike; qualifiers change nothing
    (System V x86-64 psABI, 3.2.3).
    """
    return _IGNORED.sub("", _ENUM.sub("int", type_)).replace(" *", "*")


def fits(function: str, call: str) -> bool:
    """Return whether a function of one canonical type may be called through a pointer to another.

    A type without a prototype (``int ()``, K&R) fits any with the same result.
    """
    if not function or not call:
        return False
    if shape(function) == shape(call):
        return True
    if function.endswith("()") or call.endswith("()"):
        return shape(_result(function)) == shape(_result(call))
    return False


def _result(type_: str) -> str:
    """Return the result type of a function type: the text before its parameters."""
    depth = 0
    for i in range(len(type_) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(type_[i], 0)
        if depth == 0:
            return type_[:i].rstrip()
    return type_
