# SPDX-License-Identifier: MIT
"""Generates C programs of any size with the idioms of systems code: tables and callbacks.

Files come in subsystems of eight. Each subsystem has an operations record of its own type, each
file a table of it and a call through it; every file registers a timer callback with the one timer
service. So the number of edges grows with the number of functions, as in real programs.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from tcbsplit.model.unit import CompileCommand

FUNCTIONS = 50  # in a file
FILES = 8  # in a subsystem
_TABLED = 6

_SERVICE_H = """\
struct timer { void (*callback) (void *data); void *data; };
extern int budget;
void timer_new (void (*callback) (void *data), void *data);
void timer_run (void);
"""

_SERVICE_C = """\
#include "service.h"
int budget = 20000;
static struct timer timers[{count}];
static int used;
void timer_new (void (*callback) (void *data), void *data)
{{ timers[used].callback = callback; timers[used++].data = data; }}
void timer_run (void)
{{ int i; for (i = 0; i < used; i++) timers[i].callback (timers[i].data); }}
"""


def write_program(folder: Path, functions: int, seed: int = 1) -> list[CompileCommand]:
    """Write a program of about so many functions; return how its units are compiled."""
    chance = random.Random(seed)
    count = max(functions // FUNCTIONS, 1)
    files = {
        "service.h": _SERVICE_H,
        "service.c": _SERVICE_C.format(count=count),
        "main.c": "".join(_main(count)),
    }
    for s in range((count + FILES - 1) // FILES):
        files[f"sub{s}.h"] = _header(s)
    for f in range(count):
        files[f"file{f}.c"] = "".join(_file(f, min(count, (f // FILES + 1) * FILES), chance))
    for name, text in files.items():
        (folder / name).write_text(text)
    return [
        CompileCommand(file=name, directory=str(folder), arguments=("gcc", "-std=gnu11"))
        for name in sorted(files)
        if name.endswith(".c")
    ]


def _main(count: int) -> Iterator[str]:
    yield '#include "service.h"\n'
    for f in range(count):
        yield f"void init{f} (void); int use{f} (int n);\n"
    yield "int main (void)\n{ int sum = 0;\n"
    for f in range(count):
        yield f"init{f} ();\n"
    for f in range(count):
        yield f"sum += use{f} ({f});\n"
    yield "timer_run (); return sum & 1; }\n"


def _header(subsystem: int) -> str:
    fields = " ".join(f"int (*op{i}) (int n);" for i in range(_TABLED))
    return (
        f'#include "service.h"\nstruct ops{subsystem} {{ {fields} }};\n'
        f"extern const struct ops{subsystem} *const all{subsystem}[];\n"
    )


def _file(number: int, end: int, chance: random.Random) -> Iterator[str]:
    subsystem = number // FILES
    yield f'#include "sub{subsystem}.h"\n'
    for i in range(FUNCTIONS - 4):
        calls = [f"f{chance.randrange(i)} (n + {k})" for k in range(min(i, 2))]
        body = " + ".join(["n", *calls])
        yield (
            f"static int f{i} (int n) {{ if (--budget < 0) return n; "
            f"return {body if calls else 'n + 1'}; }}\n"
        )
    chosen = [chance.randrange(FUNCTIONS - 4) for _ in range(_TABLED)]
    fields = ", ".join(f".op{i} = f{f}" for i, f in enumerate(chosen))
    yield f"const struct ops{subsystem} table{number} = {{ {fields} }};\n"
    if number % FILES == 0:
        members = range(number, end)
        yield "".join(f"extern const struct ops{subsystem} table{m};\n" for m in members)
        listed = ", ".join(f"&table{m}" for m in members)
        yield f"const struct ops{subsystem} *const all{subsystem}[] = {{ {listed}, 0 }};\n"
    yield f"static int tick{number} (int n) {{ return f{FUNCTIONS - 5} (n); }}\n"
    yield f"static void expired{number} (void *data) {{ tick{number} (*(int *) data); }}\n"
    yield (
        f"void init{number} (void) {{ static int data = {number}; "
        f"timer_new (expired{number}, &data); }}\n"
    )
    site = chance.randrange(_TABLED)
    yield (
        f"int use{number} (int n) {{ int i, sum = 0; for (i = 0; all{subsystem}[i]; i++) "
        f"sum += all{subsystem}[i]->op{site} (n); return sum; }}\n"
    )
