# SPDX-License-Identifier: MIT
"""Generated programs, run: whatever is seen to run after the launch must be run time.

Every branch asks ``pick`` of the harness, so that many runs take many ways. Each program is
compiled with gcc and run some hundred times; the harness notes which functions are called once the
guest has been launched. That is a lower bound of what run time is.
"""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from tcbsplit.callgraph import build_graph
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.phases import Directory, Request, classify

HARNESS = r"""
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

int start (void);
jmp_buf state;
int armed;
static sigjmp_buf whole;
static char stack[65536];
static unsigned seed;
static int launched, left, jumps;
static char after[256];

int pick (void)
{
	if (--left < 0)
		siglongjmp (whole, 1);
	seed = seed * 1103515245u + 12345u;
	return seed >> 16 & 1;
}

int hit (int n)
{
	after[n] |= launched;
	if (armed && launched && jumps > 0 && pick () && pick ()) {
		jumps--;
		longjmp (state, 1);
	}
	return pick ();
}

void started (void)
{
	launched = 1;
	pick ();
}

static void give_up (int signal)
{
	siglongjmp (whole, 1);
}

int main (void)
{
	/* A loop may hold no pick, and a recursion neither. */
	struct itimerval tick = { { 0, 0 }, { 0, 20000 } };
	stack_t own = { .ss_sp = stack, .ss_size = sizeof stack };
	struct sigaction action = { .sa_handler = give_up, .sa_flags = SA_ONSTACK };
	sigaltstack (&own, NULL);
	sigaction (SIGALRM, &action, NULL);
	sigaction (SIGSEGV, &action, NULL);
	for (unsigned run = 0; run < 300; run++) {
		seed = run * 2654435761u;
		armed = launched = 0;
		left = 300;
		jumps = 2;
		setitimer (ITIMER_REAL, &tick, NULL);
		if (!sigsetjmp (whole, 1))
			start ();
	}
	for (int i = 0; i < 256; i++)
		if (after[i])
			printf ("%d ", i);
	return 0;
}
"""
HEAD = """
#include <setjmp.h>
extern jmp_buf state;
extern int armed;
int pick (void);
int hit (int n);
void started (void);
int launch (void) { started (); return pick (); }
static int (*hook) (void) = launch;
static int take (int a, int b) { return pick () ? a : b; }
#define BOTH(a, b) do { a; b; } while (0)
#define AROUND(f) ({ f; launch (); })
#define INDIRECTLY hook ()
"""


