# SPDX-License-Identifier: MIT
"""Pictures as PNG: the size, colours and letters of the SVG; nothing false without a font."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tcbsplit.model.table import BARS, PICTURES
from tcbsplit.pipeline import doctor
from tcbsplit.pipeline.report import report
from tcbsplit.report.exports import exports
from tcbsplit.report.exports import png as drawing
from tcbsplit.report.exports.png import SCALE, obstacle, pictures, png
from tcbsplit.report.exports.svg import COLOURS, picture, words
from tests.support.made import Made
from tests.support.pages import contents

Colour = tuple[int, int, int]


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    """What was found out of this host is not kept between tests."""
    obstacle.cache_clear()
    yield
    obstacle.cache_clear()


def pixels(data: bytes) -> tuple[int, int, list[bytes]]:
    """Width, height and rows of four bytes a pixel (PNG, third edition: 11.2, 9.2)."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    assert (depth, kind) == (8, 6)  # red, green, blue, alpha
    at, packed = 8, b""
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        if data[at + 4 : at + 8] == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += length + 12
    raw, size, rows = zlib.decompress(packed), 4 * width, [bytes(4 * width)]
    for y in range(height):
        line = raw[y * (size + 1) : (y + 1) * (size + 1)]
        rows.append(restored(line[0], line[1:], rows[-1]))
    return width, height, rows[1:]


def restored(how: int, line: bytes, above: bytes) -> bytes:
    """A row without its filter."""
    row = bytearray()
    for i, value in enumerate(line):
        a, b, c = (row[i - 4], above[i], above[i - 4]) if i >= 4 else (0, above[i], 0)
        nearest = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
        row.append((value + (0, a, b, (a + b) // 2, nearest)[how]) & 255)
    return bytes(row)


def colours(data: bytes) -> Counter[Colour]:
    _, _, rows = pixels(data)
    return Counter((r[i], r[i + 1], r[i + 2]) for r in rows for i in range(0, len(r), 4))


def colour(text: str) -> Colour:
    red, green, blue = (int(text[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


def test_the_pictures_have_the_colours_of_the_svg() -> None:
    texts = exports(contents(60))
    found = pictures(texts)
    assert set(found) == set(PICTURES.values())
    shown = colours(found[PICTURES[BARS]])
    for part in ("original", "kept", "glue", "resident"):
        assert shown[colour(COLOURS[part])] > 100, part
    width, height, _ = pixels(found[PICTURES[BARS]])
    assert f'width="{width // SCALE}" height="{height // SCALE}"' in texts[BARS]


def test_letters_are_drawn() -> None:
    """Dark pixels of a word lie right of where it begins, and none elsewhere."""
    text = picture(200, 40, "", [words(100, 25, "resident 49 %")])
    _, _, rows = pixels(png(text))
    dark = [i // 4 for r in rows for i in range(0, len(r), 4) if r[i] < 100]
    assert len(dark) > 100
    assert min(dark) >= 100 * SCALE - 2


def test_without_a_font_there_is_no_picture(
    tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture without its words would be false; one of an earlier run does not stay."""
    made = Made(tiny, tmp_path)
    report(made.settings, made.space, made.out)
    target = made.out / "tables" / PICTURES[BARS]
    assert target.is_file()
    draw = drawing.png

    def blank(svg: str) -> bytes:
        return draw(svg.replace("<text", "<desc").replace("</text", "</desc"))

    monkeypatch.setattr(drawing, "png", blank)
    obstacle.cache_clear()
    assert "font" in obstacle()
    report(made.settings, made.space, made.out)
    assert not target.exists()
    found = {n.name: n for n in doctor.doctor().needs}
    assert "font" in found["pictures as PNG"].text


def test_without_the_library_the_svg_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "find_spec", lambda name: None)
    assert "tcbsplit[png]" in obstacle()
    assert pictures(exports(contents(30))) == {}


def test_a_measure_that_nothing_is_known_of_has_no_heading() -> None:
    made = contents(30)
    assert "Bytes of functions" not in exports(made)[BARS]
    assert "Source lines" in exports(made)[BARS]
