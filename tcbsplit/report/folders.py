# SPDX-License-Identifier: MIT
"""Sum functions by folder and file, and lay parts out as rectangles.

The rectangles are those of Bruls, Huizing and van Wijk, "Squarified Treemaps" (2000).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import squarify

from tcbsplit.model.page import Page
from tcbsplit.model.vocabulary import bare_name


class Rectangle(NamedTuple):
    """A place in a picture, in its units; y grows downwards."""

    x: float
    y: float
    width: float
    height: float


@dataclass
class Node:
    """A folder, file or function; ``size`` are code lines, ``kinds`` the same by class."""

    name: str
    function: str = ""  # its id, if it is one
    size: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    parts: dict[str, Node] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The class that most of its lines have."""
        return self.kinds.most_common(1)[0][0]


def tree_of(page: Page) -> Node:
    """Return the folder of everything."""
    top = Node("all")
    for f in page.functions:
        kind = page.classes[f.kind]
        at = top
        _count(at, f.lines, kind)
        for name in filter(None, page.files[f.file].split("/")):
            at = at.parts.setdefault(name, Node(name))
            _count(at, f.lines, kind)
        leaf = at.parts.setdefault(f"{f.id}\0", Node(bare_name(f.id), f.id))  # no file's name
        _count(leaf, f.lines, kind)
    return top


def _count(node: Node, lines: int, kind: str) -> None:
    node.size += lines
    node.kinds[kind] += lines


def largest(node: Node, most: int) -> list[Node]:
    """Return the parts of a node, the largest first; the smallest of more than ``most`` are one."""
    parts = sorted((p for p in node.parts.values() if p.size), key=lambda p: (-p.size, p.name))
    rest = parts[most:]
    if not rest:
        return parts
    together = Node(f"{len(rest)} more", size=sum(p.size for p in rest))
    for part in rest:
        together.kinds.update(part.kinds)
    return sorted([*parts[:most], together], key=lambda p: (-p.size, p.name))


def divided(parts: Sequence[Node], within: Rectangle) -> Iterator[tuple[Node, Rectangle]]:
    """Yield each part with its share of a rectangle; parts are sorted, the largest first."""
    if not parts or within.width <= 0 or within.height <= 0:
        return
    sizes = squarify.normalize_sizes([p.size for p in parts], within.width, within.height)
    for part, r in zip(parts, squarify.squarify(sizes, *within), strict=True):
        yield part, Rectangle(r["x"], r["y"], r["dx"], r["dy"])
