# SPDX-License-Identifier: MIT
"""Draw the source as a treemap in SVG: folders, files, functions; colour is the class.

The rectangles are those of Bruls, Huizing and van Wijk, "Squarified Treemaps" (2000).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import squarify

from tcbsplit.model.page import Page
from tcbsplit.model.vocabulary import bare_name
from tcbsplit.report.exports.svg import COLOURS, box, picture, words

_WIDTH, _HEIGHT, _LEGEND = 1200, 800, 30
_HEAD = 14.0  # height of a folder's name
_SMALL = 5.0  # pixels; what is narrower is not divided further
_MOST = 200  # parts of a folder or file; the smallest of more are drawn together
_CHARACTER = 6.5  # pixels of one


@dataclass
class _Node:
    """A folder, file or function."""

    name: str
    size: int = 0
    kinds: Counter[str] = field(default_factory=Counter)  # lines by class
    parts: dict[str, _Node] = field(default_factory=dict)


def treemap_svg(page: Page) -> str:
    """Return the treemap; area is code lines."""
    top = _Node("all")
    for f in page.functions:
        path = [p for p in page.files[f.file].split("/") if p]
        at = top
        steps = [*((name, name) for name in path), (f"{f.id}\0", bare_name(f.id))]  # no file's name
        for key, name in steps:
            at.size += f.lines
            at.kinds[page.classes[f.kind]] += f.lines
            at = at.parts.setdefault(key, _Node(name))
        at.size += f.lines
        at.kinds[page.classes[f.kind]] += f.lines
    legend = [
        part
        for n, kind in enumerate(page.classes)
        for part in (
            box(8 + n * 110, 8, 14, 14, COLOURS[kind], kind),
            words(26 + n * 110, 19, kind),
        )
    ]
    drawn = _drawn(top, "", 0.0, float(_LEGEND), float(_WIDTH), float(_HEIGHT))
    title = "Functions by source file; area is code lines, colour the class"
    return picture(_WIDTH, _HEIGHT + _LEGEND, title, [*legend, *drawn])


def _drawn(
    node: _Node, path: str, x: float, y: float, width: float, height: float
) -> Iterator[str]:
    """Yield the rectangles of a node and of what is in it."""
    if not node.size:
        return
    kind = node.kinds.most_common(1)[0][0]
    where = f"{path}/{node.name}" if path else node.name
    yield box(x, y, width, height, COLOURS[kind], f"{where}: {node.size} lines, {kind}")
    if len(node.name) * _CHARACTER < width and height > _HEAD:
        yield words(x + 3, y + 11, node.name, "#fff")
    if min(width, height) < _SMALL:
        return
    parts = _largest(node)
    head = _HEAD if height > 3 * _HEAD else 0.0
    inner = (x + 1, y + head, width - 2, height - head - 1)
    if not parts or inner[2] <= 0 or inner[3] <= 0:
        return
    sizes = squarify.normalize_sizes([p.size for p in parts], inner[2], inner[3])
    for part, r in zip(parts, squarify.squarify(sizes, *inner), strict=True):
        yield from _drawn(part, where, r["x"], r["y"], r["dx"], r["dy"])


def _largest(node: _Node) -> list[_Node]:
    """Return the parts of a node, the largest first; the smallest of many are one."""
    parts = sorted((p for p in node.parts.values() if p.size), key=lambda p: (-p.size, p.name))
    rest = parts[_MOST:]
    if not rest:
        return parts
    together = _Node(f"{len(rest)} more", sum(p.size for p in rest))
    for part in rest:
        together.kinds.update(part.kinds)
    return sorted([*parts[:_MOST], together], key=lambda p: (-p.size, p.name))
