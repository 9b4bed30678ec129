# SPDX-License-Identifier: MIT
"""Draw pictures of SVG as PNG, by resvg, if it is installed; a browser is not needed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec

from tcbsplit.model.table import PICTURES
from tcbsplit.report.exports.svg import picture, words

SCALE = 2  # pixels for one unit: letters are sharp on paper


def pictures(texts: Mapping[str, str]) -> dict[str, bytes]:
    """Return the PNG of each picture of the texts, by its name; nothing if none can be drawn."""
    if obstacle():
        return {}
    return {target: png(texts[source]) for source, target in PICTURES.items()}


@cache
def obstacle() -> str:
    """Return why no picture can be drawn; empty if it can.

    Without a font the library leaves all letters out and says nothing, so one is drawn.
    """
    if find_spec("resvg_py") is None:
        return "resvg is missing: pip install 'tcbsplit[png]'"
    if png(picture(40, 20, "", [words(0, 15, "Ag")])) == png(picture(40, 20, "", [])):
        return "no sans-serif font is installed that SVG names (DejaVu, Liberation, Noto, Arial)"
    return ""


def png(svg: str) -> bytes:
    """Return a picture as PNG."""
    import resvg_py  # optional

    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=SCALE))
