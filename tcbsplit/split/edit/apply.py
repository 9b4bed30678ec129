# SPDX-License-Identifier: MIT
"""Applies edits to the bytes of a file: in order of offset; overlaps are errors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from tcbsplit.errors import EmissionError
from tcbsplit.model.edit import Edit


def by_file(edits: Iterable[Edit]) -> dict[str, list[Edit]]:
    """Return the edits of each file, sorted by offset, without duplicates."""
    table: dict[str, list[Edit]] = defaultdict(list)
    for edit in sorted(set(edits)):
        table[edit.file].append(edit)
    return dict(table)


def apply(content: bytes, edits: Iterable[Edit]) -> bytes:
    """Return ``content`` with the edits of this file applied; ``EmissionError`` if two overlap."""
    pieces: list[bytes] = []
    position, before = 0, ""
    seen: set[tuple[int, int, bytes]] = set()
    for edit in sorted(edits, key=_order):
        key = (edit.start, edit.end, edit.replacement)
        if key in seen:
            continue
        seen.add(key)
        if edit.start < position:
            line = content.count(b"\n", 0, edit.start) + 1
            raise EmissionError(
                f"{edit.file}:{line}: two edits overlap: {before}; and {edit.reason}"
            )
        if edit.end > len(content):
            raise EmissionError(f"{edit.file}: an edit ends beyond the file: {edit.reason}")
        pieces += [content[position : edit.start], edit.replacement]
        position, before = edit.end, edit.reason
    return b"".join([*pieces, content[position:]])


def _order(edit: Edit) -> tuple[int, int, bool, bytes]:
    """Of what is inserted at one place, what belongs to the definition there comes last."""
    return edit.start, edit.end, edit.leads, edit.replacement


def merge_removals(edits: Iterable[Edit], content: bytes = b"") -> list[Edit]:
    """Join removals that touch or overlap (definitions that share comments or blank lines).

    If the ``content`` of their one file is given, those with only blanks between them, too.
    """
    result: list[Edit] = []
    for edit in sorted(set(edits)):
        last = result[-1] if result else None
        if (
            last is not None
            and last.file == edit.file
            and not last.replacement
            and not edit.replacement
            and (edit.start <= last.end or (content and not content[last.end : edit.start].strip()))
        ):
            result[-1] = Edit(
                edit.file, last.start, max(last.end, edit.end), b"", f"{last.reason}; {edit.reason}"
            )
        else:
            result.append(edit)
    return result
