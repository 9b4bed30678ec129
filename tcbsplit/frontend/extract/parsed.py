# SPDX-License-Identifier: MIT
"""A parsed unit: its top-level declarations, files read, skipped lines and diagnostics."""

from __future__ import annotations

import ctypes
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tcbsplit.errors import SourceError
from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.identity import Names
from tcbsplit.frontend.extract.libclang import (
    BREAK,
    CONTINUE,
    INCLUSION_VISITOR,
    VISITOR,
    CXCursor,
    lib,
    place,
    text,
)
from tcbsplit.model.unit import Diagnostic

_DETAILED_PREPROCESSING_RECORD = 1  # without it there are no skipped ranges
_TOP = frozenset({k.FUNCTION_DECL, k.VAR_DECL, k.UNEXPOSED_DECL})
_FAILURES = {1: "failure", 2: "crashed", 3: "invalid arguments", 4: "AST read error"}

# Types and checks at file scope.
_TYPES = frozenset({k.STRUCT_DECL, k.UNION_DECL, k.ENUM_DECL, k.TYPEDEF_DECL, k.STATIC_ASSERT})

# The (first, last) of ranges of lines.
Skipped = tuple[tuple[int, int], ...]

_top: list[CXCursor] = []
_types: list[CXCursor] = []


def _collect_top(cursor: CXCursor) -> int:
    kind = cursor.kind
    if kind in _TOP:
        _top.append(cursor)
    elif kind in _TYPES:
        _types.append(cursor)
    # libclang visits thousands of header macros first. Breaking there ends only that visit: its
    # result is ignored (CursorVisitor::VisitChildren), and the declarations follow.
    return BREAK if k.FIRST_PREPROCESSING <= kind <= k.LAST_PREPROCESSING else CONTINUE


_top_collector = VISITOR(_collect_top)
_top_collector_address = ctypes.cast(_top_collector, ctypes.c_void_p)


