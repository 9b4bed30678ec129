# SPDX-License-Identifier: MIT
"""Group the folders of a tree into components."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

_MOST = 0.5  # of all lines: a larger folder is divided
_DEEPEST = 4  # folders below each other


def components(lines: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    """Return globs by the name of a component; ``lines`` are the code lines of every file."""
    total = sum(lines.values()) or 1
    folders: list[str] = []
    todo = [("", 0)]
    while todo:
        parent, depth = todo.pop()
        sizes = _below(lines, parent)
        for folder, size in sorted(sizes.items()):
            if size > total * _MOST and depth < _DEEPEST and _below(lines, folder):
                todo.append((folder, depth + 1))
            else:
                folders.append(folder)
    found: dict[str, tuple[str, ...]] = {}
    # The deeper ones first: a file belongs to the first component that matches.
    for folder in sorted(folders, key=lambda f: (-f.count("/"), f)):
        name = _name(folder, found)
        found[name] = (f"{folder}/*",)
    return found


def _below(lines: Mapping[str, int], parent: str) -> Counter[str]:
    """Return the code lines of each folder directly below ``parent``."""
    start = f"{parent}/" if parent else ""
    found: Counter[str] = Counter()
    for file, count in lines.items():
        first, slash, _ = file.removeprefix(start).partition("/")
        if file.startswith(start) and slash and first != "..":
            found[f"{start}{first}"] += count
    return found


def _name(folder: str, taken: Iterable[str]) -> str:
    """Return the shortest end of a path that no other component has."""
    parts = [re.sub(r"[^\w.-]", "-", p) for p in folder.split("/")]
    for i in range(len(parts) - 1, -1, -1):
        if (name := "-".join(parts[i:])) not in taken:
            return name
    return f"{folder.replace('/', '-')}-{len(list(taken))}"
