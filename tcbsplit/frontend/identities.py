# SPDX-License-Identifier: MIT
"""Give each file of a source tree one path, whichever links lead to it.

A source may be a symbolic link to another file of the tree, and the whole tree may be seen through
a link. Facts and edits belong to the real file.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache


@lru_cache(maxsize=1 << 16)
def relative(path: str, root: str) -> str:
    """Return the path of the real file relative to ``root`` if it lies below it.

    Else the path as it is named: relative if that is below the root, or absolute. Both arguments
    are absolute and normalised.
    """
    for found in (os.path.realpath(path), path):
        if found.startswith(f"{root}/"):
            return found[len(root) + 1 :]
    return path


@lru_cache(maxsize=1024)
def link_to(root: str, path: str) -> str:
    """Return the folder above ``path`` that is a link to ``root``; empty if there is none."""
    while not path.startswith(f"{root}/") and path not in (root, "/", ""):
        if os.path.realpath(path) == root:
            return path
        path = os.path.dirname(path)  # noqa: PTH120 - absolute text
    return ""


def respelt(words: list[str], link: str, root: str) -> list[str]:
    """Return words with ``root`` in place of a ``link`` to it."""
    spelt = re.compile(re.escape(link) + r"(?=/|$)")
    return [spelt.sub(lambda _: root, word) for word in words]
