"""The only place that starts programs.

Every program runs in a process group of its own; the whole group is ended at a timeout, an error,
Ctrl-C, and (through PR_SET_PDEATHSIG) when this process dies without a word.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
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

_PACKAGES = {
    "qemu-system-x86_64": "qemu-system-x86",
    "bear": "bear",
    "cloc": "cloc",
    "make": "make",
    "gcc": "gcc",
    "clang": "clang",
    "git": "git",
}
_TAIL = 30  # lines of a failed program's output that an error shows
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)
_GRACE = 2.0  # seconds between SIGTERM and SIGKILL


@dataclass(frozen=True)
class Completed:
    """A program that ended: exit status (negative: by a signal), output, and wall seconds."""

    status: int
    output: str
    seconds: float


def find(program: str) -> Path:
    """Return the path of ``program``; raises ``EnvironmentProblem`` that says what to install."""
    found = shutil.which(program)
    if found is None:
        package = _PACKAGES.get(Path(program).name, Path(program).name)
        raise EnvironmentProblem(f"{program}: not found; install it: apt-get install {package}")
    return Path(found)


def quote(argv: Sequence[str]) -> str:
    """The command line as a user can paste it into a shell."""
    return shlex.join(argv)


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
    with _output(log) as stream, _group(argv, cwd, env, stream) as child:
        try:
            text, _ = child.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise BuildError(f"{quote(argv)}: not done after {timeout:.0f} s, ended") from None
    output = log.read_text(encoding="utf-8", errors="replace") if log else text or ""
    done = Completed(child.returncode, output, time.monotonic() - began)
    if check and done.status != 0:
        last = "\n".join(output.rstrip().splitlines()[-_TAIL:])
        where = f" (whole log: {log})" if log else ""
        raise BuildError(f"{quote(argv)}: exit status {done.status}{where}\n{last}")
    return done


@contextlib.contextmanager
def running(argv: Sequence[str], *, cwd: Path, stderr: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start ``argv`` with pipes on stdin and stdout for the length of the block.

    However the block is left, the program's whole process group is ended.
    """
    with stderr.open("wb") as errors:
        child = _start(argv, cwd, None, subprocess.PIPE, subprocess.PIPE, errors)
        try:
            yield child
        finally:
            _end(child)
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


@contextlib.contextmanager
def _group(
    argv: Sequence[str], cwd: Path, env: Mapping[str, str] | None, stream: IO[bytes] | None
) -> Iterator[subprocess.Popen[str]]:
    child = _start(
        argv, cwd, env, subprocess.DEVNULL, stream or subprocess.PIPE, subprocess.STDOUT, text=True
    )
    try:
        yield child
    finally:
        _end(child)


def _start(  # type: ignore[no-untyped-def]
    argv: Sequence[str], cwd: Path, env: Mapping[str, str] | None, stdin, stdout, stderr, text=False
):
    parent = os.getpid()

    def tied() -> None:
        # Linux prctl(2): the child gets SIGKILL when its parent dies.
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    try:
        return subprocess.Popen(
            list(argv),
            cwd=cwd,
            env={**os.environ, **env} if env else None,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
            preexec_fn=tied,
            text=text,
            errors="replace" if text else None,
        )
    except FileNotFoundError:
        if not Path(cwd).is_dir():
            raise EnvironmentProblem(f"{cwd}: no such folder") from None
        find(argv[0])
        raise EnvironmentProblem(f"{argv[0]}: cannot be started") from None
    except PermissionError:
        raise EnvironmentProblem(f"{argv[0]}: is not executable") from None


def _end(child: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """End the whole group: politely, then surely."""
    for number, patience in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, _GRACE)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        if child.returncode is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(patience)
