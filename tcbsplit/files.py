# SPDX-License-Identifier: MIT
"""Read files that a user names: regular ones only, and records in them."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T")

_PACKED = (".msgpack", ".stamp")


def read_file(path: Path) -> bytes:
    """Return the content of a regular file; raise ``OSError`` for all else.

    A device or a pipe that a user names instead might never end.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
        mode = os.fstat(stream.fileno()).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "is a folder", str(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "is no regular file", str(path))
        return stream.read()


def decoded(path: Path, kind: type[T]) -> T:
    """Return the record in a file (JSON, or msgpack: .msgpack, .stamp).

    Raise ``OSError`` if it cannot be read, and ``ValueError`` if it is none, with the reason.
    """
    return decode(path, read_file(path), kind)


def decode(path: Path, content: bytes, kind: type[T]) -> T:
    """Return the record in the ``content`` of a file; raise ``ValueError`` if it is none."""
    read = msgspec.msgpack.decode if path.suffix in _PACKED else msgspec.json.decode
    try:
        return read(content, type=kind)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except (msgspec.MsgspecError, ValueError, OverflowError, MemoryError) as error:
        raise ValueError(str(error)) from None
