# SPDX-License-Identifier: MIT
"""Random programs that move addresses of variables about, and what an execution of them shows."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

HEAD = """\
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct node { int value; int *at; struct node *next; };
union word { int *at; struct node *node; };
"""
INTS, POINTERS, DOUBLES, NODES, LINKS, UNIONS = 6, 4, 3, 4, 3, 2
HELPERS = """\
static void put (int *to, int value) { *to = value; }
static void aim (int **what, int *at) { *what = at; }
static int *same (int *p) { return p; }
static int *either (int *p, int *q, int which) { return which & 1 ? p : q; }
static struct node *step (struct node *n) { return n->next; }
static void (*putter) (int *, int) = put;
static void all (int count, ...)
{
	__builtin_va_list rest;
	__builtin_va_start (rest, count);
	while (count--) *__builtin_va_arg (rest, int *) += 1;
	__builtin_va_end (rest);
}
"""


class Writer:
    """Writes one program; equal seeds give equal programs."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.names = [
            *(f"i{n}" for n in range(INTS)), *(f"p{n}" for n in range(POINTERS)),
            *(f"d{n}" for n in range(DOUBLES)), *(f"n{n}" for n in range(NODES)),
            *(f"l{n}" for n in range(LINKS)), *(f"u{n}" for n in range(UNIONS)), "array", "table",
        ]  # fmt: skip

    def one(self, *choices: str) -> str:
        return self.random.choice(choices)

    def n(self, count: int) -> int:
        return self.random.randrange(count)

    def node(self) -> str:
        """An expression for the address of a node."""
        return self.one(
            f"&n{self.n(NODES)}", f"l{self.n(LINKS)}", f"l{self.n(LINKS)}->next",
            f"step (l{self.n(LINKS)})", f"n{self.n(NODES)}.next",
        )  # fmt: skip

    def at(self) -> str:
        """An expression for the address of an int."""
        p, other = f"p{self.n(POINTERS)}", f"&i{self.n(INTS)}"
        return self.one(
            other, other, p, p, f"*d{self.n(DOUBLES)}", f"({self.node()})->at",
            f"&({self.node()})->value", f"&array[{self.n(4)}]", f"table[{self.n(3)}]",
            f"same ({p})", f"either ({p}, {other}, i{self.n(INTS)})", f"u{self.n(UNIONS)}.at",
            f"(int *) (unsigned long) {p}", f"({other}, {p})", f"({{ int *q = {p}; q; }})",
        )  # fmt: skip

    def double(self) -> str:
        return self.one(
            f"&p{self.n(POINTERS)}", f"d{self.n(DOUBLES)}", f"&({self.node()})->at",
            f"&table[{self.n(3)}]",
        )  # fmt: skip

    def value(self) -> str:
        return self.one(str(self.n(90)), f"i{self.n(INTS)} + 1", f"*({self.at()}) + 3",
                        f"({self.node()})->value", f"array[{self.n(4)}]")  # fmt: skip

    def statement(self) -> str:
        return self.one(
            f"i{self.n(INTS)} = {self.value()}", f"*({self.at()}) = {self.value()}",
            f"put ({self.at()}, {self.value()})", f"putter ({self.at()}, {self.value()})",
            f"p{self.n(POINTERS)} = {self.at()}", f"*({self.double()}) = {self.at()}",
            f"aim ({self.double()}, {self.at()})", f"d{self.n(DOUBLES)} = {self.double()}",
            f"({self.node()})->value += {self.value()}", f"({self.node()})->at = {self.at()}",
            f"l{self.n(LINKS)} = {self.node()}", f"({self.node()})->next = {self.node()}",
            f"n{self.n(NODES)} = *({self.node()})", f"array[{self.n(4)}]++",
            f"table[{self.n(3)}] = {self.at()}", f"u{self.n(UNIONS)}.at = {self.at()}",
            f"memcpy ({self.at()}, {self.at()}, sizeof (int))",
            f"all (2, {self.at()}, {self.at()})",
            f"memcpy (table, {self.double()}, sizeof (int *))", f"memset ({self.at()}, 1, 4)",
            f"__atomic_store_n ({self.at()}, {self.value()}, 5)",
            f"if ({self.value()} > 40) {{ int *q = {self.at()}; *q = 5; }}",
        )  # fmt: skip

    def body(self) -> str:
        return "".join(f"\t{self.statement()};\n" for _ in range(3 + self.n(5)))

    def program(self) -> str:
        """The text; ``main`` prints what ``before`` and ``moved`` change.

        An argument names a variable that is changed before ``moved`` runs.
        """
        lines = [
            *(f"int i{n} = {n};" for n in range(INTS)), "int array[4];",
            *(f"int *p{n} = &i{n};" for n in range(POINTERS)),
            *(f"int **d{n} = &p{n};" for n in range(DOUBLES)),
            "int *table[3] = { &i0, array, &array[2] };",
            *(f"extern struct node n{n};" for n in range(NODES)),
            *(f"struct node n{n} = {{ {n}, &i{n}, &n{(n + 1) % NODES} }};" for n in range(NODES)),
            *(f"struct node *l{n} = &n{n};" for n in range(LINKS)),
            *(f"union word u{n} = {{ &i{n} }};" for n in range(UNIONS)),
        ]  # fmt: skip
        saved = "".join(f'{{ &{n}, sizeof {n}, "{n}" }}, ' for n in self.names)
        return (
            HEAD + "\n".join(lines) + "\n" + HELPERS
            + f"void moved (void)\n{{\n{self.body()}}}\n"
            + f"static void before (void)\n{{\n{self.body()}}}\n"
            + "#ifdef WATCHED\n"
            + f"struct {{ void *at; unsigned size; const char *name; }} all_of[] = {{ {saved} }};\n"
            + WATCHER + "#else\n"
            + "int main (void)\n{\n\tbefore ();\n\tmoved ();\n\treturn i0"
            + "".join(f" + (int) sizeof ({n})" for n in self.names) + ";\n}\n#endif\n"
        )  # fmt: skip


