# SPDX-License-Identifier: MIT
"""Keep the copy of the input tree in which the original is built."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from tcbsplit import artifacts
from tcbsplit.pipeline.workspace import Workspace


@contextlib.contextmanager
def copied(source: Path, files: Sequence[str], space: Workspace) -> Iterator[None]:
    """Copy the input tree anew; the body builds in the copy.

    Until the body has ended without an error, the copy is marked as unfinished: what is in it
    then may be half written, also after a kill.
    """
    artifacts.write_atomically(space.unfinished, b"")
    artifacts.copy_tree(source, tuple(files), space.original)
    yield
    space.unfinished.unlink()


def drop_unfinished(space: Workspace) -> None:
    """Remove a copy whose build did not end: nothing may be read from it."""
    if space.unfinished.exists():
        shutil.rmtree(space.original, ignore_errors=True)
