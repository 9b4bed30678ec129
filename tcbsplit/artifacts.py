# SPDX-License-Identifier: MIT
"""Write files atomically, and list what a source tree or an OUT folder holds."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from tcbsplit import process
from tcbsplit.errors import OutputError, SourceError
from tcbsplit.files import decoded
from tcbsplit.model.manifest import NAME, FileState

_SKIPPED = {".git", ".hg", ".svn", "__pycache__"}
SUMS = "sums.msgpack"  # of a folder of artifacts: the digest of each
_MARK = ".gitignore"  # of a folder of artifacts: git leaves it out as well
_TEMPORARY = re.compile(r"\..+-[0-9a-f]{12}")  # a file that is being written
_LIBC = ctypes.CDLL(None, use_errno=True)
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # Linux, include/uapi/linux/fcntl.h and fs.h
_MARKED = b"# Artifacts of tcbsplit.\n*\n"


def permitted(mode: int) -> int:
    """Return what the umask leaves of a mode (proc(5), status: reading it changes nothing)."""
    text = Path("/proc/self/status").read_text(encoding="utf-8")
    umask = next(line for line in text.splitlines() if line.startswith("Umask:"))
    return mode & ~int(umask.split()[1], 8)


def write_atomically(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` atomically: a reader sees the complete old or new file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not mkstemp: the mode of a file is what the user's umask leaves of 0666.
        name = path.parent / f".{path.name[:200]}-{secrets.token_hex(6)}"
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        name.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        with contextlib.suppress(FileNotFoundError):
            name.unlink()


def vouch(folder: Path, contents: Iterable[tuple[str, bytes]]) -> None:
    """Record the digests of files in ``folder``, beside those recorded before.

    ``contents`` are their names and contents; all are taken before anything is recorded.
    """
    made = {name: hashlib.sha256(content).digest() for name, content in contents}
    path = folder / SUMS
    write_atomically(path, msgspec.msgpack.encode({**_sums(path), **made}))


def vouched(path: Path, content: bytes) -> bool:
    """Return whether a file's ``content`` is what was recorded of it."""
    return _sums(path.with_name(SUMS)).get(path.name) == hashlib.sha256(content).digest()


def recorded(path: Path) -> bool:
    """Return whether a file is there, or was when its digest was recorded."""
    return os.path.lexists(path) or path.name in _sums(path.with_name(SUMS))


def _sums(path: Path) -> dict[str, bytes]:
    """Return the recorded digests by name; none if there is no such record."""
    try:
        return decoded(path, dict[str, bytes])
    except (OSError, ValueError):
        return {}


def mark(folder: Path) -> None:
    """Mark ``folder`` as one of artifacts, so that no source tree around it has them as files."""
    if not (folder / _MARK).exists():
        write_atomically(folder / _MARK, _MARKED)


def _ours(folder: str) -> bool:
    """Return whether a folder holds artifacts or emitted trees: none of it is source."""
    try:
        with open(os.path.join(folder, _MARK), "rb") as file:
            return file.read(len(_MARKED)) == _MARKED
    except OSError:
        return all(os.path.exists(os.path.join(folder, n)) for n in (NAME, "thin", "guest"))


def sweep(folder: Path) -> None:
    """Remove what writers that were killed have left in ``folder``, of which we are the only user.

    Raise ``OutputError`` if that cannot be done.
    """
    for path in folder.glob(".*-*"):
        if _TEMPORARY.fullmatch(path.name):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise OutputError(f"{path}: cannot be removed: {error.strerror}") from None


def exchange(one: Path, other: Path) -> bool:
    """Exchange two folders atomically (renameat2(2)); return false if not supported."""
    names = os.fsencode(one), os.fsencode(other)
    try:
        return bool(
            _LIBC.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0
        )
    except AttributeError:  # a C library without it
        return False


