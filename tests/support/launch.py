# SPDX-License-Identifier: MIT
"""Phases of the functions of one C source with a launch."""

from __future__ import annotations

from pathlib import Path

from tcbsplit.callgraph import build_graph
from tcbsplit.config.settings import Registry
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.phases import Directory, Request, classify

HEAD = """
int c (void);
static void a (void) { }
static void b (void) { }
static void d (void) { }
static int va (void) { return c (); }
static int vb (void) { return c (); }
int launch (void) { return c (); }
_Noreturn void leave (void);
static int (*hook) (void) = launch;
static void take (int x, int y, int z) { }
extern void *buffer[];
int setjmp (void *);
int twice (void) __attribute__ ((returns_twice));
#define ONCE(x) do { x; } while (0)
#define ALL(x, y, z) ONCE (x); ONCE (y); ONCE (z)
#define FIXED a (); launch (); b ()
#define HOOKED a (); hook (); b ()
typedef void never (void) __attribute__ ((noreturn));
never attributed;
void given (never *);
never *returned (void);
static void (*away) (void) = b;
struct s { int x, y; };
void *memcpy (void *to, const void *from, unsigned long n) { return to; }
#define GOTO(l) asm goto ("jmp %l0" : : : : l)
#define EACH(x) for (int i = va (); c (); x)
"""


DONE = "static void done (int *x) { }\n"


def phases(folder: Path, source: str, registries: tuple[Registry, ...] = (),
           boot: tuple[str, ...] = ("start",), runtime: tuple[str, ...] = (),
           flags: tuple[str, ...] = ("-std=gnu11",)) -> dict[str, bool]:  # fmt: skip
    """Whether each function, by its bare name, is run time."""
    (folder / "a.c").write_text(source)
    command = CompileCommand(file="a.c", directory=str(folder), arguments=("gcc", *flags))
    program = read_program([command], folder, "x")
    graph = build_graph(program, registries)
    request = Request(boot=boot, runtime=runtime, launch=("launch",))
    found = classify(graph, Directory(program), request)
    return {i.rpartition(":")[2]: "runtime" in c.phases for i, c in found.functions.items()}


def expect(found: dict[str, bool], late: str, early: str) -> None:
    assert [f for f in late.split() if not found[f]] == [], "not run time"
    assert [f for f in early.split() if found[f]] == [], "run time"
