# SPDX-License-Identifier: MIT
"""``#pragma weak``, which libclang applies to declarations without exposing it.

Read from the text of the files: as a directive, as ``_Pragma ("weak …")``, and as the argument of
a macro that expands to the latter, ``DO_PRAGMA (weak …)``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping

import msgspec

from tcbsplit.frontend.extract.identity import Names
from tcbsplit.frontend.extract.parsed import line_starts
from tcbsplit.model.unit import Extent

_WEAK = re.compile(
    rb"(?:^[ \t]*#[ \t]*pragma[ \t]+|\b_Pragma\s*\(\s*\"\s*|^[ \t]*\w+[ \t]*\(\s*)"
    rb"weak[ \t]+(\w+)[ \t]*(?:=[ \t]*(\w+)[ \t]*)?(?:$|\r|\"\s*\)|\)|/[/*])",
    re.MULTILINE,
)


class Weak(msgspec.Struct, frozen=True):
    """One such pragma; without ``target`` it is not an alias."""

    name: str
    target: str
    extent: Extent
    name_start: int

    def made(self, path: str, offset: int, names: Names) -> bool:
        """Return whether libclang generated the declaration at this location for an alias."""
        inside = path == self.extent.file and self.extent.start <= offset <= self.extent.end
        return inside or not names.spelled(path, offset, self.name)


def weak_names(
    contents: Mapping[str, bytes], skipped: Mapping[str, tuple[tuple[int, int], ...]]
) -> dict[str, Weak]:
    """Return the pragmas of the files of a unit (paths to bytes) by name."""
    found = {}
    for path, content in contents.items():
        if path not in _known or _known[path][0] is not content:
            _known[path] = (content, _in_file(path, content))
        for weak in _known[path][1]:
            line = weak.extent.line
            if not any(first <= line <= last for first, last in skipped.get(path, ())):
                found[weak.name] = weak
    return found


_known: dict[str, tuple[bytes, list[Weak]]] = {}  # units share headers


def _in_file(path: str, content: bytes) -> list[Weak]:
    if b"weak " not in content and b"weak\t" not in content:
        return []
    starts = line_starts(content)
    found = []
    for match in _WEAK.finditer(content):
        name, target = (g.decode() if g else "" for g in match.groups())
        line = bisect_right(starts, match.start(1))
        extent = Extent(path, match.start(), match.end(), line, line)
        found.append(Weak(name, target, extent, match.start(1)))
    return found
