# SPDX-License-Identifier: MIT
"""Expand response files: replace ``@FILE`` in a command by the words in the file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tcbsplit.errors import CompileDatabaseError
from tcbsplit.files import read_file

_DEPTH = 200  # files within files; more include each other (GCC: 2000 in all)


def expand(words: Sequence[str], directory: str) -> tuple[list[str], list[str]]:
    """Return the words with response files read, and the absolute paths of those files.

    Names are relative to ``directory``, also in other response files (GCC 12 manual, 3.2). Raises
    ``CompileDatabaseError`` for a file that is missing, a folder, or included without end.
    """
    found: list[str] = []
    files: list[str] = []
    _expand(words, directory, 0, found, files)
    return found, files


def _expand(
    words: Sequence[str], directory: str, depth: int, found: list[str], files: list[str]
) -> None:
    for word in words:
        if len(word) < 2 or word[0] != "@":
            found.append(word)
            continue
        path = os.path.normpath(Path(directory) / word[1:])
        if depth == _DEPTH:
            raise CompileDatabaseError(f"response file {path}: includes itself")
        try:
            text = read_file(Path(path)).decode("utf-8", "surrogateescape")
        except OSError as error:
            raise CompileDatabaseError(f"response file {path}: {error.strerror}") from None
        files.append(path)
        _expand(split(text), directory, depth + 1, found, files)


def split(text: str) -> list[str]:
    """Split as GCC does (libiberty, buildargv): a backslash quotes anything, also within quotes."""
    words: list[str] = []
    word: str | None = None  # None between words; an empty pair of quotes is a word
    quote, escaped = "", False
    for character in text:
        if escaped:
            word, escaped = (word or "") + character, False
        elif character == "\\":
            word, escaped = word or "", True
        elif quote:
            if character == quote:
                quote = ""
            else:
                word = (word or "") + character
        elif character in "'\"":
            word, quote = word or "", character
        elif character in " \t\n\r\v\f":
            if word is not None:
                words.append(word)
            word = None
        else:
            word = (word or "") + character
    return words if word is None else [*words, word]
