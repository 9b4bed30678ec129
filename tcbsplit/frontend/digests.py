# SPDX-License-Identifier: MIT
"""Hash the contents of files, each once; a digest is kept while the inode does not change."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

import msgspec

from tcbsplit.files import read_file

# A change within the clock's granularity of the hashing would not show in the times.
_COARSE = 20_000_000  # ns; file times follow a clock that ticks a few hundred times a second
_SETTLED = 1_000_000_000  # ns


def code_version(distribution: str, sources: Iterable[Path]) -> str:
    """Return what changes with a Python distribution and with files of our own code."""
    digest = hashlib.sha256(version(distribution).encode())
    for source in sorted(sources):
        digest.update(source.read_bytes())
    return digest.hexdigest()


@cache
def extractor_version() -> str:
    """Return a text that changes with libclang and with the code that extracts facts."""
    here = Path(__file__).resolve().parent
    others = (
        "assembly.py", "identities.py", "families.py", "flags.py", "compiler_options.py",
        "worker.py",
        "../elffile.py", "../model/body.py", "../model/data.py", "../model/layout.py",
        "../model/lines.py", "../model/machine.py", "../model/place.py", "../model/unit.py",
        "../model/vocabulary.py",
    )  # fmt: skip
    sources = [*here.glob("extract/*.py"), *here.glob("machine/*.py")]
    return code_version("libclang", [*sources, *(here / o for o in others)])


def settled_moment() -> int:
    """Return a moment (ns since the epoch) by which a file written before this call looks old.

    The times of files are coarse: without a short wait, a file that was complete a moment ago could
    not be told from one that is changed from now on.
    """
    time.sleep(1.5 * _COARSE / 1e9)
    return time.time_ns()


class Stamp(msgspec.Struct, frozen=True, array_like=True):
    """Properties that change when a file changes, and the SHA-256 that it had."""

    size: int
    modified: int  # ns
    changed: int  # ns; unlike the modification time it cannot be set back
    inode: int
    digest: bytes


class Digests:
    """Digests by absolute path; ``known`` holds those of earlier runs."""

    def __init__(self, known: Mapping[str, Stamp] | None = None) -> None:
        self._known = dict(known or {})
        self._times: dict[str, int] = {}
        self._current: dict[str, bytes] = {}
        self.fresh: dict[str, Stamp] = {}  # worth remembering

    def of(self, path: str) -> bytes:
        """Return the SHA-256 of a file's bytes; b"" if it cannot be read."""
        found = self._current.get(path)
        if found is None:
            found = self._current[path] = self._digest(path)
        return found

    def together(self, paths: Iterable[str]) -> bytes:
        """Return one digest of the contents of several files."""
        return hashlib.sha256(b"".join(map(self.of, paths))).digest()

    def look_again(self) -> None:
        """Forget the times of changes, so that they are read from the file system again."""
        self._times.clear()

    def changed_since(self, paths: Iterable[str], moment: int) -> bool:
        """Return whether a file has been changed since ``moment`` (ns since the epoch)."""
        for path in paths:
            if path not in self._times:
                self._times[path] = self._changed(path)
            if self._times[path] >= moment - _COARSE:
                return True
        return False

    def _changed(self, path: str) -> int:
        try:
            return Path(path).stat().st_ctime_ns
        except OSError:
            return time.time_ns()

    def _digest(self, path: str) -> bytes:
        try:
            now = Path(path).stat()
            known = self._known.get(path)
            if known is not None and (
                known.size, known.modified, known.changed, known.inode
            ) == (now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino):  # fmt: skip
                return known.digest
            digest = hashlib.sha256(read_file(Path(path))).digest()
        except OSError:
            return b""
        if time.time_ns() - now.st_ctime_ns > _SETTLED:
            self.fresh[path] = Stamp(
                now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino, digest
            )
        return digest
