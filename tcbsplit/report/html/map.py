# SPDX-License-Identifier: MIT
"""Compute the first picture of the source map, which a browser shows before any script runs.

``assets/map.js`` draws the same for every folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote

from tcbsplit.model.page import Page
from tcbsplit.report.folders import Node, Rectangle, divided, largest, tree_of

WIDTH, HEIGHT = 1208, 540  # units; pixels where the window is wide
_DEPTH = 2  # levels below the top
_MOST = 300  # parts of a folder; the smallest of more are drawn together
_HEAD = 20.0  # height of a folder's name
_PAD = 2.0  # around the parts of a folder
_SMALL = 8.0  # units; what is narrower is not divided
_CHARACTER = 7.5  # units of one
_FEWEST = 4  # characters of a name: less says nothing


class Tile(NamedTuple):
    """A rectangle of the picture."""

    place: Rectangle
    kind: str  # class of most of it
    label: str  # as much of its name as there is room for
    title: str
    address: str  # of the folder or function in the page; empty: of several


def first_map(page: Page) -> tuple[Tile, ...]:
    """Return the tiles of the whole source, those below others first."""
    return tuple(_tiles(tree_of(page), "", Rectangle(0, 0, WIDTH, HEIGHT), _DEPTH))


def _tiles(node: Node, path: str, place: Rectangle, depth: int) -> Iterator[Tile]:
    if not node.size:
        return
    parts = largest(node, _MOST) if depth and min(place[2:]) >= _SMALL else []
    yield Tile(
        place=place,
        kind=node.kind,
        label=shortened(node.name, place),
        title=f"{node.name}: {node.size} lines, {node.kind}",
        address=_address(node, path),
    )
    inner = Rectangle(
        place.x + _PAD, place.y + _HEAD, place.width - 2 * _PAD, place.height - _HEAD - _PAD
    )
    for part, its_place in divided(parts, inner):
        below = f"{path}/{part.name}" if path else part.name
        yield from _tiles(part, below, its_place, depth - 1)


def _address(node: Node, path: str) -> str:
    if node.function:
        return f"#f/{quote(node.function, safe='')}"
    return f"#map/{quote(path, safe='')}" if node.parts or not path else ""


def shortened(name: str, place: Rectangle) -> str:
    """Return as much of a name as there is room for in a tile; nothing if that is too little."""
    room = int((place.width - 6) / _CHARACTER)
    if place.height < _HEAD - 4 or (room < _FEWEST and room < len(name)):
        return ""
    return name if len(name) <= room else f"{name[: room - 1]}…"
