# SPDX-License-Identifier: MIT
"""Show or clear the data cached between runs."""

from __future__ import annotations

from tcbsplit.frontend.cache import Cache, Info, default_path
from tcbsplit.validate.machine.nested import snapshot


def info() -> tuple[Info, int]:
    """Return the place and size of the cache, and the bytes of inner machines beside it."""
    with Cache(default_path()) as cache:
        return cache.info(), snapshot.size(default_path().parent / snapshot.FOLDER)


def clear() -> tuple[Info, int]:
    """Empty the cache, inner machines included; return its previous size."""
    held = info()
    with Cache(default_path()) as cache:
        cache.clear()
    snapshot.clear(default_path().parent / snapshot.FOLDER)
    return held
