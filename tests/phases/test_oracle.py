# SPDX-License-Identifier: MIT
"""Machine code against graph and classes: what joins, what contradicts, and that it is noticed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tcbsplit.callgraph import build_graph
from tcbsplit.frontend.machine.binaries import read_machine
from tcbsplit.frontend.machine.complete import completed
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.machine import Built, Findings
from tcbsplit.model.phase import Cut
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import CutPolicy, Language, SymbolId, symbol_id
from tcbsplit.phases import Directory, Request
from tcbsplit.phases.classify import classify, running
from tcbsplit.phases.contradictions import examine
from tcbsplit.phases.request import resolve

FLAGS = ("-O1", "-ffreestanding", "-fno-pic", "-fno-stack-protector", "-w")
COMPILER_MADE = """
struct big { char bytes[1 << 16]; };
struct big now, saved;
void *memcpy (void *to, const void *from, unsigned long n)
{ char *t = to; const char *f = from; while (n--) { asm volatile (""); *t++ = *f++; } return to; }
void launch (void) { asm volatile (""); }
void handle (void) { now = saved; }
void start (void) { launch (); }
"""


class Tree:
    """A built program: sources by name, an image linked of all of them."""

    def __init__(
        self, folder: Path, sources: dict[str, str], *ld: str, flags: tuple[str, ...] = FLAGS
    ):
        self.folder = folder
        self.commands = []
        for name, text in sources.items():
            (folder / name).write_text(text)
            output = f"{Path(name).stem}.o"
            compiler = "g++" if name.endswith(".cc") else "gcc"
            subprocess.run([compiler, *flags, "-c", name, "-o", output], cwd=folder, check=True)
            self.commands.append(
                CompileCommand(
                    file=name, directory=str(folder), arguments=("gcc", *flags), output=output,
                    language=Language.C if name.endswith(".c") else Language.ASSEMBLY,
                )
            )  # fmt: skip
        objects = [c.output for c in self.commands]
        command = ["ld", "-e", "start", *ld, "-o", "image", *objects]
        subprocess.run(command, cwd=folder, check=True)
        self.program: Program = read_program(self.commands, folder, "image")
        self.built: Built = self._read(folder / "image")
        self.whole = completed(self.program, self.built)

    def _read(self, *images: Path) -> Built:
        return read_machine(self.program, [self.folder], images, jobs=1, cache=None)

    def graph(self, built: Built | None = None) -> ReferenceGraph:
        """The graph with machine code joined; without, if an empty ``built`` is given."""
        roots = [symbol_id(n) for n in ("start", "handle", "launch")]
        codes = (self.built if built is None else built).codes
        return build_graph(self.whole, roots=roots, machine=codes)

    def findings(self, graph: ReferenceGraph, *cuts: Cut, runtime: tuple[str, ...] = ("handle",),
                 **options: Any) -> Findings:  # fmt: skip
        directory = Directory(self.whole)
        wanted = Request(boot=("start",), runtime=runtime, launch=("launch",), cuts=cuts)
        request = resolve(graph, directory, wanted)
        classes = classify(graph, directory, wanted)
        return examine(
            self.whole, graph, classes, self.built, "original", runs=running(graph, request),
            **options,
        )  # fmt: skip


def found(findings: Findings) -> set[tuple[str, str, str]]:
    return {(c.kind, c.caller, c.callee) for c in findings.contradictions}


def test_what_the_compiler_calls_by_itself_joins_or_contradicts(tmp_path: Path) -> None:
    tree = Tree(tmp_path, {"a.c": COMPILER_MADE})
    without = tree.findings(tree.graph(Built()))
    assert found(without) == {("edge", "handle", "memcpy")}
    (contradiction,) = without.contradictions
    assert contradiction.reason == "the compiler calls it by itself"
    assert "handle is runtime" in contradiction.known
    assert "memcpy is unreached" in contradiction.known
    assert contradiction.file == "a.c"
    graph = tree.graph()
    assert found(tree.findings(graph)) == set()
    assert tree.findings(graph).joined == 1
    (edge,) = [e for e in graph.edges if e.rule == "machine code"]
    assert (edge.caller, edge.callee, edge.kind, edge.confidence) == (
        "handle", "memcpy", "call", "exact")  # fmt: skip


def test_a_branch_to_code_that_is_not_run_time_contradicts(tmp_path: Path) -> None:
    """The graph has the edge; a class that denies it (here: by a request that lies) is noticed."""
    tree = Tree(tmp_path, {
        "a.c": "int x; void setup (void) { x++; asm volatile (\"\"); }"
               "void launch (void) { asm volatile (\"\"); } void handle (void) { setup (); x++; }"
               "void start (void) { setup (); launch (); }",
    }, flags=(*FLAGS, "-fno-inline"))  # fmt: skip
    graph = tree.graph()
    assert found(tree.findings(graph)) == set()
    cut = Cut(caller="handle", callee="setup", policy=CutPolicy.ELIDE, reason="test")
    assert found(tree.findings(graph, cut)) == set(), "a declared cut is no contradiction"
    wrong = msgspec.structs.replace(
        graph, edges=tuple(e for e in graph.edges if (e.caller, e.callee) != ("handle", "setup"))
    )
    assert found(tree.findings(wrong)) == {("edge", "handle", "setup")}


def test_the_phase_of_a_branch(tmp_path: Path) -> None:
    tree = Tree(tmp_path, {
        "a.c": "int x; void setup (void) { x++; asm volatile (\"\"); }"
               "void launch (void) { asm volatile (\"\"); }"
               "void handle (void) { x++; } void start (void) { setup (); launch (); handle (); }",
    }, flags=(*FLAGS, "-fno-inline"))  # fmt: skip
    graph = tree.graph()
    directory = Directory(tree.whole)
    wanted = Request(boot=("start",), runtime=("handle",), launch=("launch",))
    request = resolve(graph, directory, wanted)
    classes = classify(graph, directory, wanted)
    assert "runtime" in classes.functions[SymbolId("start")].phases
    assert classes.of(SymbolId("setup")) == "boot"
    ordered = examine(tree.whole, graph, classes, tree.built, "original",
                      runs=running(graph, request))  # fmt: skip
    assert found(ordered) == set(), "what stands before the launch is no contradiction"
    blind = examine(tree.whole, graph, classes, tree.built, "original", runs=lambda f, e: True)
    assert found(blind) == {("phase", "start", "setup")}


def test_inlined_code_stands_at_its_caller(tmp_path: Path) -> None:
    tree = Tree(tmp_path, {
        "a.c": "int x; void deep (void); static void middle (void) { deep (); }"
               "static void outer (void) { middle (); x++; }"
               "void launch (void) { asm volatile (\"\"); }"
               "void handle (void) { outer (); } void start (void) { launch (); }",
        "b.c": "extern int x; void deep (void) { x = 7; }",
    }, flags=(*FLAGS, "-O2"))  # fmt: skip
    graph = tree.graph()
    assert not any(e.rule == "machine code" for e in graph.edges)
    assert found(tree.findings(graph)) == set()


@pytest.mark.parametrize(
    ("ld", "callee"), [(("--wrap=hook",), "__wrap_hook"), (("--defsym=missing=late",), "late")]
)
def test_what_the_linker_decides(tmp_path: Path, ld: tuple[str, ...], callee: str) -> None:
    tree = Tree(tmp_path, {
        "a.c": "int x; void hook (void) { x = 1; } void __wrap_hook (void) { x = 2; }"
               "void late (void) { x = 3; } void launch (void) { asm volatile (\"\"); }",
        "b.c": "void hook (void); void launch (void); void missing (void);"
               "void handle (void) { hook (); missing (); } void start (void) { launch (); }",
    }, *({"--defsym=missing=hook", *ld} if "missing" not in ld[0] else ld))  # fmt: skip
    graph = tree.graph()
    assert callee in graph.reach([SymbolId("handle")])
    assert found(tree.findings(graph)) == set()
    assert ("edge", "handle", callee) in found(tree.findings(tree.graph(Built())))


def test_objects_without_c_source_are_read(tmp_path: Path) -> None:
    tree = Tree(tmp_path, {
        "a.c": "void helper (void) { asm volatile (\"\"); } void plus (void);"
               "void launch (void) { asm volatile (\"\"); }"
               "void handle (void) { plus (); } void start (void) { launch (); }",
        "p.cc": "extern \"C\" void helper (); struct S { virtual void f (); };"
                "void S::f () { helper (); } extern \"C\" void plus () { S s; S *p = &s;"
                "asm volatile (\"\" : \"+r\" (p)); p->f (); }",
    }, "--unresolved-symbols=ignore-all", flags=("-O1", "-fno-pic", "-fno-exceptions", "-fno-rtti",
                                                 "-fno-stack-protector"))  # fmt: skip
    assert {"plus", "helper"} <= tree.graph().reach([SymbolId("handle")]).keys()


def test_labels_of_assembly_outside_of_functions(tmp_path: Path) -> None:
    """A macro makes the stubs: the text cannot be read, the object can."""
    tree = Tree(tmp_path, {
        "a.c": "#define STUB(n) void stub_##n (void); asm (\"stub_\" #n \": jmp common\");\n"
               "STUB (1) STUB (2)\n"
               "void common (void) { asm volatile (\"\"); }"
               "void launch (void) { asm volatile (\"\"); }"
               "void handle (void) { stub_2 (); } void start (void) { launch (); }",
    })  # fmt: skip
    reached = {i.rpartition(":")[2] for i in tree.graph().reach([SymbolId("handle")])}
    assert {"stub_2", "common"} <= reached
    assert "stub_1" not in reached


def test_old_objects_are_not_believed(tmp_path: Path) -> None:
    tree = Tree(tmp_path, {"a.c": COMPILER_MADE})
    os.utime(tmp_path / "a.c", (2**31, 2**31))
    again = tree._read(tmp_path / "image")
    assert (again.stale, again.codes, again.missing) == (("a.c",), (again.codes), ())
    assert not any(c.unit for c in again.codes)
    (tmp_path / "a.o").unlink()
    assert tree._read().missing == ("a.c",)
    nothing = tree._read()
    tree.built = nothing
    unknown = tree.findings(tree.graph(nothing))
    assert unknown.affected == ("memcpy",)
    assert unknown.branches == 0


@pytest.mark.parametrize(("call", "affected"), [
    ("memmove (0, 0, 1);", ()), ("memcpy (0, 0, 1);", ()), ("", ("memmove", "memcpy")),
])  # fmt: skip
def test_what_has_several_names_runs_by_any(
    call: str, affected: tuple[str, ...], tmp_path: Path
) -> None:
    args = "(void *d, const void *s, unsigned long n)"
    tree = Tree(tmp_path, {
        "a.c": f"void *memmove {args} {{ asm volatile (\"\"); return d; }}"
               f"void *memcpy {args} __attribute__ ((alias (\"memmove\")));"
               "void launch (void) { asm volatile (\"\"); }"
               f"void handle (void) {{ {call} }} void start (void) {{ launch (); }}",
    })  # fmt: skip
    (tmp_path / "a.o").unlink()
    nothing = tree.built = tree._read()
    assert sorted(tree.findings(tree.graph(nothing)).affected) == sorted(affected)


CONFIG = """version: 1
name: case
source: .
image: image
roots: {boot: [start], runtime: [handle]}
launch: [launch]
"""


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tcbsplit", *words], cwd=folder, text=True, capture_output=True
    )


def test_the_command_exits_1_with_each_contradiction(tmp_path: Path) -> None:
    tree = Tree(tmp_path, {"a.c": COMPILER_MADE})
    (tmp_path / "case.yaml").write_text(CONFIG)
    entry = {"directory": str(tmp_path), "file": "a.c", "output": "a.o",
             "arguments": ["gcc", *FLAGS, "-c", "a.c", "-o", "a.o"]}  # fmt: skip
    (tmp_path / "db.json").write_text(json.dumps([entry]))
    (tmp_path / "a.o").rename(tmp_path / "kept.o")
    (tmp_path / "image").rename(tmp_path / "kept")
    analyze = ("analyze", "case.yaml", "--compdb", "db.json", "--artifacts", "out")
    blind = run(tmp_path, *analyze)
    assert blind.returncode == 0, blind.stderr
    assert "calls that compilers make by themselves were not seen" in blind.stdout
    assert "1 functions that compilers call by themselves" in blind.stdout
    assert run(tmp_path, "audit", "case.yaml", "--artifacts", "out", "--no-boot").returncode == 2
    bad = run(tmp_path, "audit", "case.yaml", "--artifacts", "out", "--no-boot", "--image", "kept")
    assert bad.returncode == 1
    assert "CONTRADICTION a.c:7: handle -> memcpy at 0x4" in bad.stdout
    assert "1 contradictions between machine code and the analysis" in bad.stderr
    (tmp_path / "kept.o").rename(tmp_path / "a.o")
    (tmp_path / "kept").rename(tmp_path / "image")
    seen = run(tmp_path, *analyze)
    assert "0 contradictions (1 objects, image image, 1 edges that no source shows)" in seen.stdout
    assert run(tmp_path, "audit", "case.yaml", "--artifacts", "out", "--no-boot").returncode == 0
    assert tree.program.functions
