# SPDX-License-Identifier: MIT
"""A thin binding of the libclang calls that extraction needs (clang-c/Index.h).

For every call, the wheel's Python binding creates an object, checks for errors and does several
look-ups; over the millions of cursors of a hypervisor that is most of the time. Here structures
are plain and calls are direct. The library itself is the wheel's.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, c_char_p, c_int, c_longlong, c_uint, c_void_p
from typing import Any

from clang import cindex


class CXString(ctypes.Structure):
    """A string that the library owns until it is disposed of."""

    _fields_ = (("data", c_void_p), ("flags", c_uint))


class CXCursor(ctypes.Structure):
    """A node of the tree: kind, and pointers (declaration, statement, unit).

    Bodies are walked more than once: what was asked about a node is kept with it.
    """

    _fields_ = (("kind", c_int), ("xdata", c_int), ("d0", c_void_p), ("d1", c_void_p),
                ("d2", c_void_p))  # fmt: skip
    children: list[CXCursor] | None = None  # see ``children``
    type: Any = None  # see ``types.Types.at``
    target: Any = None  # see ``targets.Targets.of``

    def forget(self) -> None:
        """Free what is kept, of all nodes below as well."""
        self.__dict__.clear()


class CXType(ctypes.Structure):
    """A type: kind, and pointers (qualified type, unit)."""

    _fields_ = (("kind", c_int), ("d0", c_void_p), ("d1", c_void_p))


class CXLocation(ctypes.Structure):
    """A place in the source, macros included."""

    _fields_ = (("d0", c_void_p), ("d1", c_void_p), ("offset", c_uint))


class CXRange(ctypes.Structure):
    """From one place to another."""

    _fields_ = (("d0", c_void_p), ("d1", c_void_p), ("begin", c_uint), ("end", c_uint))


class CXRangeList(ctypes.Structure):
    """Several ranges."""

    _fields_ = (("count", c_uint), ("ranges", POINTER(CXRange)))


# libclang also passes the parent and the client's data to the visitor. Declaring fewer arguments
# is safe (in every C ABI the caller cleans up) and saves creating an object for each.
VISITOR = ctypes.CFUNCTYPE(c_int, CXCursor)
FIELD_VISITOR = ctypes.CFUNCTYPE(c_int, CXCursor, c_void_p)
INCLUSION_VISITOR = ctypes.CFUNCTYPE(None, c_void_p, POINTER(CXLocation), c_uint, c_void_p)
BREAK, CONTINUE = range(2)

_CURSOR, _TYPE, _PLACE = [CXCursor], [CXType], [CXLocation]
_OUT = [CXLocation, POINTER(c_void_p), POINTER(c_uint), POINTER(c_uint), POINTER(c_uint)]
_CALLS: dict[str, tuple[Any, list[Any]]] = {
    "createIndex": (c_void_p, [c_int, c_int]),
    "disposeIndex": (None, [c_void_p]),
    "parseTranslationUnit2": (
        c_int,
        [c_void_p, c_char_p, POINTER(c_char_p), c_int, c_void_p, c_uint, c_uint,
         POINTER(c_void_p)],
    ),
    "disposeTranslationUnit": (None, [c_void_p]),
    "getTranslationUnitCursor": (CXCursor, [c_void_p]),
    "visitChildren": (c_uint, [CXCursor, c_void_p, c_void_p]),
    "getTranslationUnitTargetInfo": (c_void_p, [c_void_p]),
    "TargetInfo_getPointerWidth": (c_int, [c_void_p]),
    "TargetInfo_dispose": (None, [c_void_p]),
    "getInclusions": (None, [c_void_p, INCLUSION_VISITOR, c_void_p]),
    "getNumDiagnostics": (c_uint, [c_void_p]),
    "getDiagnostic": (c_void_p, [c_void_p, c_uint]),
    "disposeDiagnostic": (None, [c_void_p]),
    "getDiagnosticSeverity": (c_int, [c_void_p]),
    "getDiagnosticSpelling": (CXString, [c_void_p]),
    "getDiagnosticLocation": (CXLocation, [c_void_p]),
    "getFile": (c_void_p, [c_void_p, c_char_p]),
    "getFileName": (CXString, [c_void_p]),
    "getAllSkippedRanges": (POINTER(CXRangeList), [c_void_p]),
    "disposeSourceRangeList": (None, [POINTER(CXRangeList)]),
    "getCString": (c_char_p, [CXString]),
    "disposeString": (None, [CXString]),
    "getCursorSpelling": (CXString, _CURSOR),
    "getCursorLocation": (CXLocation, _CURSOR),
    "getCursorExtent": (CXRange, _CURSOR),
    "getRangeStart": (CXLocation, [CXRange]),
    "getRangeEnd": (CXLocation, [CXRange]),
    "getFileLocation": (None, _OUT),
    "getExpansionLocation": (None, _OUT),
    "Location_isFromMainFile": (c_int, _PLACE),
    "getCanonicalCursor": (CXCursor, _CURSOR),
    "getCursorReferenced": (CXCursor, _CURSOR),
    "getCursorDefinition": (CXCursor, _CURSOR),
    "Cursor_hasAttrs": (c_uint, _CURSOR),
    "getLocationForOffset": (CXLocation, [c_void_p, c_void_p, c_uint]),
    "getSpellingLocation": (None, _OUT),
    "getCursorPrintingPolicy": (c_void_p, _CURSOR),
    "PrintingPolicy_setProperty": (None, [c_void_p, c_int, c_uint]),
    "PrintingPolicy_dispose": (None, [c_void_p]),
    "getCursorPrettyPrinted": (CXString, [CXCursor, c_void_p]),
    "getEnumConstantDeclValue": (c_longlong, _CURSOR),
    "Cursor_Evaluate": (c_void_p, _CURSOR),
    "EvalResult_getKind": (c_int, [c_void_p]),
    "EvalResult_getAsLongLong": (c_longlong, [c_void_p]),
    "EvalResult_dispose": (None, [c_void_p]),
    "getCursorSemanticParent": (CXCursor, _CURSOR),
    "getCursorLinkage": (c_int, _CURSOR),
    "Cursor_getStorageClass": (c_int, _CURSOR),
    "getCursorTLSKind": (c_int, _CURSOR),
    "isCursorDefinition": (c_uint, _CURSOR),
    "getCursorBinaryOperatorKind": (c_int, _CURSOR),
    "getCursorUnaryOperatorKind": (c_int, _CURSOR),
    "Cursor_getVarDeclInitializer": (CXCursor, _CURSOR),
    "Cursor_isFunctionInlined": (c_uint, _CURSOR),
    "Cursor_getNumArguments": (c_int, _CURSOR),
    "Cursor_getArgument": (CXCursor, [CXCursor, c_uint]),
    "Cursor_isBitField": (c_uint, _CURSOR),
    "getFieldDeclBitWidth": (c_int, _CURSOR),
    "Cursor_getOffsetOfField": (c_longlong, _CURSOR),
    "getCursorType": (CXType, _CURSOR),
    "getCursorResultType": (CXType, _CURSOR),
    "getTypeSpelling": (CXString, _TYPE),
    "getCanonicalType": (CXType, _TYPE),
    "getPointeeType": (CXType, _TYPE),
    "getArrayElementType": (CXType, _TYPE),
    "getArraySize": (c_longlong, _TYPE),
    "getNumElements": (c_longlong, _TYPE),
    "getElementType": (CXType, _TYPE),
    "Type_getValueType": (CXType, _TYPE),
    "getTypeDeclaration": (CXCursor, _TYPE),
    "isConstQualifiedType": (c_uint, _TYPE),
    "getNumArgTypes": (c_int, _TYPE),
    "isFunctionTypeVariadic": (c_uint, _TYPE),
    "getResultType": (CXType, _TYPE),
    "getArgType": (CXType, [CXType, c_uint]),
    "Type_getSizeOf": (c_longlong, _TYPE),
    "Type_visitFields": (c_uint, [CXType, FIELD_VISITOR, c_void_p]),
}  # fmt: skip


_LONG = frozenset({"parseTranslationUnit2", "disposeTranslationUnit"})


class _Library:
    """The calls as attributes, without their ``clang_`` prefix."""

    def __init__(self) -> None:
        # Separate handles, because argument types are set per handle. Only parsing releases the
        # GIL: for millions of short calls, releasing it would cost more than the calls.
        path = cindex.conf.lib._name
        short, long = ctypes.PyDLL(path), ctypes.CDLL(path)
        for name, (result, arguments) in _CALLS.items():
            function = getattr(long if name in _LONG else short, f"clang_{name}")
            function.restype = result
            function.argtypes = arguments
            setattr(self, name, function)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


lib = _Library()


def text(string: CXString) -> str:
    """Return the Python string of a CXString and dispose of the latter."""
    try:
        found = lib.getCString(string)
        return found.decode("utf-8", "replace") if found else ""
    finally:
        lib.disposeString(string)


def tune_process() -> None:
    """Tune a process that parses many units, one after the other.

    Each unit's tree is some MB that are freed at once: the allocator keeps them instead of
    returning them to the kernel (glibc's mallopt; no effect elsewhere). Parsing on a separate
    libclang thread, with its own arena and stack, is disabled.
    """
    os.environ.setdefault("LIBCLANG_NOTHREADS", "1")
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if tune is not None:
        for parameter, value in _MALLOC.items():
            tune(parameter, value)


# M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD, M_ARENA_MAX of <malloc.h>; bytes but for the last.
_MALLOC = {-1: 512 << 20, -2: 16 << 20, -3: 1 << 30, -8: 1}

_file, _line, _column, _offset = c_void_p(), c_uint(), c_uint(), c_uint()
_places = tuple(ctypes.byref(x) for x in (_file, _line, _column, _offset))


def place(location: CXLocation) -> tuple[int, int, int]:
    """Return (file handle or 0, line, offset) where a token is spelled in a file.

    For a token from a macro argument that is the argument; for one from a macro's body, the
    location of the expansion. Not thread-safe: results pass through shared memory.
    """
    lib.getFileLocation(location, *_places)
    return _file.value or 0, _line.value, _offset.value


def expansion(location: CXLocation) -> tuple[int, int, int]:
    """Return (file handle or 0, line, offset) of the outermost macro call that made a token."""
    lib.getExpansionLocation(location, *_places)
    return _file.value or 0, _line.value, _offset.value


_bucket: list[CXCursor] = []


def _collect(cursor: CXCursor) -> int:
    _bucket.append(cursor)
    return CONTINUE


_collector = VISITOR(_collect)
_collector_address = ctypes.cast(_collector, c_void_p)


def children(cursor: CXCursor) -> list[CXCursor]:
    """Return the children of a cursor, not to be changed. Not thread-safe."""
    global _bucket
    found = cursor.children
    if found is None:
        _bucket = found = cursor.children = []
        lib.visitChildren(cursor, _collector_address, None)
    return found


def expansion_text_range(call: Any, extent: CXRange) -> tuple[int, int, int]:
    """Return (file handle, start, end) of a range, its ends located by ``call``.

    ``call`` is ``lib.getFileLocation`` or ``lib.getSpellingLocation``. The end is that of the
    last token's start if a macro's body holds it, so some bytes more are given.
    """
    call(lib.getRangeStart(extent), *_places)
    handle, start = _file.value or 0, _offset.value
    call(lib.getRangeEnd(extent), *_places)
    end = _offset.value if (_file.value or 0) == handle else start
    return handle, start, end
