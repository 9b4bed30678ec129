# SPDX-License-Identifier: MIT
"""Check whether saved artifacts are up to date: none of their inputs has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

from tcbsplit import artifacts
from tcbsplit.config.name import Name
from tcbsplit.config.settings import Settings
from tcbsplit.files import decoded
from tcbsplit.frontend.digests import Digests
from tcbsplit.model.base import Record
from tcbsplit.pipeline.workspace import Workspace


class Stamp(Record, frozen=True, kw_only=True):
    """The inputs and outputs of an analysis."""

    request: bytes  # digest of the settings and of tcbsplit itself
    inputs: tuple[str, ...]  # absolute paths: the compile database, sources, headers
    contents: bytes  # one digest of all of them
    outputs: tuple[tuple[int, int], ...]  # (size, modification time in ns) of each artifact


def fresh(settings: Settings, space: Workspace, digests: Digests) -> bool:
    """Return whether a new analysis would write the same artifacts."""
    try:
        stamp = decoded(space.stamp, Stamp)
        return (
            stamp.outputs == _outputs(space)
            and stamp.request == _request(settings)
            and stamp.contents == digests.together(stamp.inputs)
        )
    except (OSError, ValueError):
        return False


def forget(space: Workspace) -> None:
    """Remove the stamp before the first artifact is written: a partial set is not valid."""
    space.stamp.unlink(missing_ok=True)


def remember(
    settings: Settings, space: Workspace, digests: Digests, inputs: Iterable[str], started: int
) -> None:
    """Write the stamp after the last artifact, unless an input changed since ``started`` (ns)."""
    paths = tuple(inputs)
    # A missing input (an object before the build) has no digest; its appearance is a change.
    if digests.changed_since(filter(digests.of, paths), started):
        return
    stamp = Stamp(
        request=_request(settings),
        inputs=paths,
        contents=digests.together(paths),
        outputs=_outputs(space),
    )
    artifacts.write_atomically(space.stamp, msgspec.msgpack.encode(stamp))


def _outputs(space: Workspace) -> tuple[tuple[int, int], ...]:
    found = []
    for path in (space.program, space.graph, space.classes, space.analysis):
        status = path.stat()
        found.append((status.st_size, status.st_mtime_ns))
    return tuple(found)


def _request(settings: Settings) -> bytes:
    text = msgspec.json.encode(settings, enc_hook=_plain)
    return hashlib.sha256(text + _code()).digest()


def _plain(value: object) -> object:
    """Encode a path, or a name with its ``optional``, which decides about complaints."""
    return [str(value), value.optional] if isinstance(value, Name) else str(value)


@cache
def _code() -> bytes:
    """Return a digest of tcbsplit's own code, so that its changes invalidate artifacts."""
    package = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for source in sorted(package.rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.digest()
