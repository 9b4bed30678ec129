# SPDX-License-Identifier: MIT
"""Use standard streams that are closed, or that cannot be written."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, TextIO, TypeVar, cast

T = TypeVar("T")


def secure() -> None:
    """Open the standard streams that are closed: else a file of ours would take their place.

    Input has its end at once, output cannot be written, and errors go nowhere.
    """
    for number, way in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, way)  # the lowest number that is free
    if sys.stdin is None:
        sys.stdin = _opened(0, "r")
    if sys.stdout is None:
        sys.stdout = _opened(1, "w")
    if sys.stderr is None:
        sys.stderr = _opened(2, "w")


def _opened(number: int, mode: str) -> TextIO:
    stream = os.fdopen(number, mode, encoding="utf-8", errors="backslashreplace", closefd=False)
    return cast(TextIO, stream)


class Output:
    """Standard output, whose errors name it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write text; raise ``OSError`` of the file "standard output"."""
        # Typer asks with empty text if this is a stream of text, and hears no error.
        return 0 if text == "" else self._tried(lambda: self._stream.write(text))

    def flush(self) -> None:
        """Write what is buffered; raise ``OSError`` of the file "standard output"."""
        self._tried(self._stream.flush)

    def _tried(self, use: Callable[[], T]) -> T:
        try:
            return use()
        except BrokenPipeError:
            raise
        except OSError as error:
            drop(1)  # else the interpreter would complain once more at its end
            raise OSError(error.errno, error.strerror, "standard output") from None


def tell(text: str) -> None:
    """Print on standard error; what it does not take is lost."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        drop(2)


def drop(number: int) -> None:
    """Lead a stream nowhere, with what has not been written yet."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
