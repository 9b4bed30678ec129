# SPDX-License-Identifier: MIT
"""Map cursors to the ids and places that the rest of tcbsplit uses."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tcbsplit.frontend import identities
from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.attributes import Declared
from tcbsplit.frontend.extract.libclang import CXCursor, expansion, lib, place, text
from tcbsplit.model.place import Place
from tcbsplit.model.unit import Extent
from tcbsplit.model.vocabulary import SymbolId, symbol_id


class Names:
    """Names of one unit, relative to the source root."""

    def __init__(self, root: Path, directory: str, declared: Declared) -> None:
        self.declared = declared
        self.root = str(root)
        self.directory = directory
        # Labels that file-scope assembly does not export: C declares them as external.
        self.labels: dict[str, SymbolId] = {}
        self.links: dict[str, None] = {}  # absolute names of files of the tree through links
        self._bytes: dict[str, bytes] = {}
        self._files: dict[int, str] = {0: ""}
        self._records: dict[int, str] = {}

    def relative(self, name: str) -> str:
        """Return libclang's path of a file, made relative if it is below the root."""
        absolute = os.path.normpath(os.path.join(self.directory, name))  # noqa: PTH118 - hot
        found = identities.relative(absolute, self.root)
        if found[0] != "/" and absolute != f"{self.root}/{found}":
            self.links[absolute] = None
        return found

    def file(self, handle: int) -> str:
        """Return the path of a file of the unit."""
        found = self._files.get(handle)
        if found is None:
            found = self._files[handle] = self.relative(text(lib.getFileName(handle)))
        return found

    def inside(self, path: str) -> bool:
        """Return whether a path is below the source root."""
        return bool(path) and not path.startswith("/")

    def content(self, path: str) -> bytes:
        """Return the bytes of a file of the unit."""
        if path not in self._bytes:
            full = os.path.join(self.root, path)  # noqa: PTH118 - absolute paths win
            self._bytes[path] = Path(full).read_bytes() if path else b""
        return self._bytes[path]

    def place(self, cursor: CXCursor) -> tuple[str, int, int]:
        """Return (file, line, offset) where the name of ``cursor`` is spelled."""
        handle, line, offset = place(lib.getCursorLocation(cursor))
        return self.file(handle), line, offset

    def spelled(self, path: str, offset: int, name: str) -> bool:
        """Return whether ``name`` is at ``offset`` of the file: false if a macro made it."""
        return self.content(path).startswith(name.encode(), offset)

    def extent(self, cursor: CXCursor) -> Extent:
        """Return the extent of a cursor in its file, with complete macro calls."""
        found = lib.getCursorExtent(cursor)
        # A first token that is a macro's argument is spelled within the call of the macro.
        handle, line, start = expansion(lib.getRangeStart(found))
        last = lib.getRangeEnd(found)
        _, end_line, end = place(last)
        _, _, called = expansion(last)
        if called != end:
            # The same holds for the last token: the macro call ends at its parenthesis.
            end = max(end, call_end(self.content(self.file(handle)), called))
        return Extent(self.file(handle), start, end, line, end_line)

    def source(self, cursor: CXCursor) -> bytes:
        """Return the text of a cursor's extent."""
        extent = self.extent(cursor)
        return self.content(extent.file)[extent.start : extent.end]

    def identity(self, cursor: CXCursor, spelling: str) -> SymbolId:
        """Return the id of a function or variable (see ``tcbsplit.model.unit``)."""
        linkage = lib.getCursorLinkage(cursor)
        if linkage == k.EXTERNAL:
            name = self.declared.of(cursor).label or spelling
            return self.labels.get(name) or symbol_id(name)
        if linkage == k.NO_LINKAGE and cursor.kind == k.VAR_DECL:
            owner = text(lib.getCursorSpelling(lib.getCursorSemanticParent(cursor)))
            return symbol_id(spelling, self.place(cursor)[0], owner)
        return symbol_id(spelling, self.place(cursor)[0])

    def record(self, declaration: CXCursor) -> str:
        """Return the name of a record type; unnamed ones are named after their location."""
        found = self._records.get(declaration.d0)
        if found is None:
            found = text(lib.getTypeSpelling(lib.getCursorType(declaration)))
            if "unnamed" in found or "anonymous" in found or not found:
                path, line, _ = self.place(declaration)
                found = f"{path}:{line}"
            self._records[declaration.d0] = found
        return found

    def field(self, declaration: CXCursor, spelling: str = "") -> Place:
        """Return the place of a field, one for all records of its type."""
        spelling = spelling or text(lib.getCursorSpelling(declaration))
        return Place.field(self.record(lib.getCursorSemanticParent(declaration)), spelling)


_CALL = re.compile(rb"\s*\w+\s*\(")
_PIECE = re.compile(
    rb'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|/\*.*?\*/|//[^\n]*|[()]', re.DOTALL
)


def call_end(content: bytes, start: int) -> int:
    """Return the end of the function-like macro call at ``start``; ``start`` if there is none."""
    match = _CALL.match(content, start)
    if match is None:
        return start
    depth = 1
    for piece in _PIECE.finditer(content, match.end()):
        depth += {b"(": 1, b")": -1}.get(piece.group(), 0)
        if depth == 0:
            return piece.end()
    return start
