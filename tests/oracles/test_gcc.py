# SPDX-License-Identifier: MIT
"""Direct calls of the embedded hypervisor are those that GCC sees."""

from __future__ import annotations

from tcbsplit.callgraph import build_graph
from tcbsplit.frontend import compiledb
from tcbsplit.frontend.reading import read_program
from tests.oracles.gcc import direct_edges, gcc_edges, unheadered
from tests.support.minivisor import Minivisor

# Builtins that look like functions and become instructions: GCC has no edge for them.
EXPANDED = {"va_start", "va_end", "va_copy"}


def test_direct_calls_are_those_of_gcc(minivisor: Minivisor) -> None:
    settings, space = minivisor.settings, minivisor.analysed()
    commands = compiledb.Database(space.compdb, settings.source).commands(settings.exclude)
    program = read_program(commands, settings.source, settings.image)
    graph = build_graph(program)
    wanted, defined, failed = gcc_edges((c for c in commands if c.language == "c"), settings.source)
    assert not failed
    known = program.functions
    expected = unheadered(wanted, known)
    # GCC leaves out static functions that nobody calls, and what they call.
    callers = {a for a, _ in unheadered({(d, d) for d in defined}, known)}
    found = {e for e in unheadered(direct_edges(program, graph), known) if e[0] in callers}
    assert len(expected) > 200
    assert {e for e in found - expected if e[1] not in EXPANDED} == set()
    assert expected - found == set()
