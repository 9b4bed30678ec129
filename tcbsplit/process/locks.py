# SPDX-License-Identifier: MIT
"""Lock folders for this process, and name the process that has a lock.

A lock is on the folder itself (flock(2)): it leaves no file, and the kernel drops it when its
process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from tcbsplit.errors import TcbsplitError

# File systems without locks of this kind, such as NFS (flock(2)): then nothing is locked.
_WITHOUT = (errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.EOPNOTSUPP)
_LOCKS = Path("/proc/locks")
_WIDEST = 120  # characters of a command line


@contextlib.contextmanager
def opened(folder: Path, problem: type[TcbsplitError]) -> Iterator[int]:
    """Make ``folder`` if need be and yield a descriptor of it; raises ``problem``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise problem(f"{folder}: cannot be used: {error.strerror}") from None
    try:
        yield handle
    finally:
        os.close(handle)


@contextlib.contextmanager
def locked(folder: Path, problem: type[TcbsplitError], busy: str) -> Iterator[None]:
    """Lock ``folder``; raise ``problem`` with ``busy`` and who has it if another process has."""
    with opened(folder, problem) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise problem(f"{busy}{_holder(handle)}") from None
        except OSError as error:
            if error.errno not in _WITHOUT:
                raise problem(f"{folder}: cannot be locked: {error.strerror}") from None
        yield


def _holder(handle: int) -> str:
    """Return which process has locked the open folder, in brackets; empty if it cannot be told."""
    try:
        lines = _LOCKS.read_text(encoding="ascii").splitlines()
    except OSError:
        return ""
    inode = str(os.fstat(handle).st_ino)
    for line in lines:
        # "1: FLOCK ADVISORY WRITE 4711 fe:00:393 0 EOF" (proc(5)); "->" is one that waits.
        words = line.split()
        if words[1] == "FLOCK" and words[5].rpartition(":")[2] == inode:
            return f" (process {words[4]}{_command(words[4])})"
    return ""


def _command(pid: str) -> str:
    try:
        words = Path("/proc", pid, "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return ""
    text = "".join(c if c.isprintable() else "?" for c in " ".join(words).strip())
    return f": {text if len(text) <= _WIDEST else text[:_WIDEST] + '…'}" if text else ""
