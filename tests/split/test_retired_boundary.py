# SPDX-License-Identifier: MIT
"""What lasts where boot waits for a thread: all that waited, unless the configuration says no."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tcbsplit.config.load import load
from tcbsplit.errors import UnknownNameError
from tcbsplit.pipeline.explain import explain
from tcbsplit.pipeline.workspace import Workspace
from tcbsplit.report.advice import explanation_text
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


LEFT = r"""
#include <stdlib.h>
void moved (void);
static int volatile stop;
void on_exit_ (void);
void launch (void) { puts ("launched"); fflush (stdout); }
static inline void __attribute__ ((always_inline, noreturn)) jump (void (*to) (void))
{
	to ();
	exit (3);
}
static void boot (void) { moved (); launch (); for (;;) on_exit_ (); }
static void start (void) { jump (boot); }
int main (void) { if (!stop) start (); return 0; }
void on_exit_ (void) { puts ("exit"); fflush (stdout); if (stop++) jump (abort); }
"""


def test_what_control_does_not_come_back_to_may_be_inline(tmp_path: Path) -> None:
    """``boot`` goes on after the launch; what jumped to it never does. Both are on the stack."""
    made = Retired(tmp_path, LEFT)
    assert [f.rpartition(":")[2] for f in made.retired.frames] in ([], ["boot"])
    assert "start" in made.placed() and "boot" not in made.placed()
    done = made.run()
    assert (done.returncode, done.stdout) == (-signal.SIGABRT, "launched\nexit\nexit\n")


def test_a_caller_lasts_that_may_hold_a_copy(tmp_path: Path) -> None:
    """An inline function cannot be kept out of its callers: they stay, and stay apart."""
    source = LEFT.replace("static void boot", "static inline void boot")
    made = Retired(tmp_path, source)
    assert made.placed() == {"main"}
    assert [f.rpartition(":")[2] for f in made.retired.frames] == ["start"]
    done = made.run()
    assert (done.returncode, done.stdout) == (-signal.SIGABRT, "launched\nexit\nexit\n")
    settings = load(tmp_path / "case.yaml", compdb=tmp_path / "cc.json")
    told = explanation_text(explain(settings, Workspace(tmp_path / "artifacts"), "start"))
    assert "it may hold a copy of an inline function that control comes back to" in told
