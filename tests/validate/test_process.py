# SPDX-License-Identifier: MIT
"""Programs that were started end when they must, however this process ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tcbsplit import process
from tcbsplit.errors import BuildError, EnvironmentProblem
from tests.support.processes import alive, until

# A program with a child of its own; both write their process ids.
# Tests may run under nohup, which has SIGHUP ignored.
HEARS = ("env", "--default-signal=HUP")
FAMILY = 'echo $$ > mother; (sh -c "echo \\$\\$ > child; exec sleep 60") & sleep 60'


def family(folder: Path) -> list[int]:
    files = [folder / "mother", folder / "child"]
    assert until(lambda: all(f.is_file() and f.read_text().strip() for f in files))
    return [int(f.read_text()) for f in files]


def test_output_and_status(tmp_path: Path) -> None:
    done = process.run(["sh", "-c", "echo one; echo two >&2; exit 3"], cwd=tmp_path,
                       timeout=10, check=False)  # fmt: skip
    assert done.status == 3
    assert sorted(done.output.split()) == ["one", "two"]


def test_a_failure_shows_the_lines_that_tell(tmp_path: Path) -> None:
    script = (
        'for i in 1 2 3 4 5 6 7 8; do echo "gcc $i"; done; echo "x.c:1: error: no"; echo z; exit 2'
    )
    with pytest.raises(BuildError) as caught:
        process.run(["sh", "-c", script], cwd=tmp_path, timeout=10, log=tmp_path / "a/log")
    assert "exit status 2" in str(caught.value)
    assert str(tmp_path / "a/log") in str(caught.value)
    assert str(caught.value).splitlines()[1:] == ["  x.c:1: error: no"]


def test_the_group_is_ended_at_the_timeout(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="not done after 1 s"):
        process.run(["sh", "-c", FAMILY], cwd=tmp_path, timeout=1)
    assert until(lambda: not any(alive(pid) for pid in family(tmp_path)))


def test_a_stubborn_program_is_killed(tmp_path: Path) -> None:
    script = "trap '' TERM; echo $$ > mother; while :; do sleep 0.1; done"
    with pytest.raises(BuildError, match="not done"):
        process.run(["sh", "-c", script], cwd=tmp_path, timeout=0.5)
    assert not alive(int((tmp_path / "mother").read_text()))


def test_what_a_program_leaves_behind_is_ended(tmp_path: Path) -> None:
    process.run(["sh", "-c", "sleep 60 >&- 2>&- & echo $! > child"], cwd=tmp_path, timeout=10)
    assert until(lambda: not alive(int((tmp_path / "child").read_text())))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_outlives_us(number: signal.Signals, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tcbsplit import process\n"
        "process.run(['sh', '-c', sys.argv[1]], cwd=Path('.'), timeout=60)"
    )
    parent = subprocess.Popen(
        [*HEARS, sys.executable, "-c", code, FAMILY], cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    try:
        pids = family(tmp_path)
        assert all(alive(pid) for pid in pids)
        os.kill(parent.pid, number)
        assert parent.wait(10) != 0
    finally:
        parent.kill()
        parent.wait()
    assert until(lambda: not any(alive(pid) for pid in pids))


def test_running_is_ended_with_its_block(tmp_path: Path) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        process.running(["sh", "-c", FAMILY], cwd=tmp_path, stderr=tmp_path / "err") as program,
    ):
        pids = family(tmp_path)
        assert program.wait(0) is None
        raise KeyboardInterrupt
    assert until(lambda: not any(alive(pid) for pid in pids))


def test_a_stubborn_program_is_killed_at_once(tmp_path: Path) -> None:
    script = f"trap '' TERM; {FAMILY}; while :; do sleep 0.1; done"
    with process.running(["sh", "-c", script], cwd=tmp_path, stderr=tmp_path / "err") as program:
        pids = family(tmp_path)
        began = time.monotonic()
        program.kill()
        assert program.wait(0) == -signal.SIGKILL
    assert time.monotonic() - began < process._GRACE
    assert until(lambda: not any(alive(pid) for pid in pids))


def test_running_talks(tmp_path: Path) -> None:
    script = "printf 'name: '; read name; echo \"hello $name\"; exit 7"
    with process.running(["sh", "-c", script], cwd=tmp_path, stderr=tmp_path / "err") as program:
        assert program.read(10) == b"name: "
        assert program.read(0.05) is None
        assert program.write(b"you\n")
        assert program.read(10) == b"hello you\n"
        assert program.read(10) == b""
        assert program.wait(10) == 7
        assert not program.write(b"more\n")


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="no-such-program: not found; install"):
        process.find("no-such-program")
    with pytest.raises(EnvironmentProblem, match="no-such-program: not found"):
        process.run(["no-such-program"], cwd=tmp_path, timeout=1)
    with pytest.raises(EnvironmentProblem, match="nowhere: no such folder"):
        process.run(["true"], cwd=tmp_path / "nowhere", timeout=1)
    (tmp_path / "text").write_text("x")
    with pytest.raises(EnvironmentProblem, match="text: is not executable"):
        process.run([str(tmp_path / "text")], cwd=tmp_path, timeout=1)


def test_qemu_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EnvironmentProblem, match=r"apt-get install qemu-system-x86$"):
        process.find("qemu-system-x86_64")


def test_commands_are_quoted_for_a_shell(tmp_path: Path) -> None:
    folder = tmp_path / "a 'b"
    folder.mkdir()
    line = process.quote(["printf", "%s|", "x y", "$HOME"], folder)
    done = subprocess.run(["sh", "-c", f"{line}; pwd"], capture_output=True, text=True)
    assert done.stdout == f"x y|$HOME|{folder}\n"


def test_a_signal_just_before_a_wait_ends_it(tmp_path: Path) -> None:
    """The handler of Python runs after the call of the system, which the signal did not reach."""
    code = (
        "import os, select, signal, sys; from pathlib import Path; from tcbsplit import process\n"
        "real = select.poll\n"
        "class Late:\n"
        "    def __init__(self): self.poll_ = real()\n"
        "    def __getattr__(self, name): return getattr(self.poll_, name)\n"
        "    def poll(self, timeout=None):\n"
        "        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])\n"
        "        os.kill(os.getpid(), signal.SIGHUP)\n"
        "        try: return self.poll_.poll(timeout)\n"
        "        finally: signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGHUP])\n"
        "import selectors; selectors._PollLikeSelector._selector_cls = Late\n"
        "selectors.PollSelector._selector_cls = Late\n"
        "process.run(['sleep', '60'], cwd=Path('.'), timeout=60)"
    )
    began = time.monotonic()
    words = [*HEARS, sys.executable, "-c", code]
    done = subprocess.run(words, cwd=tmp_path, timeout=50, check=False)
    assert done.returncode == 128 + signal.SIGHUP
    assert time.monotonic() - began < 30
