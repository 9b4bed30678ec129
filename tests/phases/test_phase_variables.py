# SPDX-License-Identifier: MIT
"""Branches that a phase cannot take, by the values of variables that the configuration names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tcbsplit.callgraph import build_graph
from tcbsplit.config.load import load
from tcbsplit.errors import UnknownNameError
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.analysis import analysis_of
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.machine import Findings
from tcbsplit.model.phase import Classification, PhaseVariable
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import bare_name
from tcbsplit.phases import Directory, Request, classify
from tcbsplit.phases.explain import explain
from tcbsplit.report.advice import explanation_text

HEAD = """
enum state { EARLY, BOOT, SMP, ACTIVE = 10, SUSPEND, RESUME } state;
static int started;
_Bool is_up;
struct cpu { int n; } boot_cpu, *current;
#define unlikely(x) __builtin_expect (!!(x), 0)
#define RUNNING (state >= ACTIVE)
#define BUG_ON(x) do { if (unlikely (x)) bug (); } while (0)
int unknown (void);
void run_guest (void) { }
static void bug (void) { }
static int early (void) { return 1; }
static int late (void) { return 1; }
static int both (void) { return 1; }
"""
STATE = PhaseVariable(name="state", boot=("< ACTIVE",), runtime=(">= ACTIVE",))
STARTED = PhaseVariable(name="started", boot=("0",), runtime=("1", "> 1"))
UP = PhaseVariable(name="is_up", boot=("0",), runtime=("1",))
CPU = PhaseVariable(name="&boot_cpu", runtime=("0",))
# A body tests some of them.
ALL = tuple(replace(v, optional=True) for v in (STATE, STARTED, UP, CPU))


def read(folder: Path, body: str) -> tuple[Program, ReferenceGraph]:
    (folder / "a.c").write_text(
        f"{HEAD}static void work (struct cpu *c, int n) {{ {body} }}\n"
        "void start (void) { work (current, 1); run_guest (); }\n"
        "void handler (void) { work (current, 2); }\n"
    )
    command = CompileCommand(file="a.c", directory=str(folder), arguments=("gcc",))
    program = read_program([command], folder, "x")
    return program, build_graph(program)


def classified(
    folder: Path, body: str, variables: tuple[PhaseVariable, ...] = ALL
) -> tuple[Program, ReferenceGraph, Classification]:
    program, graph = read(folder, body)
    request = Request(
        boot=("start",), runtime=("handler",), launch=("run_guest",), phase_variables=variables
    )
    return program, graph, classify(graph, Directory(program), request)


def phases(found: Classification) -> dict[str, tuple[Any, ...]]:
    return {bare_name(i): tuple(c.phases) for i, c in found.functions.items()}


# Bodies in which ``early`` runs at boot alone, ``late`` at run time alone, and ``both`` in both.
BODIES = [
    "if (state < ACTIVE) early (); else late (); both ();",
    "if (ACTIVE > state) { early (); both (); } if (state > SMP) late (); else both (); both ();",
    "if (state == BOOT || state == EARLY || state == SMP) early (); if (RUNNING) late (); both ();",
    "if (state != BOOT && state != EARLY && state != SMP) late ();"
    " if (!RUNNING) early (); both ();",
    "both (); if (RUNNING) { late (); return; } early ();",
    "both (); if (!(state >= ACTIVE)) { early (); return; } late ();",
    "if (unlikely (state < BOOT + 2)) early (); if (unlikely (RUNNING)) late (); both ();",
    "switch (state) { case EARLY: case BOOT ... SMP: early (); break; case ACTIVE: late (); }"
    " both ();",
    "switch (state) { case EARLY: case BOOT: case SMP: both (); early (); return;"
    " default: both (); } late ();",
    "RUNNING ? late () : early (); both ();",
    "int x = RUNNING ? late () : early (); both ();",
    "RUNNING && late (); RUNNING || early (); both ();",
    "if (RUNNING && late ()) both (); if (n && (RUNNING || early ())) both (); both ();",
    "both (); while (state < ACTIVE) early (); for (; RUNNING; n++) late ();",
    "_Bool on = RUNNING; if (on) late (); if (!on) early (); both ();",
    "const int on = state >= ACTIVE; on ? late () : early (); both ();",
    "if (started) late (); if (!started) early (); both ();",
    "if (started == 0) { early (); goto out; } late (); out: both ();",
    "if (is_up) late (); else early (); both ();",
    "if (is_up != 0 && unknown ()) late (); if (is_up == 0 || unknown () && !is_up) early ();"
    " both ();",
    "if (c == &boot_cpu) early (); both (); if (RUNNING && c != &boot_cpu) late ();",
    "if (&boot_cpu != c) both (); else early (); both (); if (RUNNING) late ();",
    "_Bool bsp = c == &boot_cpu; if (bsp) early (); both (); if (RUNNING) late ();",
    "BUG_ON (RUNNING); if (state < ACTIVE) early (); else late (); both ();",
    "if (n > 0 && !RUNNING) early (); if ((RUNNING)) { if (n) late (); } both ();",
    "do { if (RUNNING) break; early (); } while (n--); if (RUNNING) late (); both ();",
]
# Bodies of which nothing is known: everything is followed.
OPEN = [
    "if (unknown () || RUNNING) early (); late (); both ();",
    "if (state + n >= ACTIVE) early (); late (); both ();",
    "if (n) early (); if (c) late (); both ();",
    "_Bool on = RUNNING; on = unknown (); if (on) early (); late (); both ();",
    "_Bool on = RUNNING; int *p = &on; *p = 1; if (!on) early (); late (); both ();",
    "int state = unknown (); if (state < ACTIVE) early (); late (); both ();",
    "if (n) goto in; late (); if (RUNNING) { in: early (); } both ();",
    "if (n) { wait: early (); } late (); if (state < ACTIVE) goto wait; both ();",
    "struct cpu boot_cpu; if (c == &boot_cpu) early (); late (); both ();",
    "for (;;) { if (unknown ()) break; if (RUNNING) late (); early (); both (); }",
]


@pytest.mark.parametrize("body", BODIES)
def test_only_the_branches_of_a_phase_are_followed(tmp_path: Path, body: str) -> None:
    found = phases(classified(tmp_path, body)[2])
    assert (found["early"], found["late"]) == (("boot",), ("runtime",))
    assert found["both"] == ("boot", "runtime")


@pytest.mark.parametrize("body", BODIES)
def test_without_values_everything_is_followed(tmp_path: Path, body: str) -> None:
    found = phases(classified(tmp_path, body, ())[2])
    assert {found[f] for f in ("early", "late", "both")} == {("boot", "runtime")}


@pytest.mark.parametrize("body", OPEN)
def test_what_is_not_understood_is_followed(tmp_path: Path, body: str) -> None:
    found = phases(classified(tmp_path, body)[2])
    assert "runtime" in found["early"]
    assert {found["late"], found["both"]} == {("boot", "runtime")}


def test_what_is_handed_on_at_boot_may_run_later(tmp_path: Path) -> None:
    body = "if (state < ACTIVE) other (early); late (); both ();"
    found = classified(tmp_path, f"void other (int (*) (void)); {body}")[2]
    assert phases(found)["early"] == ("boot", "runtime")


def test_only_the_conditions_in_the_way_are_told(tmp_path: Path) -> None:
    body = "if (c == &boot_cpu) both (); if (state < ACTIVE && n) early (); late ();"
    found = classified(tmp_path, body)[2]
    told = {bare_name(x.edge.callee): x.conditions for x in found.left_out if x.phase == "runtime"}
    assert told["early"] == ("state < ACTIVE && …",)


def test_an_edge_that_is_left_out_says_why(tmp_path: Path) -> None:
    program, graph, found = classified(tmp_path, BODIES[4])
    told = {(bare_name(x.edge.callee), x.phase): x.conditions for x in found.left_out}
    assert told == {
        ("late", "boot"): ("state >= ACTIVE",),
        ("early", "runtime"): ("!(state >= ACTIVE)",),
    }
    assert analysis_of(program, graph, found, Findings(build="original")).guarded == found.left_out
    text = explanation_text(explain(program, graph, found, "early"))
    assert "not followed at runtime: a.c:work -> a.c:early" in text
    assert "never !(state >= ACTIVE)" in text


@pytest.mark.parametrize(
    ("variable", "complaint"),
    [
        (PhaseVariable(name="stat", boot=("0",)), "no variable stat; did you mean state"),
        (PhaseVariable(name="current", boot=("0",)), "no condition .* tests current"),
        (PhaseVariable(name="state", boot=("ACTIV",)), "no value ACTIV; did you mean ACTIVE"),
        (PhaseVariable(name="state", boot=("=< ACTIVE",)), "=< is no comparison; did you mean"),
        (PhaseVariable(name="state", runtime=("> RESUME",)), "no value is > RESUME"),
        (PhaseVariable(name="&state", boot=("0",)), "no condition .* tests &state"),
    ],
)
def test_a_name_that_means_nothing_is_an_error(
    tmp_path: Path, variable: PhaseVariable, complaint: str
) -> None:
    with pytest.raises(UnknownNameError, match=complaint):
        classified(tmp_path, BODIES[0], (variable,))


def test_an_optional_variable_may_be_missing(tmp_path: Path) -> None:
    gone = PhaseVariable(name="gone", boot=("0",), optional=True)
    assert phases(classified(tmp_path, BODIES[0], (STATE, gone))[2])["early"] == ("boot",)


def test_values_are_words_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(
        "version: 1\nname: x\nsource: .\nimage: x\nroots: {boot: [start]}\n"
        "phase_variables:\n"
        '  - {name: state, boot: ["< ACTIVE"], runtime: [ACTIVE, 0x0b]}\n'
        '  - {name: "&boot_cpu", runtime: [0], optional: true}\n'
    )
    found = load(tmp_path / "x.yaml").phase_variables
    assert [(v.name, v.boot, v.runtime, v.optional) for v in found] == [
        ("state", ("< ACTIVE",), ("ACTIVE", "0x0b"), False),
        ("&boot_cpu", (), ("0",), True),
    ]
    with pytest.raises(UnknownNameError, match=r"x.yaml:8: phase_variables: &boot_cpu: no cond"):
        classified(tmp_path, BODIES[0], (found[0], replace(found[1], optional=False)))
