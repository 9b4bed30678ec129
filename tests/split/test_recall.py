# SPDX-License-Identifier: MIT
"""What executions of random programs write and read at the boundary is in the computed sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcbsplit.callgraph import Pointing, build_graph
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.graph import CONTROL
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import EdgeKind, SymbolId
from tests.support.random_data import Seen, Writer
from tests.support.reading import in_process

PROGRAMS = 12


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_what_is_observed_is_computed(tmp_path: Path, seed: int) -> None:
    compare(tmp_path, seed)


def compare(tmp_path: Path, seed: int) -> None:
    """Assert that what a program writes and reads is computed."""
    writer = Writer(seed)
    source = tmp_path / "a.c"
    source.write_text(writer.program())
    command = CompileCommand(file="a.c", directory=str(tmp_path), arguments=("gcc",))
    program = read_program([command], tmp_path, "x", executor=in_process)
    assert not program.degraded
    graph = build_graph(program)
    pointing = Pointing(program, graph)
    seen = Seen(tmp_path, source, writer.names)
    guest = frozenset(graph.reach([SymbolId("moved")], lambda e: e.kind in CONTROL))
    access = pointing.access(guest)
    assert seen.wrote <= access.writers.keys()
    assert seen.read <= access.readers.keys()
    kept = frozenset(graph.reach([SymbolId("a.c:before")], lambda e: e.kind in CONTROL))
    through = {v for v, by in pointing.writers(program.variables, kept).items() if by}
    direct = {e.callee for e in graph.edges if e.kind is EdgeKind.WRITE and e.caller in kept}
    assert seen.set <= through | direct
