"""The size of the handoff in memory, and the hash of its layout."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from tcbsplit.model.handoff import HandoffEntry

HEADER, ENTRY_HEADER, DIGEST = 56, 16, 32  # bytes; as in handoff.h


def padded(size: int) -> int:
    """The next multiple of 8."""
    return (size + 7) // 8 * 8


def entry_bytes(entry: HandoffEntry) -> int:
    """Bytes of an entry in the blob: its header, the variable, the rooms of its parts."""
    rooms = sum(8 + padded(p.most * p.size) for p in entry.parts if p.follows)
    return ENTRY_HEADER + padded(entry.size) + rooms


def blob_size(entries: Sequence[HandoffEntry]) -> int:
    """Bytes of the whole blob: header, entries, digest."""
    return HEADER + sum(entry_bytes(e) for e in entries) + DIGEST


def layout_hash(entries: Sequence[HandoffEntry]) -> str:
    """SHA-256 over names, sizes, layouts and parts of all entries, as hexadecimal digits."""
    text = "\n".join(
        f"{e.id} {e.name} {e.size} {e.layout}"
        + "".join(
            f" {p.kind}:{p.at}:{p.size}:{p.most}:{p.link}:{p.length_at}:{p.length_size}"
            for p in e.parts
        )
        for e in entries
    )
    return hashlib.sha256(text.encode()).hexdigest()
