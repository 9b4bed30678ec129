"""libclang at arm's length: parse arguments, and the calls that its Python binding lacks."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

from clang import cindex
from clang.cindex import Cursor, CursorKind, SourceLocation, TranslationUnit

from tcbsplit.errors import SourceError
from tcbsplit.model.unit import CompileCommand

_lib = cindex.conf.lib

# enum CXBinaryOperatorKind and CXUnaryOperatorKind (clang-c/Index.h).
ASSIGN = 22
COMMA = 33
LOGICAL = (20, 21)
POST_INC, POST_DEC, PRE_INC, PRE_DEC, ADDRESS_OF, DEREFERENCE = range(1, 7)

for _name in ("clang_getCursorBinaryOperatorKind", "clang_getCursorUnaryOperatorKind"):
    _function = getattr(_lib, _name)
    _function.argtypes = [Cursor]
    _function.restype = ctypes.c_int


class _SourceRangeList(ctypes.Structure):
    _fields_ = (("count", ctypes.c_uint), ("ranges", ctypes.POINTER(cindex.SourceRange)))


_lib.clang_getSkippedRanges.argtypes = [TranslationUnit, cindex.File]
_lib.clang_getSkippedRanges.restype = ctypes.POINTER(_SourceRangeList)
_lib.clang_disposeSourceRangeList.argtypes = [ctypes.POINTER(_SourceRangeList)]
_lib.clang_Cursor_getVarDeclInitializer.argtypes = [Cursor]
_lib.clang_Cursor_getVarDeclInitializer.restype = Cursor
_lib.clang_Cursor_isFunctionInlined.argtypes = [Cursor]
_lib.clang_Cursor_isFunctionInlined.restype = ctypes.c_uint
_lib.clang_getFileLocation.argtypes = [
    SourceLocation,
    ctypes.POINTER(cindex.c_object_p),
    ctypes.POINTER(ctypes.c_uint),
    ctypes.POINTER(ctypes.c_uint),
    ctypes.POINTER(ctypes.c_uint),
]

# Flags that change what the preprocessor or the type checker sees; all others (code generation,
# warnings, GCC-only switches) cannot change the facts and may not be known to this libclang.
_PASSED = (
    "-I", "-D", "-U", "-std=", "-O", "-m32", "-m64", "-m16", "-mcmodel", "-mgeneral-regs-only",
    "-mno-sse", "-mno-mmx", "-mno-red-zone", "-msse", "-nostdinc", "-ansi", "-pthread",
    "-ffreestanding", "-fno-builtin", "-fshort-wchar", "-fpack-struct", "-funsigned-char",
    "-fsigned-char", "-fms-extensions", "-fgnu89-inline", "-fshort-enums", "-fno-pic", "-fPIC",
    "-fpic", "-fplan9-extensions",
)  # fmt: skip
_PASSED_WITH_VALUE = ("-I", "-D", "-U", "-isystem", "-iquote", "-idirafter", "-include",
                      "-imacros", "-isysroot")  # fmt: skip
# GCC builtins that libclang 18 does not know, mapped onto ones that it does.
_BUILTINS = ("-D__builtin_strnlen(s,n)=((void)(n),__builtin_strlen(s))",)


def parse_arguments(command: CompileCommand, builtin_include: str) -> list[str]:
    """Return libclang's arguments; builtin headers come from ``builtin_include``."""
    result = [f"-working-directory={command.directory}", "-w", *_BUILTINS]
    words = iter(command.arguments[1:])
    for word in words:
        if word in _PASSED_WITH_VALUE:
            result += [word, next(words, "")]
        elif word.startswith(_PASSED):
            result.append(word)
    if builtin_include:
        result += ["-isystem", builtin_include]
    return result


def parse(path: str, arguments: Sequence[str]) -> TranslationUnit:
    """Parse one file; raises ``SourceError`` when libclang gives no tree at all."""
    try:
        return cindex.Index.create().parse(
            path,
            args=list(arguments),
            options=TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD,
        )
    except cindex.TranslationUnitLoadError as error:
        raise SourceError(f"{path}: libclang cannot parse it: {error}") from None


def binary_operator(cursor: Cursor) -> int:
    """CXBinaryOperatorKind of a binary operator."""
    return int(_lib.clang_getCursorBinaryOperatorKind(cursor))


def unary_operator(cursor: Cursor) -> int:
    """CXUnaryOperatorKind of a unary operator."""
    return int(_lib.clang_getCursorUnaryOperatorKind(cursor))


def file_location(location: SourceLocation) -> tuple[str, int, int]:
    """Return (file, line, offset) where a token is spelled in a file.

    For a token from a macro argument that is the argument; for one from a macro's body it is the
    place of the expansion.
    """
    file = cindex.c_object_p()
    line, column, offset = ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint()
    _lib.clang_getFileLocation(
        location,
        ctypes.byref(file),
        ctypes.byref(line),
        ctypes.byref(column),
        ctypes.byref(offset),
    )
    name = cindex.File(file).name if file else ""
    return name, int(line.value), int(offset.value)


def skipped_ranges(unit: TranslationUnit, name: str) -> list[tuple[int, int]]:
    """Return (first, last) lines that the preprocessor skipped, without the directives' lines."""
    file = cindex.File.from_name(unit, name)
    found = _lib.clang_getSkippedRanges(unit, file)
    try:
        ranges = [found.contents.ranges[i] for i in range(found.contents.count)]
        return [(r.start.line + 1, r.end.line - 1) for r in ranges]
    finally:
        _lib.clang_disposeSourceRangeList(found)


def initialiser(variable: Cursor) -> Cursor | None:
    """The initialiser of a variable, or None."""
    found = _lib.clang_Cursor_getVarDeclInitializer(variable)
    found._tu = variable._tu
    return None if found.kind.is_invalid() else found


def is_inline(cursor: Cursor) -> bool:
    """Whether a function is declared inline."""
    return bool(_lib.clang_Cursor_isFunctionInlined(cursor))


def children(cursor: Cursor) -> list[Any]:
    """The children of a cursor, as a list."""
    return list(cursor.get_children())


__all__ = ["Cursor", "CursorKind", "TranslationUnit"]