def source_files(root: Path, used: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return the files of the source tree at ``root``, relative and sorted.

    In a git checkout: what git tracks or does not ignore, and ``used`` (files that the build
    reads, generated ones too). Elsewhere: every regular file outside version control folders.
    Links to folders of the tree count as files.
    """
    if not root.is_dir():
        raise SourceError(f"{root}: no such source tree; see source in the configuration, --source")
    done = None
    if any((parent / ".git").exists() for parent in (root, *root.parents)):
        done = process.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "."],
            cwd=root, timeout=60, check=False,
        )  # fmt: skip
    if done is not None and done.status == 0:
        listed = _sources({f for f in done.output.split("\0") if f}, root)
    else:
        listed = set(_walked(root, links=True))
    kinds = {f: _kind(os.path.join(root, f)) for f in listed | used}
    folders = links(root, [f for f in listed if stat.S_ISDIR(kinds[f])])
    return tuple(sorted(f for f, kind in kinds.items() if f in folders or stat.S_ISREG(kind)))


def _kind(path: str) -> int:
    """Return the mode of what a path leads to; 0 if that is nothing."""
    try:
        return os.stat(path).st_mode
    except (OSError, ValueError):
        return 0


def _sources(files: set[str], root: Path) -> set[str]:
    """Return ``files`` without those in folders of artifacts, and of emitted trees."""
    folders = {f.rpartition("/")[0] for f in files}
    folders |= {p.as_posix() for f in folders for p in Path(f).parents}
    ours = tuple(f"{f}/" for f in folders if f not in ("", ".") and _ours(os.path.join(root, f)))
    return {f for f in files if not f.startswith(ours)} if ours else files


def links(root: Path, files: Iterable[str]) -> dict[str, str]:
    """Return those of ``files`` that are links to a place in the tree, with their relative text."""
    found = {}
    top = root.resolve()
    for file in files:
        if not os.path.islink(os.path.join(root, file)):
            continue
        path = root / file
        if not path.exists():
            continue
        target, folder = path.resolve(), path.parent.resolve()
        if target.is_relative_to(top) and folder.is_relative_to(top):
            text = str(path.readlink())
            found[file] = text if _stays(folder, text, top) else os.path.relpath(target, folder)
    return found


def _stays(folder: Path, text: str, top: Path) -> bool:
    """Return whether the text of a link is relative and leads nowhere out of the tree."""
    return not text.startswith("/") and Path(os.path.normpath(folder / text)).is_relative_to(top)


def all_files(root: Path) -> tuple[str, ...]:
    """Return every file below ``root`` outside version control folders, relative to it."""
    return tuple(_walked(root, links=False))


def _walked(root: Path, *, links: bool) -> Iterator[str]:
    """Yield every file below ``root`` that is source, with ``links`` also links to folders."""
    for folder, folders, names in os.walk(root):
        base = os.path.relpath(folder, root)
        linked = [f for f in folders if links and os.path.islink(os.path.join(folder, f))]
        yield from (
            (*names, *linked) if base == "." else (f"{base}/{n}" for n in (*names, *linked))
        )
        folders[:] = [
            f for f in folders if f not in _SKIPPED and not _ours(os.path.join(folder, f))
        ]


def states(root: Path, *, digests: bool = True) -> dict[str, FileState]:
    """Return the state of each path below ``root`` that is no folder. Links are not followed.

    Without ``digests``, no file is read.
    """
    found = {}
    for folder, folders, names in os.walk(root):
        base = os.path.relpath(folder, root)
        for name in (*names, *(f for f in folders if os.path.islink(os.path.join(folder, f)))):
            path = name if base == "." else f"{base}/{name}"
            found[path] = _state(os.path.join(folder, name), digests)
    return found


def _state(path: str, digests: bool) -> FileState:
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode):
            return FileState(link=os.readlink(path))
        if not stat.S_ISREG(mode):
            return FileState()
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest() if digests else ""
        return FileState(digest=digest, executable=bool(mode & stat.S_IXUSR))
    except OSError:
        return FileState()


def relocatable(path: str | Path) -> bool:
    """Whether a file is an object for the linker (ELF, ET_REL)."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except IsADirectoryError:
        return False
    try:
        head = os.read(handle, 18)
    except IsADirectoryError:
        return False
    finally:
        os.close(handle)
    return head[:4] == b"\x7fELF" and head[16:18] in (b"\x01\x00", b"\x00\x01")  # ET_REL


def copy_tree(root: Path, files: tuple[str, ...], target: Path) -> None:
    """Copy ``files`` of the tree at ``root`` to a new ``target`` (modes kept, links too)."""
    shutil.rmtree(target, ignore_errors=True)
    linked = links(root, files)
    for file in files:
        destination = target / file
        destination.parent.mkdir(parents=True, exist_ok=True)
        if file in linked:
            destination.symlink_to(linked[file])
        else:
            shutil.copy2(root / file, destination)
