# SPDX-License-Identifier: MIT
"""The only place that starts programs.

Every program runs in a process group of its own. The whole group is ended at a timeout, an error,
Ctrl-C, SIGTERM and SIGHUP; and when this process dies without a word (SIGKILL), by a watchdog,
which then removes temporary folders, too.
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
from tcbsplit.process.signals import deferred, tended
from tcbsplit.process.watchdog import Watchdog, kill_marked

_PACKAGES = {"qemu-system-x86_64": "qemu-system-x86"}  # where the package has another name
_SHOWN, _WIDTH = 5, 200  # lines of a failed program's output in an error, characters of each
_TELLING = re.compile(r"\berror\b|\*\*\*|undefined reference|not found", re.IGNORECASE)
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)
_GRACE = 2.0  # seconds between SIGTERM and SIGKILL


@dataclass(frozen=True)
class Completed:
    """A program that ended: exit status (negative: by a signal), output, and wall seconds."""

    status: int
    output: str
    seconds: float


class Running:
    """A program that runs, with pipes on its stdin and stdout."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child
        if child.stdin is None or child.stdout is None:
            raise AssertionError("started without pipes")
        self._stdin, self._stdout = child.stdin, child.stdout
        os.set_blocking(self._stdin.fileno(), False)

    def fileno(self) -> int:
        """The output's file descriptor, to wait for."""
        return self._stdout.fileno()

    def read(self, timeout: float) -> bytes | None:
        """Return output as it comes, ``b""`` at its end, ``None`` if ``timeout`` seconds pass."""
        ready, _, _ = select.select([self._stdout], [], [], max(timeout, 0.0))
        return os.read(self._stdout.fileno(), 65536) if ready else None

    def write(self, content: bytes) -> bool:
        """Send input; false when the program does not take it (it is gone, or its pipe is full)."""
        try:
            return os.write(self._stdin.fileno(), content) == len(content)
        except (BrokenPipeError, BlockingIOError):
            return False

    def wait(self, timeout: float) -> int | None:
        """Return the exit status (negative: by a signal), or ``None`` if it still runs."""
        try:
            return self._child.wait(max(timeout, 0.0))
        except subprocess.TimeoutExpired:
            return None

    def end(self) -> None:
        """End the whole group: politely, then surely."""
        _end(self._child)

    def kill(self) -> None:
        """End the whole group at once; for programs that heed no SIGTERM."""
        _end(self._child, (signal.SIGKILL,))


def passing(folder: Path) -> None:
    """Have ``folder`` removed when this process has ended and left it, however it ended.

    Its name must be this process's own, as another one may be at work by then.
    """
    name = str(folder.absolute())
    if "\n" not in name:  # lines are what the watchdog reads
        _watchdog.wake()
        _watchdog.tell(name)


def tie(parent: int) -> None:
    """In a process that ``parent`` has just forked: have it die with its parent."""
    # Linux prctl(2): the child gets SIGKILL when its parent dies; its children do not.
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def find(program: str) -> Path:
    """Return the path of ``program``; raises ``EnvironmentProblem`` that says what to install."""
    found = shutil.which(program)
    if found is None:
        name = Path(program).name
        package = _PACKAGES.get(name, name)
        raise EnvironmentProblem(f"{program}: not found; install it: apt-get install {package}")
    return Path(found)


def quote(argv: Sequence[str], cwd: Path | None = None) -> str:
    """The command line as a user can paste it into a shell, from ``cwd`` if one is given."""
    command = shlex.join(argv)
    return f"{place(cwd)}{command}" if cwd else command


def place(cwd: Path) -> str:
    """How a quoted command says where it runs."""
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
    """Run ``argv`` to its end; its output (stdout and stderr) goes to ``log`` if one is given.

    Raises ``EnvironmentProblem`` when the program is missing, and ``BuildError`` at the timeout
    (seconds) or, with ``check``, on a non-zero status, showing the last lines of the output.
    """
    began = time.monotonic()
    where = f" (whole log: {log})" if log else ""
    child = None
    with _output(log) as stream, tended():
        try:
            with deferred():
                child = _start(argv, cwd, env, subprocess.DEVNULL, stream or subprocess.PIPE,
                               subprocess.STDOUT, text=True)  # fmt: skip
            text, _ = child.communicate(timeout=timeout)
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


def _telling(output: str) -> str:
    """The lines that say why: those that speak of errors, or else the last ones."""
    lines = [line for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if _TELLING.search(line)] or lines[-_SHOWN:]
    return "\n".join(f"  {line.strip()[:_WIDTH]}" for line in telling[:_SHOWN])


@contextlib.contextmanager
def running(
    argv: Sequence[str], *, cwd: Path, stderr: Path, handles: Sequence[int] = ()
) -> Iterator[Running]:
    """Start ``argv`` with pipes on stdin and stdout for the length of the block.

    It inherits the file descriptors ``handles`` under the same numbers.

    However the block is left, the program's whole process group is ended, and what left the group:
    QEMU starts the programs of a network's peers in sessions of their own.
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
    """End the whole group: politely, then surely; a second Ctrl-C waits for it."""
    with deferred():
        for number in signals:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, number)
            if child.returncode is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(_GRACE)
        _watchdog.tell(f"- {child.pid}")
