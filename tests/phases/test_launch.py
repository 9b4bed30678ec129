# SPDX-License-Identifier: MIT
"""Where the boot phase ends: before and after the launch, boot-only functions, callbacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tcbsplit.callgraph import build_graph
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.phase import Classification
from tcbsplit.model.unit import CompileCommand
from tcbsplit.phases import Directory, Request, classify

SOURCE = """
static void (*hook) (void);
static void early (void) { }
static void late (void) { }
static void callback (void) { }
static void registered (void) { hook = callback; }
static void once (void) { early (); }
void run_guest (void) { hook (); }
void never_returns (void) __attribute__ ((noreturn));
void never_returns (void) { for (;;) ; }
void exit_handler (int n) { if (n) once (); }
void start (void) { early (); registered (); run_guest (); late (); }
void other (void) { early (); never_returns (); late (); }
"""


def classified(tmp_path: Path, **request: Any) -> Classification:
    (tmp_path / "a.c").write_text(SOURCE)
    command = CompileCommand(file="a.c", directory=str(tmp_path), arguments=("gcc",))
    program = read_program([command], tmp_path, "x")
    return classify(build_graph(program), Directory(program), Request(**request))


def phases(found: Classification, name: str) -> tuple[str, ...]:
    return next(c for i, c in found.functions.items() if i.rpartition(":")[2] == name).phases


def test_what_follows_a_launch_is_run_time(tmp_path: Path) -> None:
    found = classified(tmp_path, boot=("start",), launch=("run_guest",))
    assert phases(found, "early") == ("boot",)
    assert phases(found, "registered") == ("boot",)
    assert phases(found, "late") == ("boot", "runtime")
    assert phases(found, "start") == ("boot", "runtime")


def test_a_callback_registered_at_boot_is_run_time(tmp_path: Path) -> None:
    found = classified(tmp_path, boot=("start",), launch=("run_guest",))
    assert phases(found, "callback") == ("runtime",)


def test_nothing_follows_a_launch_that_never_returns(tmp_path: Path) -> None:
    found = classified(tmp_path, boot=("other",), launch=("never_returns",))
    assert phases(found, "late") == ("boot",)
    assert phases(found, "other") == ("boot",)
    assert phases(found, "never_returns") == ("boot", "runtime")


def test_boot_only_functions_end_the_run_time_phase(tmp_path: Path) -> None:
    with_it = classified(tmp_path, boot=("start",), runtime=("exit_handler",))
    assert phases(with_it, "once") == ("runtime",)
    without = classified(tmp_path, boot=("start",), runtime=("exit_handler",), boot_only=("once",))
    assert phases(without, "once") == ("boot",)
