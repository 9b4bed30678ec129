# SPDX-License-Identifier: MIT
"""Keep the facts of units between runs, while source, headers, flags and tools do not change.

One SQLite file for all programs of a user. A unit's row is found by what it is compiled with (its
command, the compiler's headers, the versions of libclang and of the extractor) and by the contents
of every file that it read. SQLite's journal makes a row appear whole or not at all, also with
other writers and after a kill at any time; a damaged file is put aside and begun anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from tcbsplit.errors import EnvironmentProblem
from tcbsplit.frontend.digests import Digests, Stamp, extractor_version
from tcbsplit.frontend.sealed import sealed, unsealed
from tcbsplit.model.compiler import Compiler
from tcbsplit.model.unit import CompileCommand

LIMIT = 2 << 30  # bytes; a cache that has grown beyond is emptied
_VARIANTS = 8  # contents that are remembered for one command, e.g. of the last branches
_ROOT = "\0root"  # stands for the place of the source tree
_SCHEMA = """
CREATE TABLE IF NOT EXISTS units (
    key BLOB, contents BLOB, dependencies BLOB, facts BLOB, used INTEGER,
    PRIMARY KEY (key, contents)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pieces (digest TEXT PRIMARY KEY, facts BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS codes (key BLOB PRIMARY KEY, code BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, stamp BLOB) WITHOUT ROWID;
"""

_paths = msgspec.msgpack.Decoder(list[str])
_stamp = msgspec.msgpack.Decoder(Stamp)
_encode = msgspec.msgpack.Encoder().encode


class Found(NamedTuple):
    """Cached facts of a program: encoded units by position, and header facts that they share."""

    units: dict[int, bytes]
    pieces: dict[str, bytes]


class Info(NamedTuple):
    """The output of ``tcbsplit cache info``."""

    path: Path
    bytes: int
    units: int
    pieces: int


def default_path() -> Path:
    """Return ``$TCBSPLIT_CACHE``, or a file in the user's cache folder (XDG Base Directory)."""
    if chosen := os.environ.get("TCBSPLIT_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tcbsplit" / "facts.sqlite"


class Cache:
    """An open cache. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        """Open or make the file; raise ``EnvironmentProblem`` where that cannot be done."""
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._database = self._open()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                _remove(path)  # no database, or a damaged one: nothing in it is worth more
                self._database = self._open()
        except (OSError, sqlite3.Error) as error:
            raise EnvironmentProblem(
                f"{path}: cannot be used as cache: {error}; set TCBSPLIT_CACHE or use --no-cache"
            ) from None
        self.digests = Digests(self._stamps())
        self._started = time.time_ns()
        self._crowded: set[bytes] = set()  # keys with as many variants as are kept

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *_: object) -> None:
        self._save_stamps()
        # Not earlier: what a run still adds refers to pieces that it has added before.
        if self._size() > LIMIT:
            with contextlib.suppress(EnvironmentProblem):
                self.clear()
        self._database.close()

    def find(self, items: Sequence[tuple[CompileCommand, Compiler]], root: Path) -> Found:
        """Return the cached facts of units (each with its compiler); of a damaged file, none."""
        try:
            return self._find(items, root)
        except sqlite3.Error:
            return Found({}, {})

    def _find(self, items: Sequence[tuple[CompileCommand, Compiler]], root: Path) -> Found:
        units: dict[int, bytes] = {}
        pieces: dict[str, bytes] = {}
        wanted: dict[str, None] = {}
        shared = msgspec.msgpack.Decoder(_Shared)
        with self._reading():
            for i, item in enumerate(items):
                facts = self._unit(_key(item, root), root)
                if facts is not None:
                    units[i] = facts
                    wanted.update(dict.fromkeys(shared.decode(facts).shared))
            for digest in wanted:
                piece = self._one("SELECT facts FROM pieces WHERE digest = ?", digest)
                if piece is None:
                    return Found({}, {})
                pieces[digest] = piece
        return Found(units, pieces)

    def store(
        self,
        items: Iterable[tuple[tuple[CompileCommand, Compiler], bytes, tuple[str, ...]]],
        pieces: Iterable[tuple[str, bytes]],
        root: Path,
    ) -> None:
        """Keep (item, encoded facts, dependencies) and the pieces they share.

        A unit of which a file was touched after the cache was opened is not kept: it is not known
        which contents were read. A failure to write loses nothing but time.
        """
        self.digests.look_again()
        rows = [
            (_key(item, root), contents, sealed(_encode(files)), sealed(facts))
            for item, facts, files in items
            if (contents := self.digests.together(paths := _absolute(root, files)))
            and not self.digests.changed_since(paths, self._started)
        ]
        today = int(time.time())
        with contextlib.suppress(sqlite3.Error), self._writing() as database:
            database.executemany(
                "INSERT OR REPLACE INTO pieces VALUES (?, ?)", [(d, sealed(p)) for d, p in pieces]
            )
            database.executemany(
                "INSERT OR REPLACE INTO units VALUES (?, ?, ?, ?, ?)", [(*r, today) for r in rows]
            )
            database.executemany(
                "DELETE FROM units WHERE key = ?1 AND contents NOT IN (SELECT contents "
                "FROM units WHERE key = ?1 ORDER BY used DESC, contents LIMIT ?2)",
                [(row[0], _VARIANTS) for row in rows if row[0] in self._crowded],
            )

    def codes(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return the cached machine code, encoded, by key."""
        found = {}
        with contextlib.suppress(sqlite3.Error):
            for key in keys:
                row = self._one("SELECT code FROM codes WHERE key = ?", key)
                if row is not None:
                    found[key] = row
        return found

    def _one(self, query: str, value: object) -> bytes | None:
        """Return the sealed content of the one row that a query finds; None if it is damaged."""
        row = self._database.execute(query, (value,)).fetchone()
        return None if row is None else unsealed(row[0])

    def keep_codes(self, codes: Mapping[bytes, bytes]) -> None:
        """Keep encoded machine code by key. A failure to write only costs time."""
        with contextlib.suppress(sqlite3.Error), self._writing() as database:
            rows = [(key, sealed(code)) for key, code in codes.items()]
            database.executemany("INSERT OR REPLACE INTO codes VALUES (?, ?)", rows)

    def info(self) -> Info:
        """Return size and numbers of entries; raise ``EnvironmentProblem`` of a damaged file."""
        try:
            count = [
                self._database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("units", "pieces")
            ]
        except sqlite3.Error as error:
            raise EnvironmentProblem(f"{self.path}: cannot be used: {error}; remove it") from None
        return Info(self.path, self._size(), *count)

    def clear(self) -> None:
        """Delete all entries; a run that uses the cache keeps what it has read.

        Raise ``EnvironmentProblem`` where another run writes all the time, or of a damaged one.
        """
        try:
            with self._writing() as database:
                for table in ("units", "pieces", "codes", "files"):
                    database.execute(f"DELETE FROM {table}")
            self._database.execute("VACUUM")
        except sqlite3.Error as error:
            raise EnvironmentProblem(f"{self.path}: cannot be emptied: {error}") from None

    def _size(self) -> int:
        return sum(p.stat().st_size for p in _files(self.path) if p.is_file())

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.path, timeout=60, isolation_level=None)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.executescript(_SCHEMA)
        return database

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        """Use one snapshot of the database for several queries."""
        self._database.execute("BEGIN")
        try:
            yield
        finally:
            with contextlib.suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield self._database
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def _unit(self, key: bytes, root: Path) -> bytes | None:
        rows = self._database.execute(
            "SELECT contents, dependencies, facts FROM units WHERE key = ?", (key,)
        )
        for number, (contents, dependencies, facts) in enumerate(rows, 1):
            if number == _VARIANTS:
                self._crowded.add(key)
            files = unsealed(dependencies)
            if files is None or (found := unsealed(facts)) is None:
                continue
            if self.digests.together(_absolute(root, _paths.decode(files))) == contents:
                return found
        return None

    def _stamps(self) -> dict[str, Stamp]:
        """Return the stamps of files; without damaged ones and those of another tcbsplit."""
        found = {}
        with contextlib.suppress(sqlite3.Error):
            for path, stamp in self._database.execute("SELECT path, stamp FROM files"):
                if (content := unsealed(stamp)) is not None:
                    with contextlib.suppress(msgspec.DecodeError):
                        found[path] = _stamp.decode(content)
        return found

    def _save_stamps(self) -> None:
        rows = [(path, sealed(_encode(stamp))) for path, stamp in self.digests.fresh.items()]
        if rows:
            with contextlib.suppress(sqlite3.Error), self._writing() as database:
                database.executemany("INSERT OR REPLACE INTO files VALUES (?, ?)", rows)


class _Shared(msgspec.Struct):
    """The one field of encoded facts that the cache looks at."""

    shared: tuple[str, ...] = ()


def _key(item: tuple[CompileCommand, Compiler], root: Path) -> bytes:
    """Return the key of a unit: all that it is compiled with, with paths relative to the tree."""
    command, compiler = item
    place = str(root)
    directory = command.directory.replace(place, _ROOT)
    arguments = [a.replace(place, _ROOT) for a in command.arguments]
    source = (command.file, command.link, command.language)
    what = (extractor_version(), compiler, *source, directory, arguments)
    return hashlib.sha256(_encode(what)).digest()


def _absolute(root: Path, files: Iterable[str]) -> list[str]:
    base = f"{root}/"
    return [f if f.startswith("/") else base + f for f in files]


def _files(path: Path) -> tuple[Path, ...]:
    return (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm")))


def _remove(path: Path) -> None:
    for file in _files(path):
        file.unlink(missing_ok=True)
