"""cache: what is in it, and its end."""

from __future__ import annotations

from tcbsplit.frontend.cache import Cache, Info, default_path
from tcbsplit.validate.accelerators import nested


def info() -> tuple[Info, int]:
    """Return where the cache is and how much it holds; and the bytes of inner machines beside."""
    with Cache(default_path()) as cache:
        return cache.info(), nested.size(default_path().parent / nested.FOLDER)


def clear() -> tuple[Info, int]:
    """Empty the cache, inner machines included; return what it held."""
    held = info()
    with Cache(default_path()) as cache:
        cache.clear()
    nested.clear(default_path().parent / nested.FOLDER)
    return held
