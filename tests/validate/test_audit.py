# SPDX-License-Identifier: MIT
"""Traces held against classes: every kind of violation, and what is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import msgspec
import pytest

from tcbsplit.callgraph import build_graph
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.machine import MachineName
from tcbsplit.model.trace import Audit, Entered, ExecutedFunction, Stray, Trace
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import BootedBuild, symbol_id
from tcbsplit.phases import Directory, Request, classify
from tcbsplit.validate.evidence.audit import Expected, Names, audit
from tcbsplit.validate.evidence.symbols import Code, Image

SOURCE = """
static void shared (void) { }
static void early (void) { shared (); }
static void moved (void) { }
static void small (void) { shared (); }
static void unreached (void) { }
void handler (void) { small (); }
void run_guest (void) { handler (); }
void start (void) { early (); moved (); run_guest (); }
"""
OTHER = "static void early (void) { }\nvoid other (void) { early (); }\n"


@pytest.fixture
def expected(tmp_path: Path) -> Expected:
    for name, text in (("a.c", SOURCE), ("b.c", OTHER)):
        (tmp_path / name).write_text(text)
    commands = [
        CompileCommand(file=n, directory=str(tmp_path), arguments=("gcc",)) for n in ("a.c", "b.c")
    ]
    program = read_program(commands, tmp_path, "x")
    graph = build_graph(program)
    request = Request(boot=("start",), runtime=("handler", "other"), launch=("run_guest",))
    classes = classify(graph, Directory(program), request)
    return Expected(program, graph, classes, frozenset({symbol_id("moved", "a.c")}))


def function(name: str, file: str = "", **entered: tuple[str, bool]) -> ExecutedFunction:
    """A function with its callers by phase, and whether it was entered inside."""
    return ExecutedFunction(
        name=name, file=file, address=0,
        entered=tuple(Entered(phase=p, caller=c, inside=i) for p, (c, i) in entered.items()),
    )  # fmt: skip


def audited(
    expected: Expected, *functions: ExecutedFunction, build: str = "original",
    symbols: tuple[tuple[str, str], ...] = (), generated: tuple[str, ...] = (),
    made: tuple[str, ...] = (), strays: tuple[Stray, ...] = (),
    excuses: Mapping[str, str] = MappingProxyType({}),
) -> Audit:  # fmt: skip
    trace = Trace(
        scenario="s", build=BootedBuild(build), image="i", digest="d", phases=("start", "runtime"),
        reached=("start", "runtime"), functions=functions, blocks=1, foreign=0,
        outside=len(strays), strays=strays,
    )  # fmt: skip
    image = Image(
        codes=[Code(0, 1, (MachineName(n, f),)) for n, f in symbols],
        generated=frozenset(generated), made=frozenset(made),
    )  # fmt: skip
    return audit([trace], replace(expected, excuses=dict(excuses)), {build: image})


ALONE = ("", False)


def test_what_may_run_is_no_violation(expected: Expected) -> None:
    found = audited(
        expected,
        function("start", start=ALONE),
        function("early", "a.c", start=("start", False)),
        function("shared", "a.c", start=("early", False), runtime=("small", False)),
        function("handler", runtime=("run_guest", False)),
        # What compilers make of one function has its name and more.
        function("small.constprop.0.isra.0", "a.c", runtime=("handler", False)),
    )
    assert found.violations == ()
    assert found.unknown == ()


def test_a_function_that_must_not_run_after_the_boundary(expected: Expected) -> None:
    found = audited(
        expected, function("early", "a.c", start=("start", False), runtime=("handler", False))
    )
    (v,) = found.violations
    assert (v.kind, v.function, v.phase) == ("not-runtime", "a.c:early", "runtime")
    assert v.classified == "boot (phases: boot)"
    assert v.reason.startswith("reached only so: ")
    assert (v.caller, v.edge) == ("handler", "handler -> a.c:early is not in the call graph")


def test_an_edge_that_is_there_is_not_called_missing(expected: Expected) -> None:
    (v,) = audited(expected, function("early", "a.c", runtime=("start", False))).violations
    assert (v.caller, v.edge) == ("start", "")
    (v,) = audited(expected, function("early", "a.c", runtime=ALONE)).violations
    assert (v.caller, v.edge) == ("", "")


def test_statics_of_one_name_are_told_apart_by_file(expected: Expected) -> None:
    assert Names(expected.program).ids("early", "a.c") == ("a.c:early",)
    found = audited(expected, function("early", "b.c", runtime=("other", False)))
    assert found.violations == ()


def test_what_moved_must_never_run_in_the_thin_build(expected: Expected) -> None:
    ran = function("moved", "a.c", start=("start", False))
    assert audited(expected, ran).violations == ()
    (v,) = audited(expected, ran, build="split").violations
    assert (v.kind, v.function, v.phase) == ("moved", "a.c:moved", "start")


def test_what_nothing_reaches_must_not_run_at_all(expected: Expected) -> None:
    (v,) = audited(expected, function("unreached", "a.c", start=ALONE)).violations
    assert (v.kind, v.classified) == ("unreached", "unreached (phases: none)")
    assert v.reason == "no chain of edges leads to it from any root"


def test_what_runs_on_may_be_what_was_inlined(expected: Expected) -> None:
    # Its own first instruction did not run, and it holds a function that may run.
    ran = function("early", "a.c", runtime=("handler", True))
    assert audited(expected, ran).violations == ()
    # Not when that function has code of its own in the image.
    (v,) = audited(expected, ran, symbols=(("shared", "a.c"),)).violations
    assert v.kind == "not-runtime"


def test_our_own_code_and_the_adapters_are_no_violations(expected: Expected) -> None:
    found = audited(
        expected,
        function("early", "glue.c", runtime=ALONE),
        function("adapter_print", runtime=ALONE),
        build="split", generated=("glue.c",), made=("adapter_print",),
    )  # fmt: skip
    assert found.violations == ()
    assert found.unknown == ("adapter_print",)


def test_what_the_analysis_does_not_know_must_not_run_after_the_boundary(
    expected: Expected,
) -> None:
    assert audited(expected, function("blob", start=ALONE)).violations == ()
    found = audited(expected, function("blob", start=ALONE, runtime=("handler", False)))
    (v,) = found.violations
    assert (v.kind, v.function, v.phase, v.caller) == ("unknown", "blob", "runtime", "handler")
    assert "audit.excuse" in v.reason
    assert found.unknown == ("blob",)
    found = audited(expected, function("blob", runtime=ALONE), excuses={"bl*": "the vendor's"})
    assert (found.violations, found.excused) == ((), {"blob": "the vendor's"})


def test_an_excuse_is_none_for_what_the_analysis_knows(expected: Expected) -> None:
    (v,) = audited(
        expected, function("early", "a.c", runtime=ALONE), excuses={"*": "all"}
    ).violations
    assert v.kind == "not-runtime"


def test_a_part_of_a_known_function_is_known(expected: Expected) -> None:
    for part in ("handler.cold", "handler.part.0", "handler.constprop.1"):
        assert audited(expected, function(part, "a.c", runtime=ALONE)).violations == ()
    (v,) = audited(expected, function("blob.cold", runtime=ALONE)).violations
    assert v.kind == "unknown"


def test_code_of_no_symbol_is_a_violation_in_any_phase(expected: Expected) -> None:
    stray = Stray(address=0x1234, near="handler", phases=("start",))
    (v,) = audited(expected, strays=(stray,)).violations
    assert (v.kind, v.function, v.phase) == ("outside", "handler … 0x1234", "start")
    found = audited(expected, strays=(stray,), excuses={"handler": "a table of jumps follows it"})
    assert found.violations == ()
    assert found.excused == {"handler": "a table of jumps follows it"}


def test_code_of_several_names_may_run_if_it_may_under_one(expected: Expected) -> None:
    ran = function("unreached", "a.c", runtime=ALONE)
    assert audited(expected, ran).violations
    both = msgspec.structs.replace(ran, aliases=(("handler", ""),))
    assert audited(expected, both).violations == ()


def test_coverage_is_of_what_the_image_holds(expected: Expected) -> None:
    found = audited(
        expected,
        function("handler", runtime=ALONE),
        function("small", "a.c", start=ALONE),
        symbols=(("handler", ""), ("small", "a.c"), ("early", "a.c")),
    )
    coverage = found.coverage["original"]
    assert (coverage.runtime, coverage.executed, coverage.never) == (2, 1, ("a.c:small",))
