# SPDX-License-Identifier: MIT
"""Write archives that the kernel unpacks into its initial file system.

Linux, Documentation/driver-api/early-userspace/buffer-format.rst: the "newc" format.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

_BLOCK = 512
_TRAILER = "TRAILER!!!"


@dataclass(frozen=True)
class File:
    """A regular file, or a symbolic link whose content is its target."""

    content: bytes
    mode: int = stat.S_IFREG | 0o644


def program(content: bytes) -> File:
    """Return an executable file."""
    return File(content, stat.S_IFREG | 0o755)


def archive(files: Mapping[str, File]) -> bytes:
    """Return the archive of ``files`` (path without a leading slash -> file), folders included."""
    folders = {
        str(parent)
        for name in files
        for parent in PurePosixPath(name).parents
        if str(parent) != "."
    }
    entries = {**{f: File(b"", stat.S_IFDIR | 0o755) for f in sorted(folders)}, **files}
    pieces = [_entry(n, name, file) for n, (name, file) in enumerate(entries.items(), 1)]
    whole = b"".join([*pieces, _entry(0, _TRAILER, File(b"", 0))])
    return whole + bytes(-len(whole) % _BLOCK)


def _entry(number: int, name: str, file: File) -> bytes:
    encoded = name.encode() + b"\0"
    # inode, mode, user, group, links, time, size, device and its own (major, minor), name, check
    fields = (number, file.mode, 0, 0, 1, 0, len(file.content), 0, 0, 0, 0, len(encoded), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
    return head + bytes(-len(head) % 4) + file.content + bytes(-len(file.content) % 4)
