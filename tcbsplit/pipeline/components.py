# SPDX-License-Identifier: MIT
"""Group paths into the components of the configuration."""

from __future__ import annotations

from collections.abc import Callable

from tcbsplit.config.select import glob
from tcbsplit.config.settings import Settings


def component_of(settings: Settings) -> Callable[[str], str]:
    """Return a function from paths to components: the first matching glob, else the top folder."""

    def component(path: str) -> str:
        for name, patterns in settings.components.items():
            if any(glob(pattern)(path) for pattern in patterns):
                return name
        first, slash, _ = path.partition("/")
        return first if slash else "top"

    return component
