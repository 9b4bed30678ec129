"""Two trees -> one patch that ``git apply`` and ``patch -p1`` take (bytes in, bytes out)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from tcbsplit.errors import OutputError

_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


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


def reverse(patch: bytes, new: Mapping[str, bytes]) -> dict[str, bytes]:
    """Take a patch of ``unified`` back: the tree that it was made for, from the one it leads to.

    Raises ``OutputError`` with the place where the patch does not fit.
    """
    old = dict(new)
    for section in re.split(rb"^diff --git ", patch, flags=re.MULTILINE)[1:]:
        head, *rest = section.split(b"\n", 1)
        path = head[2 : (len(head) - 1) // 2].decode("latin-1")
        body = rest[0] if rest else b""
        if body.startswith(b"new file"):
            old.pop(path, None)
        else:
            old[path] = _taken_back(path, body, new.get(path, b""))
    return old


def _taken_back(path: str, body: bytes, content: bytes) -> bytes:
    after = content.split(b"\n")
    before: list[bytes] = []
    at = 0
    lines = body.split(b"\n")
    number = 0
    sign = b""
    ends: set[bytes] = set()  # signs of last lines that have no newline
    while number < len(lines):
        hunk = _HUNK.match(lines[number])
        number += 1
        if hunk is None:
            continue
        count = int(hunk.group(4) or 1)
        start = int(hunk.group(3)) - (count > 0)
        before += after[at:start]
        at = start
        while number < len(lines) and lines[number][:1] in (b" ", b"-", b"+", b"\\"):
            last, sign, text = sign, lines[number][:1], lines[number][1:]
            if sign == b"\\":
                ends.add(last)
            if sign in (b" ", b"+"):
                if at >= len(after) or after[at] != text:
                    raise OutputError(f"split.patch: does not fit thin/{path}:{at + 1}")
                at += 1
            if sign in (b" ", b"-"):
                before.append(text)
            number += 1
    tail = after[at:]
    if ends:
        tail = [] if ends & {b" ", b"-"} else [b""]
    return b"\n".join(before + tail)
