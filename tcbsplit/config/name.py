# SPDX-License-Identifier: MIT
"""Names that a configuration gives to what a program has: each knows its place, and may be void."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any


class Name(str):
    """A name or pattern of a list. In YAML the text alone, or ``{name: TEXT, optional: true}``.

    ``where`` is its file:line. An ``optional`` one may match nothing: some variants of the project
    lack what it names. Elsewhere that is a mistake.
    """

    where: str
    optional: bool

    def __new__(cls, text: str, where: str = "", optional: bool = False) -> Name:
        """Return a name; whoever wants a mere string takes it as one."""
        name = super().__new__(cls, text)
        name.where = where
        name.optional = optional
        return name


def optional(name: Any) -> bool:
    """Whether a name, or a record that names something, may match nothing."""
    return bool(getattr(name, "optional", False))


def at(name: Any, setting: str) -> str:
    """``FILE:LINE: SETTING`` of a name or record, or the setting where the place is unknown."""
    where = getattr(name, "where", "")
    return f"{where}: {setting}" if where else setting


def in_order(complaints: Iterable[str]) -> list[str]:
    """Complaints by file and line, each once; those without a place go last."""

    def place(text: str) -> tuple[bool, str, int]:
        found = re.match(r"([^\s:]+):(\d+): ", text)
        return (False, found[1], int(found[2])) if found else (True, "", 0)

    return sorted(dict.fromkeys(complaints), key=place)
