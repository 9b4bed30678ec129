# SPDX-License-Identifier: MIT
"""Facts of headers, shared by many units."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from tcbsplit.frontend.extract.macros import Macros
from tcbsplit.model.lines import file_lines
from tcbsplit.model.unit import Facts

_encode = msgspec.msgpack.Encoder().encode

Skipped = tuple[tuple[int, int], ...]


class Shared:
    """Facts of headers, read once by this process for all units with equal facts.

    A header's inline function has the same facts in every unit that includes it with the same
    flags (but for macros that it does not depend on), under the same name (macros may rename it)
    and with the same lines compiled.
    """

    def __init__(self) -> None:
        self.digests: dict[tuple[str, int, str, str, Skipped, bool], str] = {}
        self.macros = Macros()
        self.pieces: dict[str, bytes] = {}  # digest -> encoded ``Facts``
        self._known: dict[bytes, str] = {}
        self._contents: dict[str, bytes] = {}
        self._lines: dict[tuple[str, Skipped], str] = {}

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
