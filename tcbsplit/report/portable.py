# SPDX-License-Identifier: MIT
"""Take the places of this machine out of results, so that they read the same elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def portable(value: T, places: Mapping[Path, str]) -> T:
    """Return a record whose texts have each absolute place replaced by its name.

    Of places within each other the innermost counts. An empty name leaves relative paths.
    """
    names = {str(p): name for p, name in places.items() if str(p) != "/"}
    longest = sorted(names, key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w.-])({'|'.join(map(re.escape, longest))})(/|(?![\w.-]))")

    def named(found: re.Match[str]) -> str:
        name = names[found[1]]
        return name + found[2] if name else "" if found[2] else "."

    replaced = _each(msgspec.to_builtins(value), lambda text: pattern.sub(named, text))
    changed: T = msgspec.convert(replaced, type(value))
    return changed


def _each(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {_each(k, change): _each(v, change) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_each(v, change) for v in value]
    return value