WATCHER = """\
static char old[64][64];
static void save (void) { for (unsigned i = 0; i < sizeof all_of / sizeof *all_of; i++)
	memcpy (old[i], all_of[i].at, all_of[i].size); }
static void tell (const char *what) { for (unsigned i = 0; i < sizeof all_of / sizeof *all_of; i++)
	if (memcmp (old[i], all_of[i].at, all_of[i].size)) printf ("%s %s\\n", what, all_of[i].name); }
int main (int argc, char **argv)
{
	save ();
	before ();
	tell ("set");
	if (argc > 1) *(int *) all_of[atoi (argv[1])].at += 1000;
	save ();
	moved ();
	tell ("wrote");
	for (unsigned i = 0; i < sizeof all_of / sizeof *all_of; i++) {
		printf ("is %s", all_of[i].name);
		for (unsigned b = 0; b < all_of[i].size; b++)
			printf (" %d", ((unsigned char *) all_of[i].at)[b]);
		puts ("");
	}
	return 0;
}
"""


class Seen:
    """What executions show: what ``before`` and ``moved`` change, and which integers it reads."""

    def __init__(self, folder: Path, source: Path, names: list[str]) -> None:
        binary = folder / "watched"
        command = ["gcc", "-w", "-O0", "-no-pie", "-DWATCHED", "-o", str(binary), str(source)]
        subprocess.run(command, check=True)
        plain = self._run(binary)
        self.set = {line[4:] for line in plain if line.startswith("set ")}
        self.wrote = {line[6:] for line in plain if line.startswith("wrote ")}
        self.read = set()
        values = [line for line in plain if line.startswith("is ")]
        for number, name in enumerate(names):
            if name[0] != "i":
                continue
            other = [line for line in self._run(binary, str(number)) if line.startswith("is ")]
            changed = {a.split()[1] for a, b in zip(values, other, strict=True) if a != b}
            if changed - {name}:
                self.read.add(name)

    def _run(self, *command: object) -> list[str]:
        words: list[str] = ["setarch", "-R", *map(str, command)]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
        return done.stdout.splitlines()
