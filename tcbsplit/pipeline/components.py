"""Components, as the configuration groups paths."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase

from tcbsplit.config import Settings


def component_of(settings: Settings) -> Callable[[str], str]:
    """The component of a path: the first whose glob matches, else its first folder."""

    def component(path: str) -> str:
        for name, globs in settings.components.items():
            if any(fnmatchcase(path, glob) for glob in globs):
                return name
        first, slash, _ = path.partition("/")
        return first if slash else "top"

    return component
