# SPDX-License-Identifier: MIT
"""Who is entered although no code calls it: by hardware, at startup, by somebody unknown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tcbsplit.callgraph import build_graph
from tcbsplit.config.load import load
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import symbol_id
from tcbsplit.phases import Directory, Request, classify
from tcbsplit.phases.bounds import bounds
from tcbsplit.phases.explain import explain
from tcbsplit.phases.measure import Scale
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.workspace import Workspace
from tcbsplit.report.advice import explanation_text
from tcbsplit.report.summary import summary

GATES = """
typedef unsigned long word;
static struct gate { unsigned short low, high; } idt[4];
static void deep (void) { }
void isr (void) { deep (); }
static void set (int i, void (*f) (void))
{ word a = (word) f; idt[i].low = a; idt[i].high = a >> 16; }
void run_guest (void) { }
void vmexit (void) { }
void start (void) { set (3, isr); run_guest (); }
"""
KEPT = """
void run_guest (void) { }
void start (void) { run_guest (); }
static void early_helper (void) { }
static void late_helper (void) { }
static void __attribute__ ((constructor)) early (void) { early_helper (); }
static void __attribute__ ((destructor)) last (void) { late_helper (); }
static void listed (void) { }
static void (*const list[]) (void) __attribute__ ((used, section (".init_array"))) = { listed };
void __attribute__ ((used)) for_asm (void) { }
void __attribute__ ((used)) mentioned (void) { }
void other (void) { mentioned (); }
"""
RECORDS = """
struct rec { void (*f) (void); struct rec *other; int hits; };
extern struct rec recs_start[], recs_end[];
static void f (void); static void g (void); static void h (void); static void moved (void);
#define REC __attribute__ ((used, section (".recs")))
static struct rec own REC = { f, 0, 0 };
static struct rec through REC = { h, 0, 0 };
extern struct rec second;
struct rec first REC = { g, &second, 0 };
struct rec second REC = { g, &first, 0 };
static struct rec goes REC = { moved, 0, 0 };
static void helper (void) { through.hits++; }
static void f (void) { own.hits++; }
static void g (void) { }
static void h (void) { helper (); }
static void moved (void) { goes.hits++; }
void vmexit (void) { struct rec *p; for (p = recs_start; p < recs_end; p++) p->f (); }
void run_guest (void) { }
void start (void) { run_guest (); }
"""


def read(source: str, folder: Path) -> Program:
    (folder / "a.c").write_text(source)
    command = CompileCommand(file="a.c", directory=str(folder), arguments=("gcc",))
    return read_program([command], folder, "x")


def analysed(source: str, folder: Path, **request: Any) -> tuple[ReferenceGraph, Classification]:
    program = read(source, folder)
    asked = Request(boot=("start",), launch=("run_guest",), **request)
    directory = Directory(program)
    names = (*asked.boot, *asked.launch, *asked.runtime, *asked.preprocess)
    graph = build_graph(program, roots=directory.resolve(names, "roots")[0])
    return graph, classify(graph, directory, asked)


def phases(found: Classification, name: str) -> tuple[str, ...]:
    return next(c for i, c in found.functions.items() if i.rpartition(":")[2] == name).phases


def test_what_hardware_calls_is_run_time(tmp_path: Path) -> None:
    graph, found = analysed(GATES, tmp_path, runtime=("vmexit",))
    assert phases(found, "isr") == phases(found, "deep") == ("runtime",)
    assert phases(found, "set") == ("boot",)
    assert found.assumed == {"isr"}
    assert "isr (root, assumed: a.c:7: cut up into struct gate.low)" in explanation_text(
        explain(read(GATES, tmp_path), graph, found, "deep")
    )


@pytest.mark.parametrize("where", ["boot", "boot_only", "preprocess"])
def test_the_configuration_says_when_hardware_calls(where: str, tmp_path: Path) -> None:
    boot = ("start", "isr") if where == "boot" else ("start",)
    (tmp_path / "a.c").write_text(GATES)
    command = CompileCommand(file="a.c", directory=str(tmp_path), arguments=("gcc",))
    program = read_program([command], tmp_path, "x")
    more: dict[str, Any] = {} if where == "boot" else {where: ("isr",)}
    request = Request(boot=boot, launch=("run_guest",), runtime=("vmexit",), **more)
    graph = build_graph(
        program,
        roots=[symbol_id("start"), symbol_id("run_guest"), symbol_id("vmexit"), symbol_id("isr")],
    )
    found = classify(graph, Directory(program), request)
    assert [e.function for e in graph.hardware] == ["isr"]
    assert found.assumed == frozenset()
    assert "runtime" not in phases(found, "deep")


def test_the_certain_bound_leaves_out_what_is_assumed(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text(GATES)
    command = CompileCommand(file="a.c", directory=str(tmp_path), arguments=("gcc",))
    program = read_program([command], tmp_path, "x")
    graph = build_graph(
        program, roots=[symbol_id("start"), symbol_id("run_guest"), symbol_id("vmexit")]
    )
    request = Request(boot=("start",), launch=("run_guest",), runtime=("vmexit",))
    found = bounds(graph, Directory(program), request, Scale(program, graph))
    assert found.whole.original.functions == found.certain.original.functions + 2  # isr and deep


def test_the_analysis_lists_what_hardware_calls(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "a.c").write_text(GATES)
    database = tmp_path / "cc.json"
    database.write_text(
        json.dumps([{"directory": str(tree), "file": "a.c", "arguments": ["cc", "-c", "a.c"]}])
    )
    lines = {}
    for runtime in ("vmexit", "vmexit, isr"):
        config = tmp_path / "case.yaml"
        config.write_text(
            "version: 1\nname: case\nsource: tree\nimage: case\n"
            f"roots: {{boot: [start], runtime: [{runtime}]}}\nlaunch: [run_guest]\n"
        )
        space = Workspace(tmp_path / runtime)
        analyze(load(config, compdb=database), space)
        document = json.loads(space.analysis.read_text())
        assert [h["function"] for h in document["hardware"]] == ["isr"]
        analysis = analyze(load(config, compdb=database), space)
        lines[runtime] = [s for s in summary(analysis).splitlines() if "hardware" in s]
    assert lines == {
        "vmexit": [
            "hardware may call isr (a.c:7: cut up into struct gate.low); counted as a run-time "
            "root; name it in roots to say so"
        ],
        "vmexit, isr": [],
    }


def test_what_nobody_calls_is_entered_when_its_kind_says(tmp_path: Path) -> None:
    graph, found = analysed(KEPT, tmp_path)
    assert phases(found, "early_helper") == phases(found, "listed") == ("boot",)
    assert phases(found, "late_helper") == ("runtime",)
    assert phases(found, "for_asm") == ("boot", "runtime")
    assert phases(found, "mentioned") == ()
    assert "for_asm (root, assumed: a.c:10: attribute used, no mention)" in explanation_text(
        explain(read(KEPT, tmp_path), graph, found, "for_asm")
    )


def test_the_configuration_says_when_a_kept_function_is_called(tmp_path: Path) -> None:
    _, found = analysed(KEPT, tmp_path, boot_only=("for_asm",), preprocess=("early",))
    assert phases(found, "for_asm") == ("boot",)
    assert phases(found, "early_helper") == ("preprocess",)


def test_gathered_records_stay_live(tmp_path: Path) -> None:
    _, found = analysed(RECORDS, tmp_path, runtime=("vmexit",))
    for name in "fgh":
        assert phases(found, name) == ("runtime",), name
    assert phases(found, "moved") == ("runtime",)


def test_a_gathered_record_goes_with_the_only_code_that_mentions_it(tmp_path: Path) -> None:
    _, found = analysed(RECORDS, tmp_path, runtime=("vmexit",), preprocess=("moved",))
    assert found.conflicts == ()
    assert phases(found, "moved") == ("preprocess",)
    for name in "fgh":
        assert phases(found, name) == ("runtime",), name


def test_attributes_select_functions(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text(KEPT)
    command = CompileCommand(file="a.c", directory=str(tmp_path), arguments=("gcc",))
    directory = Directory(read_program([command], tmp_path, "x"))
    assert directory.functions.ids("attribute:destructor") == ("a.c:last",)
    assert directory.functions.ids("attribute:used") == ("for_asm", "mentioned")
