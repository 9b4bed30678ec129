"""The code lines of a file as one unit compiles it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from tcbsplit.model.lines import count_code_lines
from tcbsplit.model.unit import FileLines


def file_lines(path: str, content: bytes, skipped: Iterable[tuple[int, int]] = ()) -> FileLines:
    """Count the lines of a file but for the ``skipped`` ones (first, last)."""
    inactive = {n for first, last in skipped for n in range(first, last + 1)}
    counted = count_code_lines(content.decode("utf-8", "replace"))
    return FileLines(
        path,
        hashlib.sha256(content).hexdigest(),
        content.count(b"\n") + (not content.endswith(b"\n") and bool(content)),
        tuple(n for n in counted if n not in inactive) if inactive else tuple(counted),
    )
