"""One C file per idiom; the edges that must come out stand in the same file.

``// edge: CALLER -> CALLEE KIND CONFIDENCE`` must be among the edges,
``// no edge: CALLER -> CALLEE`` must not, ``// unresolved: CALLER`` and ``// empty: CALLER`` list
all calls of that status, and ``// reference: SOURCE -> TARGET KIND`` must be among the mentions
of variables.
Adding a case is adding a file.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tcbsplit.callgraph import build_graph
from tcbsplit.config import Registry
from tcbsplit.frontend.read import read_program
from tcbsplit.model.unit import CompileCommand

CASES = Path(__file__).resolve().parent / "cases"
REGISTRY = Registry(
    name="units", record="struct unit", key="id", function="init", dispatch="units_call",
    match="prefix",
)  # fmt: skip


@pytest.mark.parametrize("case", sorted(CASES.glob("*.c")), ids=lambda p: p.stem)
def test_idiom(case: Path) -> None:
    text = case.read_text()
    command = CompileCommand(file=case.name, directory=str(CASES), arguments=("gcc", "-std=gnu11"))
    program = read_program([command], CASES, "case")
    assert not program.degraded, program.degraded
    graph = build_graph(program, [REGISTRY] if "struct unit" in text else [])
    prefix = f"{case.name}:"
    found = {
        (e.caller.removeprefix(prefix), e.callee.removeprefix(prefix), e.kind, e.confidence)
        for e in graph.edges
    }
    wanted = re.findall(r"// edge: (\S+) -> (\S+) (\S+) (\S+)", text)
    forbidden = re.findall(r"// no edge: (\S+) -> (\S+)", text)
    mentions = re.findall(r"// reference: (\S+) -> (\S+) (\S+)", text)
    unresolved = re.findall(r"// unresolved: (\S+)", text)
    assert wanted or mentions or unresolved, "the case expects nothing"
    for edge in wanted:
        assert edge in found
    control = {(a, b) for a, b, kind, _ in found if kind in ("call", "indirect", "registry")}
    for pair in forbidden:
        assert pair not in control
    for source, target, kind in mentions:
        assert (source, target, kind, "exact") in found
    assert set(unresolved) == {s.caller.removeprefix(prefix) for s in graph.unresolved}
    empty = {s.caller.removeprefix(prefix) for s in graph.empty}
    assert set(re.findall(r"// empty: (\S+)", text)) == empty


def test_there_are_cases() -> None:
    assert len(list(CASES.glob("*.c"))) >= 12
