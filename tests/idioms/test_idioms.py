# SPDX-License-Identifier: MIT
"""One C file per idiom; what must come out stands in the same file, in comments.

``edge: CALLER -> CALLEE KIND CONFIDENCE`` must be among the edges, ``no edge: CALLER -> CALLEE``
must not be among those along which control passes; ``reference: SOURCE -> TARGET KIND`` must be
among the mentions; ``STATUS: CALLER ...`` for a status of indirect calls lists all calls of it
(unresolved and empty ones always, the others where the line is there); ``reached: F ...`` and
``not reached: F ...`` say what can run; ``reads: F NODE``, ``writes: F NODE`` and ``not writes:``
say which variables and fields are used; ``why empty: F TEXT`` is part of the reason.
``hardware: F ...`` lists all functions that hardware may call, ``why hardware: F TEXT`` is part of
how, ``unasked: F PHASE ...`` says when the loader, or nobody knows who, enters F, and
``gathered: V ...`` lists all variables that somebody finds without a mention.

``roots: F ...`` explores from there (without it, all code can run), ``registry: {YAML}`` and
``bridge: A -> B`` configure, ``flags: ...`` go to the compiler, and ``file: NAME`` begins another
unit of the same program. Adding a case is adding a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import yaml

from tcbsplit.callgraph import build_graph
from tcbsplit.config.settings import Bridge, Registry
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.access import users_of_variables
from tcbsplit.model.graph import CONTROL, ReferenceGraph
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import Language, SymbolId

CASES = Path(__file__).resolve().parent / "cases"
STATUSES = ("exact", "resolved", "registry", "assumed", "empty", "external", "unresolved")
KEYS = {"registry": "by registry"}
SETTINGS = {"roots", "registry", "bridge", "flags", "file"}
EXPECTATIONS = {
    "edge", "no edge", "reference", "degraded", "reached", "not reached", "reads", "writes",
    "not writes", "why empty", "hardware", "why hardware", "unasked", "gathered", "by registry",
    "exact", "resolved", "assumed", "empty", "external", "unresolved",
}  # fmt: skip


class Expected:
    """The comments of a case."""

    def __init__(self, text: str) -> None:
        self.lines = re.findall(r"^// ([a-z ]+): (.+?)\s*$", text, re.MULTILINE)

    def of(self, key: str) -> list[list[str]]:
        """The words of each line with this key, arrows left out."""
        return [[w for w in value.split() if w != "->"] for k, value in self.lines if k == key]

    def text(self, key: str) -> list[str]:
        return [value for k, value in self.lines if k == key]


def units(case: Path, folder: Path, flags: list[str]) -> Iterator[CompileCommand]:
    """Write the files of a case; yield how each is compiled."""
    name = case.name
    lines: list[str] = []
    files: dict[str, list[str]] = {}
    for line in case.read_text().splitlines(keepends=True):
        if found := re.match(r"// file: (\S+)", line):
            name, lines = found.group(1), []
        lines.append(line)
        files[name] = lines
    for name, content in files.items():
        (folder / name).write_text("".join(content))
        if not name.endswith(".h"):
            language = Language.C if name.endswith(".c") else Language.ASSEMBLY
            yield CompileCommand(
                file=name, directory=str(folder), arguments=("gcc", "-std=gnu11", *flags),
                language=language,
            )  # fmt: skip


def plain(identity: str) -> str:
    """Without the file of a static function or variable."""
    return identity.rpartition(":")[2]


def linked(case: Path, folder: Path) -> tuple[Expected, Program, ReferenceGraph]:
    """Read and link a case, and build its graph."""
    expected = Expected(case.read_text())
    flags = [w for words in expected.of("flags") for w in words]
    program = read_program(list(units(case, folder, flags)), folder, "case")
    registries = [
        msgspec.convert(yaml.load(text, yaml.BaseLoader), Registry, strict=False)
        for text in expected.text("registry")
    ]
    bridges = [Bridge(caller=a, callee=b, reason="test") for a, b in expected.of("bridge")]
    roots = [SymbolId(w) for words in expected.of("roots") for w in words] or None
    return expected, program, build_graph(program, registries, bridges, roots)


@pytest.mark.parametrize("case", sorted(CASES.glob("*.c")), ids=lambda p: p.stem)
def test_idiom(case: Path, tmp_path: Path) -> None:
    expected, program, graph = linked(case, tmp_path)
    assert bool(program.degraded) == bool(expected.of("degraded")), program.degraded
    keys = {key for key, _ in expected.lines}
    assert keys & EXPECTATIONS, "the case expects nothing"
    assert keys <= EXPECTATIONS | SETTINGS, "a comment looks like a directive and is none"
    assert "roots" in keys or not keys & {"reached", "not reached"}, (
        "without roots nothing is reached"
    )
    found = {(plain(e.caller), plain(e.callee), e.kind, e.confidence) for e in graph.edges}
    for edge in expected.of("edge"):
        assert tuple(edge) in found
    control = {(a, b) for a, b, kind, _ in found if kind in CONTROL}
    for pair in expected.of("no edge"):
        assert tuple(pair) not in control
    for source, target, kind in expected.of("reference"):
        assert (source, target, kind, "exact") in found
    check_sites(expected, graph)
    check_reach(expected, graph)
    check_entrances(expected, graph)
    check_access(expected, program, graph)


def check_sites(expected: Expected, graph: ReferenceGraph) -> None:
    for status in STATUSES:
        wanted = {w for words in expected.of(KEYS.get(status, status)) for w in words}
        callers = {plain(s.caller) for s in graph.sites if s.status == status}
        if wanted or status in ("empty", "external", "unresolved"):
            assert callers == wanted, status
    for line in expected.text("why empty"):
        caller, _, text = line.partition(" ")
        assert any(text in s.reason for s in graph.empty if plain(s.caller) == caller)


def check_reach(expected: Expected, graph: ReferenceGraph) -> None:
    roots = [SymbolId(w) for words in expected.of("roots") for w in words]
    reached = {plain(i) for i in graph.reach(roots)}
    assert reached >= {w for words in expected.of("reached") for w in words}
    assert not reached & {w for words in expected.of("not reached") for w in words}


def check_entrances(expected: Expected, graph: ReferenceGraph) -> None:
    hardware = {plain(e.function) for e in graph.hardware}
    assert hardware == {w for words in expected.of("hardware") for w in words}, graph.hardware
    for line in expected.text("why hardware"):
        function, _, text = line.partition(" ")
        ways = [e for e in graph.hardware if plain(e.function) == function]
        assert any(text in f"{e.file}:{e.line}: {e.how}" for e in ways), ways
    unasked: dict[str, set[str]] = {}
    for e in graph.unasked:
        unasked.setdefault(plain(e.function), set()).update(e.phases)
    assert unasked == {f: set(phases) for f, *phases in expected.of("unasked")}
    wanted = {w for words in expected.of("gathered") for w in words}
    assert {plain(v) for v in graph.gathered} == wanted


def check_access(expected: Expected, program: Program, graph: ReferenceGraph) -> None:
    found = {(key, f, n) for f, key, n in accesses(program, graph)}
    for key in ("reads", "writes"):
        for line in expected.text(key):
            function, node = line.split(None, 1)
            assert (key, function, node) in found
    for line in expected.text("not writes"):
        function, node = line.split(None, 1)
        assert ("writes", function, node) not in found


def accesses(program: Program, graph: ReferenceGraph) -> Iterator[tuple[str, str, str]]:
    """(function, reads or writes, node) of all variables and fields."""
    for variable, users in users_of_variables(program, graph, through_pointers=True).items():
        yield from ((plain(f), "reads", f"v:{plain(variable)}") for f in users.readers)
        yield from ((plain(f), "writes", f"v:{plain(variable)}") for f in users.writers)
    for use in program.fields:
        yield from ((plain(use.owner), "reads", node) for node in use.reads)
        yield from ((plain(use.owner), "writes", node) for node in use.writes)


def test_there_are_cases() -> None:
    assert len(list(CASES.glob("*.c"))) >= 40
