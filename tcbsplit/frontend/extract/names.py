"""Ids and places: how cursors become the names that the rest of tcbsplit uses."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from clang.cindex import Cursor, CursorKind, LinkageKind

from tcbsplit.frontend.extract.clang import file_location
from tcbsplit.model.unit import Extent


class Names:
    """Names of one unit, relative to the source root."""

    def __init__(self, root: Path, directory: str) -> None:
        self.root = str(root)
        self.directory = directory
        self._bytes: dict[str, bytes] = {}
        self.relative = lru_cache(maxsize=None)(self._relative)

    def _relative(self, name: str) -> str:
        absolute = os.path.normpath(os.path.join(self.directory, name))  # noqa: PTH118 - hot
        if absolute.startswith(self.root + os.sep):
            return absolute[len(self.root) + 1 :]
        return absolute

    def inside(self, path: str) -> bool:
        """Whether a relative path lies below the source root."""
        return bool(path) and not os.path.isabs(path)  # noqa: PTH117 - hot

    def content(self, path: str) -> bytes:
        """The bytes of a file of the unit."""
        if path not in self._bytes:
            full = os.path.join(self.root, path)  # noqa: PTH118 - absolute paths win
            self._bytes[path] = Path(full).read_bytes() if path else b""
        return self._bytes[path]

    def place(self, cursor: Cursor) -> tuple[str, int, int]:
        """(file, line, offset) where the name of ``cursor`` is spelled."""
        name, line, offset = file_location(cursor.location)
        return self.relative(name), line, offset

    def spelled(self, path: str, offset: int, name: str) -> bool:
        """Whether ``name`` stands at ``offset`` of the file: not so where a macro wrote it."""
        return self.content(path)[offset : offset + len(name)] == name.encode()

    def extent(self, cursor: Cursor) -> Extent:
        """The extent of a cursor in its file, macro expansions included whole."""
        start, end = cursor.extent.start, cursor.extent.end
        name = start.file.name if start.file else ""
        return Extent(self.relative(name), start.offset, end.offset, start.line, end.line)

    def identity(self, cursor: Cursor) -> str:
        """The id of a function or variable (see ``tcbsplit.model.unit``)."""
        if cursor.linkage == LinkageKind.EXTERNAL:
            return str(cursor.spelling)
        if cursor.linkage == LinkageKind.NO_LINKAGE and cursor.kind == CursorKind.VAR_DECL:
            parent = cursor.semantic_parent
            owner = parent.spelling if parent is not None else ""
            return f"{self.place(cursor)[0]}:{owner}.{cursor.spelling}"
        return f"{self.place(cursor)[0]}:{cursor.spelling}"

    def record(self, declaration: Cursor) -> str:
        """The name of a record type; unnamed ones are named after their place."""
        spelling = str(declaration.type.spelling)
        if "unnamed" in spelling or "anonymous" in spelling or not spelling:
            path, line, _ = self.place(declaration)
            return f"{path}:{line}"
        return spelling

    def field(self, declaration: Cursor) -> str:
        """The flow node of a field: one for the field in every record of its type."""
        return f"m:{self.record(declaration.semantic_parent)}.{declaration.spelling}"
