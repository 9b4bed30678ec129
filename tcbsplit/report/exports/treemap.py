# SPDX-License-Identifier: MIT
"""Draw the source as a treemap in SVG: folders, files, functions; colour is the class."""

from __future__ import annotations

from collections.abc import Iterator

from tcbsplit.model.page import Page
from tcbsplit.report.exports.svg import COLOURS, box, picture, words
from tcbsplit.report.folders import Node, Rectangle, divided, largest, tree_of

_WIDTH, _HEIGHT, _LEGEND = 1200, 800, 30
_HEAD = 14.0  # height of a folder's name
_SMALL = 5.0  # pixels; what is narrower is not divided further
_MOST = 200  # parts of a folder or file; the smallest of more are drawn together
_CHARACTER = 6.5  # pixels of one


def treemap_svg(page: Page) -> str:
    """Return the treemap; area is code lines."""
    legend = [
        part
        for n, kind in enumerate(page.classes)
        for part in (
            box(8 + n * 110, 8, 14, 14, COLOURS[kind], kind),
            words(26 + n * 110, 19, kind),
        )
    ]
    whole = Rectangle(0.0, float(_LEGEND), float(_WIDTH), float(_HEIGHT))
    drawn = _drawn(tree_of(page), "", whole)
    title = "Functions by source file; area is code lines, colour the class"
    return picture(_WIDTH, _HEIGHT + _LEGEND, title, [*legend, *drawn])


def _drawn(node: Node, path: str, place: Rectangle) -> Iterator[str]:
    """Yield the rectangles of a node and of what is in it."""
    if not node.size:
        return
    x, y, width, height = place
    where = f"{path}/{node.name}" if path else node.name
    yield box(x, y, width, height, COLOURS[node.kind], f"{where}: {node.size} lines, {node.kind}")
    if len(node.name) * _CHARACTER < width and height > _HEAD:
        yield words(x + 3, y + 11, node.name, "#fff")
    if min(width, height) < _SMALL:
        return
    head = _HEAD if height > 3 * _HEAD else 0.0
    inner = Rectangle(x + 1, y + head, width - 2, height - head - 1)
    for part, its_place in divided(largest(node, _MOST), inner):
        yield from _drawn(part, where, its_place)
