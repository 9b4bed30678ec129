# SPDX-License-Identifier: MIT
"""Facts of headers, shared by many units."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from tcbsplit.frontend.extract.context import Context, Reach
from tcbsplit.frontend.extract.parsed import Skipped
from tcbsplit.model.lines import file_lines
from tcbsplit.model.unit import Facts

_encode = msgspec.msgpack.Encoder().encode


# Of a declaration: file, offset, name, arguments but for macros, skipped lines, whether a pragma
# makes it weak.
Key = tuple[str, int, str, str, Skipped, bool]


class Shared:
    """Facts of headers, read once by this process for all units with equal facts.

    A header's inline function has the same facts in every unit in which the names in it mean the
    same (``context``), under the same name (macros may rename it) and with the same lines compiled.
    """

    def __init__(self) -> None:
        self.context = Context()
        self.pieces: dict[str, bytes] = {}  # digest -> encoded ``Facts``
        # of each declaration: what its text leads to; places before it and digest of its facts
        self._found: dict[Key, tuple[Reach, list[tuple[int, str]]]] = {}
        self._known: dict[bytes, str] = {}
        self._contents: dict[str, bytes] = {}
        self._lines: dict[tuple[str, Skipped], str] = {}

    def find(self, key: Key, before: int) -> str:
        """Return the digest of a declaration's facts if they are known; "" if not.

        ``before`` are the places before its file (``Context.before``).
        """
        reach, known = self._found.get(key, _NOTHING)
        for places, digest in known:
            if not (places ^ before) & reach.places:
                return digest
        return ""

    def keep(self, key: Key, before: int, text: bytes, facts: Facts) -> str:
        """Keep the facts of a declaration that has ``text``; return their digest."""
        if key not in self._found:
            self._found[key] = self.context.reach(text), []
        digest = self.add(facts)
        self._found[key][1].append((before, digest))
        return digest

    def add(self, facts: Facts) -> str:
        """Keep ``facts``; return their digest."""
        data = _encode(facts)
        found = self._known.get(data)
        if found is None:
            found = self._known[data] = hashlib.sha256(data).hexdigest()[:32]
            self.pieces[found] = data
        return found

    def content(self, path: str) -> bytes:
        """Return the bytes of a file, read once."""
        if path not in self._contents:
            self._contents[path] = Path(path).read_bytes()
        return self._contents[path]

    def lines(self, path: str, content: bytes, skipped: Skipped) -> str:
        """Return the digest of the compiled lines of a header."""
        key = (path, skipped)
        if key not in self._lines:
            self._lines[key] = self.add(Facts(lines=(file_lines(path, content, skipped),)))
        return self._lines[key]


_NOTHING: tuple[Reach, list[tuple[int, str]]] = (Reach(), [])
