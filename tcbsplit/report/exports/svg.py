# SPDX-License-Identifier: MIT
"""Write the parts of a picture in SVG 1.1; every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

COLOURS = {
    "runtime": "#c2410c", "boot": "#8a6100", "preprocess": "#0f766e", "shared": "#6d28d9",
    "unreached": "#6b7280", "original": "#57606a", "kept": "#c2410c", "glue": "#e0956a",
    "resident": "#9f1239",
}  # fmt: skip
# Not every renderer knows a font for sans-serif.
_FONTS = "DejaVu Sans, Liberation Sans, Noto Sans, Arial, Helvetica, sans-serif"
_STYLE = f"font-family: {_FONTS}; font-size: 12px"


def picture(width: int, height: int, title: str, parts: Iterable[str]) -> str:
    """Return a whole picture on white."""
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" role="img" style={quoteattr(_STYLE)}>',
            f"<title>{text_of(title)}</title>",
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            *parts,
            "</svg>\n",
        )
    )


def box(x: float, y: float, width: float, height: float, colour: str, title: str) -> str:
    """Return a filled rectangle with a title that viewers show."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}" '
        f'fill="{colour}" stroke="#fff" stroke-width="0.5"><title>{text_of(title)}</title></rect>'
    )


def words(x: float, y: float, text: str, colour: str = "#1b1f24", anchor: str = "start") -> str:
    """Return a line of text; (x, y) is its baseline."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">'
        f"{text_of(text)}</text>"
    )


def text_of(text: str) -> str:
    """Return text that XML accepts: escaped, without the characters that it forbids."""
    return escape("".join(c if c >= " " else " " for c in text))
