# SPDX-License-Identifier: MIT
"""The order of boot in small programs of one file."""

from __future__ import annotations

from pathlib import Path

from tcbsplit.callgraph import Pointing, build_graph, entries
from tcbsplit.config.settings import Accepted, OrderSettings, Registry, Start
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.order import BootOrder
from tcbsplit.model.phase import Cut
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import CutPolicy, KeyMatch, bare_name
from tcbsplit.phases import Directory, Request
from tcbsplit.phases.order import check_order
from tcbsplit.phases.request import resolve
from tests.support.reading import in_process

HEAD = """
int c (void);
void moved (void) { }
void launch (void) { }
static int x, y;
struct filter { int port; struct filter *next; int (*allow) (int); };
struct unit { const char *id; int (*init) (void); };
void *alloc (unsigned long n);
"""
READ = "int on_exit (int n) { return n < x; }\n"

UNITS = Registry(
    name="units", record="struct unit", key="id", function="init", dispatch="units_call",
    match=KeyMatch.PREFIX,
)  # fmt: skip


def ordered(
    folder: Path,
    source: str,
    *,
    accept: tuple[str, ...] = (),
    optional: bool = False,
    starts: tuple[tuple[str, str], ...] = (),
    registries: tuple[Registry, ...] = (),
    boot_only: tuple[str, ...] = (),
    policy: CutPolicy = CutPolicy.HANDOFF,
) -> BootOrder:
    """The check of a program: ``start`` boots, ``moved`` has moved, ``on_exit`` handles exits."""
    (folder / "a.c").write_text(source)
    command = CompileCommand(file="a.c", directory=str(folder), arguments=("gcc", "-std=gnu11"))
    program = read_program([command], folder, "x", executor=in_process)
    graph = build_graph(program, registries)
    directory = Directory(program, {r.name: tuple(entries(program, r)) for r in registries})
    cut = Cut(caller="*", callee="moved", policy=policy, reason="test", where="c.yaml:1")
    request = Request(
        boot=("start",), runtime=("on_exit",), boot_only=boot_only, launch=("launch",),
        preprocess=("moved",), cuts=(cut,),
    )  # fmt: skip
    settings = OrderSettings(
        starts=tuple(Start(caller=a, callee=b, reason="r", where="c.yaml:2") for a, b in starts),
        accept=tuple(
            Accepted(name=n, reason="r", optional=optional, where="c.yaml:3") for n in accept
        ),
    )
    data = Pointing(program, graph)
    return check_order(
        program, graph, resolve(graph, directory, request), settings, directory, data
    )


def late(found: BootOrder) -> str:
    """The bare names of what is late: variables and records, then handlers behind a bar."""
    states = " ".join(bare_name(s.name) for s in found.late)
    handlers = " ".join(bare_name(h.function) for h in found.handlers)
    return f"{states} | {handlers}" if handlers else states
