# SPDX-License-Identifier: MIT
"""Take the lines of the source that the page shows, each once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

# Returns the lines of a file of the program; nothing if it cannot be read.
ReadLines = Callable[[str], Sequence[str]]

AROUND = 2  # lines before and after a step
_LONGEST = 160  # characters shown of a line


def snippets(
    files: Sequence[str], places: Iterable[tuple[int, int]], lines: ReadLines
) -> dict[int, dict[int, str]]:
    """Return the text around ``places`` (position of a file, line), by file and line."""
    wanted: dict[int, set[int]] = defaultdict(set)
    for file, line in places:
        wanted[file].update(range(max(1, line - AROUND), line + AROUND + 1))
    found = {}
    for file, numbers in sorted(wanted.items()):
        text = lines(files[file])
        shown = {n: _shortened(text[n - 1]) for n in sorted(numbers) if n <= len(text)}
        if shown:
            found[file] = shown
    return found


def _shortened(line: str) -> str:
    text = line.rstrip().expandtabs(4)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
