# SPDX-License-Identifier: MIT
"""Records what builds write into an OUT folder, and has a build that was killed begin anew."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from tcbsplit.artifacts import states, sweep, write_atomically
from tcbsplit.errors import BuildError
from tcbsplit.files import decoded
from tcbsplit.model.manifest import BUILDS, NAME, BuildRecord, FileState, Manifest
from tcbsplit.model.vocabulary import BuildName
from tcbsplit.process.locks import locked

_TREES = tuple(f"{n}/" for n in (BuildName.THIN, BuildName.GUEST))


def read_record(out: Path) -> BuildRecord:
    """Return what is known of builds of ``out``; nothing if there was none."""
    try:
        return decoded(out / BUILDS, BuildRecord)
    except FileNotFoundError:
        return BuildRecord()
    except (OSError, ValueError) as error:
        raise BuildError(f"{out / BUILDS}: is no record of builds: {error}; split again") from None


@contextlib.contextmanager
def recorded(out: Path, manifest: Manifest) -> Iterator[str]:
    """Keep the record while the body builds the trees of ``out``.

    What an unfinished build left behind may be half written, what was built in another place may
    name files there, and what was changed since it was built is no longer known: all are removed.
    Yields why, or an empty text.
    """
    emitted = {NAME, BUILDS, *manifest.outputs, *manifest.links}
    busy = f"{out}: another tcbsplit builds there; wait for its end"
    with locked(out, BuildError, busy):
        sweep(out)
        earlier = read_record(out)
        before = states(out)
        kept = set(before) - emitted
        products: dict[str, FileState] = {}
        if reason := _unusable(earlier, out):
            _remove(out, kept - set(earlier.kept))
            before = states(out)
        else:
            products = {p: s for p, s in earlier.products.items() if before.get(p) == s}
            changed = (earlier.products.keys() & before.keys()) - products.keys()
            if changed:
                reason = "what the build before this one made was changed; made again"
                _remove(out, changed)
                before = states(out)
        kept = set(before) - emitted - products.keys()
        _save(out, kept, products, finished=False)
        yield reason
        after = {p: s for p, s in states(out).items() if p not in emitted}
        products = {p: s for p, s in after.items() if before.get(p) != s or products.get(p) == s}
        _save(out, kept - products.keys(), products, finished=True)


def _unusable(record: BuildRecord, out: Path) -> str:
    if not record.finished:
        return "the build before this one did not end; built anew"
    if record.place not in ("", str(out)):
        return f"was built at {record.place}; built anew"
    return ""


def _remove(out: Path, paths: set[str]) -> None:
    for path in paths:
        if path.startswith(_TREES):
            (out / path).unlink(missing_ok=True)


def _save(out: Path, kept: set[str], products: Mapping[str, FileState], *, finished: bool) -> None:
    record = BuildRecord(
        place=str(out),
        finished=finished,
        kept=tuple(sorted(kept)),
        products=dict(sorted(products.items())),
    )
    content = msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"
    write_atomically(out / BUILDS, content)