class Writer:
    """Writes the functions of one program."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0
        self.launches = 0
        self.labels: list[str] = []
        self.placed: list[str] = []
        self.name = ""
        self.callees: list[str] = []

    def program(self) -> str:
        """The text: some helpers, each of which may call those before, itself, and the last."""
        functions = []
        names = [f"f{i}" for i in range(self.random.randint(0, 3))]
        for i, name in enumerate([*names, "start"]):
            self.name, self.callees = name, names[: i + 1] or []
            functions.append(self.function(name))
        declared = "".join(f"static int {n} (void);\n" for n in names)
        leaves = "".join(f"static int c{i} (void) {{ return hit ({i}); }}\n"
                         for i in range(self.count))  # fmt: skip
        return HEAD + leaves + declared + "\n".join(functions)

    def function(self, name: str) -> str:
        self.labels = [f"{name}_{i}" for i in range(self.random.randint(0, 3))]
        self.placed = []
        body = self.block(self.random.randint(3, 6), 0, False, False)
        if name == "start" and not self.launches:
            body += self.launch() + ";\n"
        body += "".join(f"{label}:;\n" for label in self.labels if label not in self.placed)
        table = "".join(f"&&{label}, " for label in self.labels)
        table = f"void *table[] = {{{table}}}; (void) table;\n" if table else ""
        kind = "int" if name == "start" else "static int"
        return f"{kind} {name} (void)\n{{\n{table}{body}return 0;\n}}\n"

    def block(self, count: int, depth: int, loop: bool, switch: bool) -> str:
        return "".join(self.statement(depth, loop, switch) for _ in range(count))

    def inner(self, depth: int, loop: bool, switch: bool) -> str:
        return "{\n" + self.block(self.random.randint(1, 3), depth + 1, loop, switch) + "}\n"

    def call(self) -> str:
        self.count += 1
        return f"c{self.count - 1} ()"

    def launch(self) -> str:
        self.launches += 1
        return self.random.choice(("launch ()", "hook ()", "INDIRECTLY", "(*hook) ()"))

    def value(self, depth: int = 0) -> str:
        """An expression that does something."""
        r = self.random
        kind = r.randrange(14) if depth < 2 else r.randrange(6)
        if kind < 5:
            return self.call()
        if kind == 5:
            return self.launch() if r.random() < 0.5 else "pick ()"
        a, b = self.value(depth + 1), self.value(depth + 1)
        return [
            f"take ({a}, {b})",
            f"({a} ? {b} : {self.value(depth + 1)})",
            f"({a} && {b})",
            f"({a} || {b})",
            f"({a} + {b})",
            f"({a}, {b})",
            f"({a} ?: {b})",
            f"AROUND ({a})",
        ][kind - 6]

    def statement(self, depth: int, loop: bool, switch: bool) -> str:
        r = self.random
        label = ""
        waiting = [n for n in self.labels if n not in self.placed]
        if waiting and r.random() < 0.25:
            self.placed.append(waiting[0])
            label = f"{waiting[0]}:;\n"
        simple = [self.plain, self.plain, self.plain, self.jump]
        nested = [self.if_, self.loop, self.loop, self.switch]
        make = r.choice(simple + (nested if depth < 3 else []))
        return label + make(depth, loop, switch)

    def plain(self, depth: int, loop: bool, switch: bool) -> str:
        r = self.random
        kind = r.randrange(8)
        if kind == 0 and self.callees:
            return f"{r.choice(self.callees)} ();\n"
        if kind == 1:
            return f"BOTH ({self.call()}, {self.value()}); {self.call()};\n"
        if kind == 2:
            return f"{self.call()}; {self.value()}; {self.call()};\n"
        if kind == 3:
            return f"{{ int a[] = {{{self.value()}, {self.value()}}}; (void) a; }}\n"
        if kind == 4 and self.name == "start":
            return f"if (setjmp (state)) {{ {self.call()}; }} armed = 1;\n"
        return f"{self.value()};\n"

    def jump(self, depth: int, loop: bool, switch: bool) -> str:
        r = self.random
        ways = ["return 0;"]
        if loop:
            ways += ["break;", "continue;", "break;", "continue;"]
        elif switch:
            ways += ["break;", "break;"]
        if self.labels:
            label = r.choice(self.labels)
            ways += [f"goto {label};"] * 3
            ways.append(f"goto *table[pick () % {len(self.labels)}];")
            ways.append(f'asm goto ("testl %0, %0; jnz %l1" : : "r" (pick ()) : "cc" : {label});')
        return f"if (pick ()) {r.choice(ways)}\n"

    def if_(self, depth: int, loop: bool, switch: bool) -> str:
        text = f"if ({self.value(1)}) {self.inner(depth, loop, switch)}"
        if self.random.random() < 0.5:
            text += f"else {self.inner(depth, loop, switch)}"
        return text

    def loop(self, depth: int, loop: bool, switch: bool) -> str:
        r = self.random
        body = self.inner(depth, True, False)
        first = r.choice(("", self.value(1), f"int i = {self.value(1)}"))
        condition = r.choice(("", self.value(1), "pick ()"))
        step = r.choice(("", self.value(1)))
        return r.choice(
            (
                f"while ({self.value(1)}) {body}",
                f"while (1) {body}",
                f"for ({first}; {condition}; {step}) {body}",
                f"for ({first}; {condition}; {step}) {body}",
                f"do {body} while ({self.value(1)});\n",
                f"do {body} while (0);\n",
            )
        )

    def switch(self, depth: int, loop: bool, switch: bool) -> str:
        r = self.random
        text = f"switch (pick () * 2 + {self.value(1)}) {{\n"
        for name in ("case 0", "case 1", r.choice(("case 2", "default"))):
            text += f"{name}:\n" + self.block(r.randint(1, 2), depth + 1, loop, True)
            text += r.choice(("", "break;\n"))
        if r.random() < 0.3:  # Duff's device
            text += f"while (pick ()) {{ {self.call()}; case 3: {self.value(1)}; }}\n"
        return text + "}\n"


def classes(folder: Path) -> dict[str, bool]:
    """Whether each function of the program is run time."""
    command = CompileCommand(file="a.c", directory=str(folder), arguments=("gcc", "-std=gnu11"))
    program = read_program([command], folder, "x")
    assert not program.degraded, program.degraded
    request = Request(boot=("start",), launch=("launch",))
    found = classify(build_graph(program), Directory(program), request)
    return {i.rpartition(":")[2]: "runtime" in c.phases for i, c in found.functions.items()}


def observed(folder: Path) -> set[str]:
    """The functions that were seen to be called after the launch."""
    (folder / "harness.c").write_text(HARNESS)
    subprocess.run(
        ["gcc", "-w", "-O0", "-o", "a.out", "a.c", "harness.c"], cwd=folder, check=True, timeout=60
    )
    done = subprocess.run(["./a.out"], cwd=folder, check=True, capture_output=True, timeout=60)
    return {f"c{n}" for n in done.stdout.decode().split()}


@pytest.mark.parametrize("chunk", range(4))
def test_what_runs_after_the_launch_is_run_time(chunk: int, tmp_path: Path) -> None:
    seen = spared = 0
    for seed in range(chunk * 6, chunk * 6 + 6):
        folder = tmp_path / str(seed)
        folder.mkdir()
        (folder / "a.c").write_text(Writer(seed).program())
        after, found = observed(folder), classes(folder)
        missed = sorted(f for f in after if not found[f])
        assert not missed, (seed, missed)
        seen += len(after)
        spared += sum(not late for name, late in found.items() if name[0] == "c")
    # Programs that launch nothing, or classes that are all alike, would prove nothing.
    assert seen > 10
    assert spared > 10