class NoTree(SourceError):
    """The error that libclang returns no tree for a file."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(path, why)
        self.why = why

    def __str__(self) -> str:
        return f"{self.args[0]}: {self.why}"


class Parsed:
    """A translation unit of libclang. ``close`` frees it and invalidates all its cursors.

    Parsing releases Python's GIL, so another thread may walk another unit meanwhile.
    """

    def __init__(self, path: str, arguments: Sequence[str]) -> None:
        """Parse one file; raise ``NoTree`` if libclang returns no tree."""
        self.path = path
        self.refused: tuple[str, ...] = ()  # options left out: libclang does not take them
        self._declared: list[CXCursor] | None = None
        self.types: list[CXCursor] = []  # types and checks at file scope, once ``top`` has run
        self._index = lib.createIndex(0, 0)
        words = "\0".join(arguments).encode().split(b"\0")
        array = (ctypes.c_char_p * len(words))(*words)
        unit = ctypes.c_void_p()
        status = lib.parseTranslationUnit2(
            self._index, path.encode(), array, len(words), None, 0,
            _DETAILED_PREPROCESSING_RECORD, ctypes.byref(unit),
        )  # fmt: skip
        self._unit = unit
        if status != 0:
            lib.disposeIndex(self._index)
            raise NoTree(path, f"libclang cannot parse it: {_FAILURES.get(status, status)}")

    def close(self) -> None:
        """Free the tree."""
        lib.disposeTranslationUnit(self._unit)
        lib.disposeIndex(self._index)

    def pointer_bytes(self) -> int:
        """Return the size of a pointer in bytes."""
        target = lib.getTranslationUnitTargetInfo(self._unit)
        try:
            return int(lib.TargetInfo_getPointerWidth(target)) // 8
        finally:
            lib.TargetInfo_dispose(target)

    def top(self) -> list[CXCursor]:
        """Return functions, variables and file-scope assembly in order, including headers'."""
        global _top, _types
        if self._declared is None:
            _top, _types = self._declared, self.types = [], []
            unit = lib.getTranslationUnitCursor(self._unit)
            lib.visitChildren(unit, _top_collector_address, None)
        return self._declared

    def files(self) -> list[tuple[int, str, int]]:
        """Return (handle, libclang's file name, depth of inclusion) of every file, as first read.

        The main file is the first; its depth is 0.
        """
        found: dict[int, tuple[int, str, int]] = {}

        def visit(handle: int, _stack: object, depth: int, _data: object) -> None:
            if handle and handle not in found:
                found[handle] = (handle, text(lib.getFileName(handle)), depth)

        lib.getInclusions(self._unit, INCLUSION_VISITOR(visit), None)
        return list(found.values())

    def within(self, handle: int, content: bytes) -> range:
        """Return the raw locations of a file's text, but for what a macro makes there."""
        first = lib.getLocationForOffset(self._unit, handle, 0).offset
        return range(first, first + len(content) + 1)

    def skipped(
        self, files: Iterable[tuple[int, str, int]], contents: Mapping[str, bytes]
    ) -> dict[str, Skipped]:
        """Return (first, last) of the skipped ranges of lines of files, without the directives'.

        ``files`` are as ``files`` gives them with other names, ``contents`` the bytes by name of
        the files asked about. Of a file that is read several times, the first time counts.
        """
        ranges = self._ranges()
        found = {}
        for handle, name, _ in files:
            if name not in contents:
                continue
            here = ranges.get(handle)
            found[name] = self._lines(handle, here, contents[name]) if here else ()
        return found

    def _ranges(self) -> dict[int, list[tuple[int, int, int]]]:
        """Return (offset in the file, raw begin, raw end) of skipped ranges by handle."""
        found: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        told = lib.getAllSkippedRanges(self._unit)
        try:
            for one in told.contents.ranges[: told.contents.count]:
                handle, _, offset = place(lib.getRangeStart(one))
                found[handle].append((offset, one.begin, one.end))
        finally:
            lib.disposeSourceRangeList(told)
        return found

    def _lines(
        self, handle: int, ranges: Iterable[tuple[int, int, int]], content: bytes
    ) -> Skipped:
        base = self.within(handle, content).start
        starts = line_starts(content)
        lines = [
            (bisect_right(starts, offset) + 1, bisect_right(starts, end - base) - 1)
            for offset, begin, end in ranges
            if begin - base == offset
        ]
        return tuple((first, last) for first, last in lines if first <= last)

    def complains(self) -> bool:
        """Return whether there is an error about the arguments: one without a place."""
        return any(not handle for handle, _, _ in self._errors())

    def diagnostics(self, names: Names) -> tuple[Diagnostic, ...]:
        """Return the parse errors, each once."""
        found = (Diagnostic(names.file(h), line, said) for h, line, said in self._errors())
        return tuple(dict.fromkeys(found))

    def _errors(self) -> Iterator[tuple[int, int, str]]:
        """Yield (handle of the file, line, message) of every parse error."""
        for i in range(lib.getNumDiagnostics(self._unit)):
            diagnostic = lib.getDiagnostic(self._unit, i)
            try:
                if lib.getDiagnosticSeverity(diagnostic) >= k.SEVERITY_ERROR:
                    handle, line, _ = place(lib.getDiagnosticLocation(diagnostic))
                    yield handle, line, text(lib.getDiagnosticSpelling(diagnostic))
            finally:
                lib.disposeDiagnostic(diagnostic)


_starts: dict[int, tuple[bytes, list[int]]] = {}


def line_starts(content: bytes) -> list[int]:
    """Return the offsets at which lines start (cached: units share headers)."""
    known = _starts.get(id(content))
    if known is None or known[0] is not content:
        starts, at = [0], content.find(b"\n")
        while at >= 0:
            starts.append(at + 1)
            at = content.find(b"\n", at + 1)
        known = _starts[id(content)] = (content, starts)
    return known[1]
