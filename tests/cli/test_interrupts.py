# SPDX-License-Identifier: MIT
"""A signal that arrives where Python drops exceptions ends the run all the same."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

PLACES = {
    "finalizer": """
class Final:
    def __del__(self):
        arrive()
Final()
""",
    "weak reference": """
import weakref
class Some: pass
some = Some()
kept = weakref.ref(some, lambda _: arrive())
del some
""",
    "fork": """
os.register_at_fork(after_in_parent=arrive)
if os.fork() == 0:
    os._exit(0)
""",
    "ctypes": """
import ctypes
order = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
def compare(one, other):
    arrive()
    return 0
numbers = (ctypes.c_int * 2)(2, 1)
ctypes.CDLL(None).qsort(numbers, 2, 4, order(compare))
""",
    # Raised again, it meets the same code a few times more.
    "again and again": """
class Final:
    def __del__(self):
        time.sleep(0.001)
arrive_soon()
end = time.monotonic() + 0.2
while time.monotonic() < end:
    Final()
""",
}
PROGRAM = """
import os, signal, sys, time
from tcbsplit.cli.interrupts import insist
from tcbsplit.process.signals import Ended, tended
number = signal.{number}
def arrive():
    signal.raise_signal(number)
def arrive_soon():
    signal.signal(signal.SIGALRM, lambda *_: arrive())
    signal.setitimer(signal.ITIMER_REAL, 0.01)
{first}
try:
    with tended():
        {body}
        time.sleep(1)
    print("went on")
except KeyboardInterrupt:
    sys.exit(130)
"""


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=30,
        check=False,
    )  # fmt: skip


def run(place: str, number: signal.Signals, first: str) -> subprocess.CompletedProcess[str]:
    body = PLACES[place].replace("\n", "\n        ")
    code = PROGRAM.format(number=number.name, first=first, body=body)
    return python(code)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("place", PLACES)
def test_it_is_raised_again(place: str, number: signal.Signals) -> None:
    done = run(place, number, "signal.signal(number, signal.SIG_DFL)\n"
               "if number == signal.SIGINT: signal.signal(number, signal.default_int_handler)\n"
               "insist()")  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (128 + number, "", "")


@pytest.mark.parametrize("place", [p for p in PLACES if p != "again and again"])
def test_python_drops_it(place: str) -> None:
    done = run(place, signal.SIGINT, "signal.signal(number, signal.default_int_handler)")
    assert (done.returncode, done.stdout) == (0, "went on\n")
    assert "KeyboardInterrupt" in done.stderr


def test_other_errors_are_told_as_before() -> None:
    code = (
        "from tcbsplit.cli.interrupts import insist\ninsist()\n"
        "class Final:\n    def __del__(self):\n        raise ValueError('seen')\nFinal()\n"
    )
    done = python(code)
    assert done.returncode == 0
    assert "ValueError: seen" in done.stderr


def test_an_interrupt_at_the_very_end_is_no_alarm() -> None:
    """Python removes its handlers before it ends modules: then the timer must be off."""
    done = python(
        "import signal, time\nfrom tcbsplit.cli.interrupts import insist\ninsist()\n"
        "class Late:\n    def __del__(self, sleep=time.sleep):\n        sleep(0.2)\n"
        "class Final:\n    def __del__(self):\n        signal.raise_signal(signal.SIGINT)\n"
        "late = Late()\nFinal()\n"
    )
    assert done.returncode in {0, -signal.SIGINT}, done
