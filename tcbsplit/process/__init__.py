# SPDX-License-Identifier: MIT
"""Start programs, and end them: no other module starts one.

Every program runs in its own process group. The whole group is ended at a timeout, an error,
Ctrl-C, SIGTERM and SIGHUP. If this process gets SIGKILL, a watchdog ends the groups and removes
temporary folders.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import select
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tcbsplit.errors import BuildError, EnvironmentProblem
from tcbsplit.process.packages import install
from tcbsplit.process.signals import deferred, tended
from tcbsplit.process.watchdog import Watchdog, kill_marked

_SHOWN, _WIDTH = 5, 200  # output lines of a failed program in an error, characters per line
_TELLING = re.compile(
    r"\berror\b|\*\*\*|undefined reference|not found|no space left|\bfailed\b|read-only file",
    re.IGNORECASE,
)
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)
_WAIT = 1.0  # seconds of one wait for output
_GRACE = 2.0  # seconds between SIGTERM and SIGKILL


@dataclass(frozen=True)
class Completed:
    """A finished program: exit status (negative: signal), output, and wall-clock seconds."""

    status: int
    output: str
    seconds: float


class Running:
    """A running program, with pipes on its stdin and stdout."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child
        if child.stdin is None or child.stdout is None:
            raise AssertionError("started without pipes")
        self._stdin, self._stdout = child.stdin, child.stdout
        os.set_blocking(self._stdin.fileno(), False)

    def fileno(self) -> int:
        """Return the file descriptor of the output, for ``select``."""
        return self._stdout.fileno()

    def read(self, timeout: float) -> bytes | None:
        """Return the next output, ``b""`` at its end, ``None`` after ``timeout`` seconds."""
        ready, _, _ = select.select([self._stdout], [], [], max(timeout, 0.0))
        return os.read(self._stdout.fileno(), 65536) if ready else None

    def write(self, content: bytes) -> bool:
        """Send input; return false if the program has ended or its pipe is full."""
        try:
            return os.write(self._stdin.fileno(), content) == len(content)
        except (BrokenPipeError, BlockingIOError):
            return False

    def wait(self, timeout: float) -> int | None:
        """Return the exit status (negative: signal), or ``None`` if it still runs."""
        try:
            return self._child.wait(max(timeout, 0.0))
        except subprocess.TimeoutExpired:
            return None

    def end(self) -> None:
        """End the whole group: SIGTERM, then SIGKILL."""
        _end(self._child)

    def kill(self) -> None:
        """End the whole group by SIGKILL; for programs that ignore SIGTERM."""
        _end(self._child, (signal.SIGKILL,))


def passing(folder: Path) -> None:
    """Remove ``folder`` after this process has ended, however it ended, if it still exists.

    Its name must be unique to this process: another process may be running by then.
    """
    name = str(folder.absolute())
    if "\n" not in name:  # the watchdog reads lines
        _watchdog.wake()
        _watchdog.tell(name)


def tie(parent: int) -> None:
    """Make this process, just forked by ``parent``, die with its parent."""
    # Linux prctl(2): the child gets SIGKILL when its parent dies; its children do not.
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def find(program: str) -> Path:
    """Return the path of ``program``; raise ``EnvironmentProblem`` with the package to install."""
    found = shutil.which(program)
    if found is None:
        how = install(Path(program).name)
        raise EnvironmentProblem(f"{program}: not found; install it: {how}")
    return Path(found)


def quote(argv: Sequence[str], cwd: Path | None = None) -> str:
    """Return the command line for pasting into a shell, with a ``cd`` to ``cwd`` if given."""
    command = shlex.join(argv)
    return f"{place(cwd)}{command}" if cwd else command


