"""Two trees -> one patch that ``git apply`` and ``patch -p1`` take (bytes in, bytes out)."""

from __future__ import annotations

import difflib
from collections.abc import Mapping


def unified(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> bytes:
    """Return the patch from ``old`` to ``new`` (path -> content); files that vanish are deleted."""
    pieces = []
    for path in sorted({*old, *new}):
        before, after = old.get(path), new.get(path)
        if before != after:
            pieces.append(_file(path, before, after))
    return b"".join(pieces)


def _file(path: str, before: bytes | None, after: bytes | None) -> bytes:
    header = f"diff --git a/{path} b/{path}\n"
    if before is None:
        header += "new file mode 100644\n"
    elif after is None:
        header += "deleted file mode 100644\n"
    left = "/dev/null" if before is None else f"a/{path}"
    right = "/dev/null" if after is None else f"b/{path}"
    # latin-1 maps every byte to one character and back: no byte is lost.
    lines = difflib.unified_diff(_lines(before), _lines(after), left, right, n=3)
    body = []
    for line in lines:
        if line.startswith(("--- ", "+++ ")) and line.rstrip("\n").endswith((left, right)):
            line = line.rstrip("\n") + ("\t\n" if " " in path and "/dev/null" not in line else "\n")
        body.append(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n")
    return (header + "".join(body)).encode("latin-1")


def _lines(content: bytes | None) -> list[str]:
    # Only \n ends a line here: str.splitlines would also break at form feeds.
    return (
        []
        if not content
        else content.decode("latin-1")
        .replace("\n", "\n\0")
        .split("\0")[: None if not content.endswith(b"\n") else -1]
    )
