# SPDX-License-Identifier: MIT
"""The handoff set of small programs."""

from __future__ import annotations

from pathlib import Path

from tcbsplit.callgraph import Pointing, build_graph
from tcbsplit.config.select import Symbols
from tcbsplit.config.settings import HandoffSettings
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.split import Sides
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import SymbolId
from tcbsplit.split.decide.crossing import crossings

SOURCE = """\
typedef int four __attribute__ ((vector_size (16)));
int object; extern int other __attribute__ ((alias ("object")));
four vector; _Complex float complex; _Atomic int atomic; long counted; int only_read;
void moved (int i)
{
    other = i; vector[i] = i; __real__ complex = i; atomic++;
    __atomic_store_n (&counted, i, __ATOMIC_RELEASE);
}
int main (void) { return object + vector[1] + (int) complex + atomic + (int) counted + only_read; }
"""


def test_what_moved_code_writes_crosses_whatever_its_type_or_name(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text(SOURCE)
    command = CompileCommand(file="a.c", directory=str(tmp_path), arguments=("gcc",))
    program = read_program([command], tmp_path, "x", jobs=1)
    assert not program.degraded
    guest = frozenset({SymbolId("moved")})
    thin = frozenset({SymbolId("main"), *program.variables})
    every = frozenset(program.variables)
    sides = Sides(moved=guest, guest=guest | every, thin=thin, dropped=frozenset())
    graph = build_graph(program)
    access = Pointing(program, graph).access(guest)
    found = crossings(program, graph, sides, HandoffSettings(), access, Symbols(program.variables))
    names = ("object", "vector", "complex", "atomic", "counted")
    assert {c.variable: (c.writers, c.readers) for c in found} == dict.fromkeys(
        names, (("moved",), ("main",))
    )
    assert all(program.variables[c.variable].layout.plain for c in found)
    assert not [e for e in program.externals if e.startswith("__")]