def place(cwd: Path) -> str:
    """Return the ``cd`` in front of a quoted command."""
    return f"cd {shlex.quote(str(cwd))} && "


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    timeout: float,
    log: Path | None = None,
    env: Mapping[str, str] | None = None,
    check: bool = True,
) -> Completed:
    """Run ``argv`` to its end; write its output (stdout and stderr) to ``log`` if given.

    Raise ``EnvironmentProblem`` if the program is missing, and ``BuildError`` after ``timeout``
    seconds or, with ``check``, on a non-zero status; the message shows lines of the output.
    """
    began = time.monotonic()
    where = f" (whole log: {log})" if log else ""
    child = None
    with _output(log) as stream, tended():
        try:
            with deferred():
                child = _start(argv, cwd, env, subprocess.DEVNULL, stream or subprocess.PIPE,
                               subprocess.STDOUT, text=True)  # fmt: skip
            text = _communicated(child, timeout)
        except subprocess.TimeoutExpired:
            raise BuildError(f"{quote(argv)}: not done after {timeout:g} s, ended{where}") from None
        finally:
            if child is not None:
                _end(child)
    output = log.read_text(encoding="utf-8", errors="replace") if log else text or ""
    done = Completed(child.returncode, output, time.monotonic() - began)
    if check and done.status != 0:
        raise BuildError(f"{quote(argv)}: exit status {done.status}{where}\n{_telling(output)}")
    return done


def _communicated(child: subprocess.Popen[str], timeout: float) -> str | None:
    """Return the output at the program's end; raise ``TimeoutExpired`` after ``timeout`` seconds.

    A signal that comes just before a wait does not end it: the handler runs after it. So no wait
    is long.
    """
    end = time.monotonic() + timeout
    while True:
        left = max(end - time.monotonic(), 0.0)
        try:
            return child.communicate(timeout=min(left, _WAIT))[0]
        except subprocess.TimeoutExpired:
            if left <= _WAIT:
                raise


def _telling(output: str) -> str:
    """Return the lines that mention errors, or else the last ones."""
    lines = [line for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if _TELLING.search(line)] or lines[-_SHOWN:]
    return "\n".join(f"  {line.strip()[:_WIDTH]}" for line in telling[:_SHOWN])


@contextlib.contextmanager
def running(
    argv: Sequence[str], *, cwd: Path, stderr: Path, handles: Sequence[int] = ()
) -> Iterator[Running]:
    """Run ``argv`` with pipes on stdin and stdout during the block.

    It inherits the file descriptors ``handles`` under the same numbers.

    At the end of the block the whole process group is ended, and also processes that left it:
    QEMU starts network peers in sessions of their own.
    """
    child = None
    mark = _watchdog.mark()
    with stderr.open("wb") as errors, tended():
        try:
            with deferred():
                child = _start(argv, cwd, mark, subprocess.PIPE, subprocess.PIPE, errors,
                               handles=handles)  # fmt: skip
            yield Running(child)
        finally:
            if child is not None:
                _end(child)
                kill_marked(mark)
                for stream in (child.stdin, child.stdout):
                    if stream is not None:
                        with contextlib.suppress(OSError):
                            stream.close()


@contextlib.contextmanager
def _output(log: Path | None) -> Iterator[IO[bytes] | None]:
    if log is None:
        yield None
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as stream:
        yield stream


def _start(  # type: ignore[no-untyped-def]
    argv: Sequence[str], cwd: Path, env: Mapping[str, str] | None, stdin, stdout, stderr,
    text=False, handles: Sequence[int] = (),
):  # fmt: skip
    parent = os.getpid()
    _watchdog.wake()

    try:
        child = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env={**os.environ, **env} if env else None,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
            preexec_fn=lambda: tie(parent),
            pass_fds=handles,
            text=text,
            errors="replace" if text else None,
        )
    except FileNotFoundError:
        if not Path(cwd).is_dir():
            raise EnvironmentProblem(f"{cwd}: no such folder") from None
        find(argv[0])
        raise EnvironmentProblem(f"{argv[0]}: cannot be started") from None
    except (PermissionError, NotADirectoryError):
        raise EnvironmentProblem(f"{argv[0]}: is not executable") from None
    _watchdog.tell(f"+ {child.pid}")
    return child


_watchdog = Watchdog()
os.register_at_fork(after_in_child=_watchdog.leave)


def _end(
    child: subprocess.Popen[str] | subprocess.Popen[bytes],
    signals: Sequence[signal.Signals] = (signal.SIGTERM, signal.SIGKILL),
) -> None:
    """End the whole group, by default by SIGTERM, then SIGKILL; a second Ctrl-C waits."""
    with deferred():
        for number in signals:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, number)
            if child.returncode is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(_GRACE)
        _watchdog.tell(f"- {child.pid}")
