# SPDX-License-Identifier: MIT
"""Rows of the cache with the digest of their content, so that damage shows."""

from __future__ import annotations

import hashlib

_SIZE = hashlib.sha256().digest_size


def sealed(content: bytes) -> bytes:
    """Return ``content`` behind its SHA-256."""
    return hashlib.sha256(content).digest() + content


def unsealed(row: object) -> bytes | None:
    """Return the content of a row as it was sealed; None if it is damaged."""
    if not isinstance(row, bytes):
        return None
    content = row[_SIZE:]
    return content if hashlib.sha256(content).digest() == row[:_SIZE] else None
