# SPDX-License-Identifier: MIT
"""Names and patterns in a configuration, with their place and whether they may match nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any


class Name(str):
    """A name or pattern of a list. In YAML the text alone, or ``{name: TEXT, optional: true}``.

    ``where`` is its file:line. Only an ``optional`` name may match nothing: some variants of the
    project do not have such an item.
    """

    where: str
    optional: bool

    def __new__(cls, text: str, where: str = "", optional: bool = False) -> Name:
        """Return a name; it is also a plain string."""
        name = super().__new__(cls, text)
        name.where = where
        name.optional = optional
        return name


def optional(name: Any) -> bool:
    """Return whether a name, or a record with one, may match nothing."""
    return bool(getattr(name, "optional", False))


def at(name: Any, setting: str) -> str:
    """Return ``FILE:LINE: SETTING`` of a name or record; the setting alone if it has no place."""
    where = getattr(name, "where", "")
    return f"{where}: {setting}" if where else setting


def in_order(complaints: Iterable[str]) -> list[str]:
    """Sort complaints by file and line, without duplicates; those without a place come last."""

    def place(text: str) -> tuple[bool, str, int]:
        found = re.match(r"([^\s:]+):(\d+): ", text)
        return (False, found[1], int(found[2])) if found else (True, "", 0)

    return sorted(dict.fromkeys(complaints), key=place)
