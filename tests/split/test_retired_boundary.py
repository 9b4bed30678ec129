# SPDX-License-Identifier: MIT
"""What lasts where boot waits for a thread: all that waited, unless the configuration says no."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tcbsplit.errors import UnknownNameError
from tests.support.retiring import Retired

# ``early`` waited before ``boot`` did; only the one that waits last goes on.
THREADS = r"""
void moved (void);
static void (*thread) (void);
static void once (void) { puts ("once"); }
static void work (void) { moved (); }
static void load (void) { work (); puts ("loaded"); fflush (stdout); }
static void release (void) { }
static void finish (void) { load (); release (); }
static void schedule (void) { if (thread) thread (); }
static void early (void) { schedule (); once (); }
static void wait (void) { schedule (); }
void on_exit_ (void) { puts ("exit"); }
void launch (void) { on_exit_ (); fflush (stdout); }
int main (void)
{
	early ();
	thread = finish;
	wait ();
	LATER;
	launch ();
	return 0;
}
"""
PLACE = ", before: {caller: finish, callee: release, reason: r}"
ENDED = ", ended: [{name: early, reason: it waits for nobody}]"


def test_what_waited_for_a_thread_lasts(tmp_path: Path) -> None:
    made = Retired(tmp_path, THREADS.replace("LATER", ""), PLACE)
    assert made.placed() == set()  # as far as the graph knows ``early`` goes on, and ``main``
    done = made.run()
    assert (done.returncode, done.stdout) == (0, "once\nloaded\nexit\n")


def test_what_has_ended_by_the_configuration_is_erased(tmp_path: Path) -> None:
    made = Retired(tmp_path, THREADS.replace("LATER", ""), PLACE + ENDED)
    assert made.placed() == {"early", "once", "load", "work", "moved"}
    done = made.run()
    assert (done.returncode, done.stdout) == (0, "once\nloaded\nexit\n")


def test_a_wrong_statement_of_what_has_ended_traps(tmp_path: Path) -> None:
    made = Retired(tmp_path, THREADS.replace("LATER", "once ()"), PLACE + ENDED)
    assert made.placed() >= {"early"} and "once" not in made.placed()
    wrong = ENDED.replace("}]", "}, {name: main, reason: a mistake}]")
    made = Retired(tmp_path / "wrong", THREADS.replace("LATER", "once ()"), PLACE + wrong)
    assert "once" in made.placed()
    assert made.run().returncode == -signal.SIGTRAP


def test_an_unknown_name_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"case.yaml:\d+: split.retire.ended: .*erly.*early"):
        Retired(tmp_path, THREADS.replace("LATER", ""), PLACE + ENDED.replace("early", "erly"))
