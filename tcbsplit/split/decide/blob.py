# SPDX-License-Identifier: MIT
"""Computes the size of the handoff in memory, the text of its layouts, and their hash."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from tcbsplit.model.handoff import HandoffEntry
from tcbsplit.model.layout import Layout
from tcbsplit.model.vocabulary import LayoutKind

HEADER, ENTRY_HEADER, DIGEST = 56, 16, 32  # bytes; as in handoff.h


def padded(size: int) -> int:
    """Return the next multiple of 8."""
    return (size + 7) // 8 * 8


def entry_bytes(entry: HandoffEntry) -> int:
    """Return the bytes of an entry in the blob: header, variable, and what its pointers lead to."""
    pointed = sum(8 + padded(p.most * p.size) for p in entry.parts if p.follows)
    return ENTRY_HEADER + padded(entry.size) + pointed


def blob_size(entries: Sequence[HandoffEntry]) -> int:
    """Return the bytes of the whole blob: header, entries, digest."""
    return HEADER + sum(entry_bytes(e) for e in entries) + DIGEST


def layout_text(layout: Layout) -> str:
    """Return a layout as one word: kind and size, of members name and offset in bits as well.

    Manifests hold it, and the hash that both sides compare is made of it.
    """
    kind = layout.kind
    if kind is LayoutKind.BITS:
        return f"{kind}{layout.count}"
    if kind is LayoutKind.ARRAY and layout.element is not None:
        return f"[{layout.count}]{layout_text(layout.element)}"
    if kind is LayoutKind.POINTER:
        return f"*{layout_text(layout.element)}" if layout.element else f"?{layout.size}"
    if kind in (LayoutKind.RECORD, LayoutKind.UNION):
        members = (f"{m.name}@{m.bit_offset}:{layout_text(m.layout)}" for m in layout.members)
        return f"{kind}{layout.size};{','.join(members)}}}"
    return f"{kind}{layout.size}"


def layout_hash(entries: Sequence[HandoffEntry]) -> str:
    """Return the SHA-256 of names, sizes, layouts and parts of all entries, in hexadecimal.

    Ids are different in both directions, so that a blob of one is none of the other.
    """
    text = "\n".join(
        f"{e.id} {e.name} {e.size} {e.layout}"
        + "".join(
            f" {p.kind}:{p.at}:{p.size}:{p.most}:{p.link}:{p.length_at}:{p.length_size}"
            for p in e.parts
        )
        for e in entries
    )
    return hashlib.sha256(text.encode()).hexdigest()
