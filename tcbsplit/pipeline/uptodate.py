# SPDX-License-Identifier: MIT
"""Know whether saved artifacts are up to date: none of their inputs has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

from tcbsplit import artifacts
from tcbsplit.config.name import Name
from tcbsplit.config.settings import Settings
from tcbsplit.frontend.digests import Digests
from tcbsplit.model.base import Record
from tcbsplit.pipeline.workspace import Workspace


class Stamp(Record, frozen=True, kw_only=True):
    """What an analysis was made from, and what it wrote."""

    request: bytes  # digest of the settings and of tcbsplit itself
    inputs: tuple[str, ...]  # absolute paths: the compile database, sources, headers
    contents: bytes  # one digest of all of them
    outputs: tuple[tuple[int, int], ...]  # (size, modification time in ns) of each artifact


def fresh(settings: Settings, space: Workspace, digests: Digests) -> bool:
    """Whether analysing again would write the same artifacts again."""
    try:
        stamp = msgspec.msgpack.decode(space.stamp.read_bytes(), type=Stamp)
        return (
            stamp.outputs == _outputs(space)
            and stamp.request == _request(settings)
            and stamp.contents == digests.together(stamp.inputs)
        )
    except (OSError, msgspec.DecodeError):
        return False


def forget(space: Workspace) -> None:
    """Before the first artifact is written: what lies there does not belong together."""
    space.stamp.unlink(missing_ok=True)


def remember(
    settings: Settings, space: Workspace, digests: Digests, inputs: Iterable[str], started: int
) -> None:
    """After the last artifact is written, unless an input was touched since ``started`` (ns)."""
    paths = tuple(inputs)
    # What is not there (an object, before the build) has no digest; it counts by appearing.
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
    """A path, or a name: whether it may be void decides whether that is complained of."""
    return [str(value), value.optional] if isinstance(value, Name) else str(value)


@cache
def _code() -> bytes:
    """Changes with every line of tcbsplit: its developers run what they have just saved."""
    package = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for source in sorted(package.rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.digest()
