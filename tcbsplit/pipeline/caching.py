"""cache: what is in it, and its end."""

from __future__ import annotations

from tcbsplit.frontend.cache import Cache, Info, default_path


def cache_info() -> Info:
    """Return where the cache is and how much it holds."""
    with Cache(default_path()) as cache:
        return cache.info()


def clear_cache() -> Info:
    """Empty the cache; return what it held."""
    with Cache(default_path()) as cache:
        info = cache.info()
        cache.clear()
        return info
