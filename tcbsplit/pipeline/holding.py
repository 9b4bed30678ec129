# SPDX-License-Identifier: MIT
"""Let one process at a time write the artifacts of a configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from tcbsplit import artifacts
from tcbsplit.config.settings import Settings
from tcbsplit.errors import OutputError
from tcbsplit.pipeline.workspace import Workspace
from tcbsplit.process.locks import locked

P = ParamSpec("P")
T = TypeVar("T")

_held: set[Path] = set()  # by this process


def alone(
    use: Callable[Concatenate[Settings, Workspace, P], T],
) -> Callable[Concatenate[Settings, Workspace, P], T]:
    """Make a use case the only one that writes in its folder of artifacts.

    It raises ``OutputError`` while another process has the folder. Use cases that it calls have
    the folder with it.
    """

    @wraps(use)
    def held(settings: Settings, space: Workspace, /, *args: P.args, **words: P.kwargs) -> T:
        with _holding(space.folder):
            return use(settings, space, *args, **words)

    return held


@contextmanager
def _holding(folder: Path) -> Iterator[None]:
    place = folder.absolute()
    if place in _held:
        yield
        return
    busy = f"{folder}: another tcbsplit works there; wait for its end or give --artifacts"
    with locked(folder, OutputError, busy):
        artifacts.sweep(folder)
        _held.add(place)
        try:
            yield
        finally:
            _held.discard(place)
