# SPDX-License-Identifier: MIT
"""Check whether the saved analysis is up to date: none of its inputs has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

from tcbsplit import artifacts
from tcbsplit.config.name import Name
from tcbsplit.config.settings import AuditSettings, Settings
from tcbsplit.files import decoded
from tcbsplit.frontend.digests import Digests
from tcbsplit.model.base import Record
from tcbsplit.pipeline.workspace import Workspace, sound

_SIZE = hashlib.sha256().digest_size


class Stamp(Record, frozen=True, kw_only=True):
    """The inputs and outputs of an analysis."""

    request: bytes  # digest of the settings
    code: bytes  # digest of tcbsplit itself
    inputs: tuple[str, ...]  # absolute paths: the compile database first, sources, headers
    contents: bytes  # digests of them one after the other; zeros for a missing one
    verified: bool  # whether the recorded compilers were asked
    outputs: tuple[tuple[int, int], ...]  # (size, modification time in ns) of each artifact


def stale(
    settings: Settings, space: Workspace, digests: Digests, *, verified: bool = False
) -> tuple[str, ...]:
    """Return why a new analysis might write other artifacts; nothing if they are up to date.

    With ``verified``, they must also have been held against the recorded compilers.
    """
    try:
        stamp = decoded(space.stamp, Stamp)
        changed = stamp.outputs != _outputs(space)
    except FileNotFoundError:
        return ("it was not made, or not completely",)
    except (OSError, ValueError):
        return (f"{space.stamp.name} is of another version of tcbsplit, or damaged",)
    found = ["its artifacts were changed"] if changed or not sound(space.machine) else []
    if stamp.code != code_digest():
        found.append("tcbsplit is another version")
    if stamp.request != _request(settings):
        found.append("the configuration has changed")
    if verified and not stamp.verified:
        found.append("its units were not held against the recorded compilers")
    database = str(settings.compdb or space.compdb)
    if stamp.inputs[:1] != (database,):
        found.append(f"the compile database is {database} now")
    contents = _contents(stamp.inputs, digests)
    if contents != stamp.contents:
        found += [
            f"{path} has changed"
            for i, path in enumerate(stamp.inputs)
            if contents[i * _SIZE : (i + 1) * _SIZE] != stamp.contents[i * _SIZE : (i + 1) * _SIZE]
        ]
    return tuple(found)


def database_of_stamp(space: Workspace) -> Path | None:
    """Return the compile database of the saved analysis; None if there is none."""
    try:
        return Path(decoded(space.stamp, Stamp).inputs[0])
    except (OSError, ValueError, IndexError):
        return None


def forget(space: Workspace) -> None:
    """Remove the stamp before the first artifact is written: a partial set is not valid."""
    space.stamp.unlink(missing_ok=True)


def remember(
    settings: Settings,
    space: Workspace,
    digests: Digests,
    inputs: Iterable[str],
    started: int,
    verified: bool,
) -> None:
    """Write the stamp after the last artifact, unless an input changed since ``started`` (ns)."""
    paths = tuple(inputs)
    # A missing input (an object before the build) has no digest; its appearance is a change.
    if digests.changed_since(filter(digests.of, paths), started):
        return
    stamp = Stamp(
        request=_request(settings),
        code=code_digest(),
        inputs=paths,
        contents=_contents(paths, digests),
        verified=verified,
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
    """Return a digest of what an analysis depends on, besides its inputs."""
    return digest_of(
        msgspec.structs.replace(
            settings, artifacts=Path(), compdb=None, assets=None, audit=AuditSettings(),
            scenarios={}, parameters={}, given={},
        )
    )  # fmt: skip


def _contents(paths: Iterable[str], digests: Digests) -> bytes:
    return b"".join(digests.of(path).ljust(_SIZE, b"\0") for path in paths)


def digest_of(settings: object) -> bytes:
    """Return a digest of settings, or of a part of them."""
    plain = msgspec.json.encode(settings, enc_hook=_plain, order="deterministic")
    return hashlib.sha256(plain).digest()


def _plain(value: object) -> object:
    """Encode a path, or a name with its ``optional``, which decides about complaints."""
    return [str(value), value.optional] if isinstance(value, Name) else str(value)


@cache
def code_digest() -> bytes:
    """Return a digest of tcbsplit's own code, so that its changes invalidate artifacts."""
    package = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for source in sorted(package.rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.digest()
