# SPDX-License-Identifier: MIT
"""Draw the bars of the first screen as SVG."""

from __future__ import annotations

from tcbsplit.model.report import Report
from tcbsplit.report.exports.svg import COLOURS, box, picture, words
from tcbsplit.report.html.overview import measures

_WIDTH, _LEFT, _LENGTH, _ROW = 760, 80, 500, 22
_READABLE = 60  # pixels of a part that has its name


def bars_svg(report: Report) -> str:
    """Return original, thin and resident in lines, functions and bytes."""
    parts: list[str] = []
    y = 8
    known = (m for m in measures(report.table, report.resident) if any(b.parts for b in m.bars))
    for measure in known:
        y += 16
        parts.append(words(8, y, f"{measure.title}: {measure.counts}"))
        for bar in (b for b in measure.bars if b.parts):
            y += 4
            x = float(_LEFT)
            parts.append(words(8, y + 15, bar.label))
            for part in bar.parts:
                width = part.width * _LENGTH / 100
                what = f"{part.label}: {part.value}"
                parts.append(box(x, y, width, _ROW - 2, COLOURS[part.label], what))
                if width > _READABLE:
                    parts.append(words(x + 5, y + 15, part.label, "#fff"))
                x += width
            parts.append(words(x + 6, y + 15, f"{bar.value} {bar.note}".strip()))
            y += _ROW - 2
        y += 10
    return picture(_WIDTH, y, f"{report.name}: trusted computing base", parts)
