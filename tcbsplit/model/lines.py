# SPDX-License-Identifier: MIT
"""Counts code lines: lines that hold at least one token that is no comment (C, also for the
preprocessed assembly of GNU as and for Makefiles' ``#``)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from tcbsplit.model.unit import FileLines

_C = re.compile(
    r"""(?P<comment>//(?:\\\n|[^\n])*|/\*.*?(?:\*/|\Z))"""
    r"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""",
    re.DOTALL,
)
_HASH = re.compile(r"(?P<comment>#[^\n]*)|\"(?:[^\"\\\n]|\\.)*\"", re.DOTALL)


def count_code_lines(text: str, language: str = "c") -> tuple[int, ...]:
    """Return the numbers (from 1) of the lines of ``text`` that hold code.

    ``language`` is ``c`` (preprocessor directives are code) or ``hash`` (``#`` begins a comment).
    """
    pattern = _C if language == "c" else _HASH
    bare = pattern.sub(_without_comment, text)
    return tuple(
        number for number, line in enumerate(bare.split("\n"), 1) if line.strip(" \t\r\f\v\\")
    )


def file_lines(path: str, content: bytes, skipped: Iterable[tuple[int, int]] = ()) -> FileLines:
    """Return the code lines of a file but for the ``skipped`` ones (first, last)."""
    inactive = {n for first, last in skipped for n in range(first, last + 1)}
    counted = count_code_lines(content.decode("utf-8", "replace"))
    return FileLines(
        path,
        hashlib.sha256(content).hexdigest(),
        content.count(b"\n") + (not content.endswith(b"\n") and bool(content)),
        tuple(n for n in counted if n not in inactive) if inactive else counted,
    )


def language_of(path: str) -> str:
    """The comment language of a file, by its name."""
    return "c" if path.endswith((".c", ".h", ".S", ".lds", ".inc")) else "hash"


def _without_comment(match: re.Match[str]) -> str:
    if match.lastgroup != "comment":
        return match.group()
    return " " + "\n" * match.group().count("\n")
