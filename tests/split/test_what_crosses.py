# SPDX-License-Identifier: MIT
"""Which variables moved code writes, whatever the way, and what cannot be handed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcbsplit.errors import ConfigError, HandoffError
from tests.support.divided import divided, run_guest

WRITES = {
    "through a pointer": ("int x, *p = &x;", "*p = 1;"),
    "through the argument of a helper": (
        "int x; static void put (int *p) { *p = 1; }", "put (&x);",
    ),
    "through a field": ("int x; struct s { int *at; } s = { &x };", "*s.at = 1;"),
    "through an element": ("int x, y, *t[2] = { &y, &x };", "*t[1] = 1;"),
    "through a pointer to a pointer": ("int x, *p, **q = &p;", "*q = &x; **q = 1;"),
    "through what a helper returns": (
        "int x; static int *get (void) { return &x; }", "*get () = 1;",
    ),
    "through a call of a pointer": (
        "int x; static void put (int *p) { *p = 1; } static void (*go) (int *) = put;",
        "go (&x);",
    ),
    "through void": ("int x; static void *get (void) { return &x; }", "*(int *) get () = 1;"),
    "through an integer": ("int x;", "unsigned long at = (unsigned long) &x; *(int *) at = 1;"),
    "a member of what contains it": (
        "struct s { int a, b; } x; int *p = &x.b;",
        "((struct s *) ((char *) p - sizeof (int)))->a = 1;",
    ),
    "by memcpy": ("#include <string.h>\nint x, y = 1;", "memcpy (&x, &y, sizeof x);"),
    "by an atomic builtin": ("int x, *p = &x;", "__atomic_fetch_add (p, 1, 5);"),
    "by assembly": ("int x, *p = &x;", 'asm volatile ("movl $1, (%0)" : : "r" (p) : "memory");'),
    "by the C library": ("#include <stdio.h>\nint x;", 'sscanf ("1", "%d", &x);'),
    "a record": ("struct s { int a; } x, *p = &x;", "*p = (struct s) { 1 };"),
    "a list": (
        "struct n { struct n *next; int v; } x, head = { &x, 0 };",
        "for (struct n *n = &head; n; n = n->next) n->v = 1;",
    ),
    "a union": ("int x; union u { int *at; long n; } u = { &x };", "*u.at = 1;"),
    "a record that contains what is known": (
        "struct l { int n; }; struct d { int v; struct l l; } x; struct l *p = &x.l;",
        "((struct d *) ((char *) p - __builtin_offsetof (struct d, l)))->v = 1;",
    ),
    "by an operation of a table": (
        "int x; struct o { void (*set) (void *, int); void *arg; };"
        " static void s (void *a, int v) { *(int *) a = v; } struct o t = { s, &x };",
        "t.set (t.arg, 1);",
    ),
    "in a record passed by value": (
        "int x; struct s { int *p; }; static void use (struct s v) { *v.p = 1; }",
        "struct s v = { .p = &x }; use (v);",
    ),
    "an index before the array": ("int x[4];", "2[x] = 1;"),
    "either of two": ("int x, y, c;", "*(c ? &x : &y) = 1;"),
    "kept in an integer": ("int x; unsigned long t;", "t = (unsigned long) &x; *(int *) t = 1;"),
    "an alias": ('int x; extern int y __attribute__ ((alias ("x")));', "y = 1;"),
    "a vector": ("typedef int four __attribute__ ((vector_size (16))); four x;", "x[1] = 1;"),
    "a vector through a pointer": (
        "typedef int four __attribute__ ((vector_size (16))); four x, *p = &x;", "(*p)[1] = 1;",
    ),
    "one of variadic arguments": (
        "int x; static void all (int n, ...) { __builtin_va_list l; __builtin_va_start (l, n);"
        " *__builtin_va_arg (l, int *) = 1; __builtin_va_end (l); }", "all (1, &x);",
    ),
}  # fmt: skip
NO_WRITES = {
    "a helper writes it for others": (
        "int x, y; static void put (int *p) { *p = 1; } void kept (void) { put (&x); }",
        "put (&y);", "kept ();",
    ),
    "a helper of a helper does": (
        "int x, y; static void put (int *p) { *p = 1; } static void on (int *p) { put (p); }"
        " void kept (void) { on (&x); }", "put (&y);", "kept ();",
    ),
    "its address is only compared": ("int x, y, *p;", "y = p == &x;", ""),
    "its address is only read through": (
        "int x, y; static int get (int *p) { return *p; }", "y = get (&x);", "",
    ),
    "the table that names it is only read": (
        "int x, y; struct t { int *at; int n; } t = { &x, 3 };", "y = t.n;", "",
    ),
}  # fmt: skip


def source(declared: str, moved: str, after: str = "") -> str:
    return (
        f"{declared}\nextern char seen;\nvoid moved (void) {{ {moved} }}\n"
        f"int main (void) {{ moved (); {after} return *(char *) &x; }}\n"
    )


@pytest.mark.parametrize("name", WRITES)
def test_what_moved_code_writes_is_handed_over(tmp_path: Path, name: str) -> None:
    declared, moved = WRITES[name]
    # Other variables of the cases may be pointers, which need a description.
    handoff = '{exclude: [{name: "[pqtsu]", reason: other, optional: true}]}'
    if "struct n" in declared:
        handoff = "{carry: [{name: x.next, keep: true}], exclude: [{name: head, reason: other}]}"
    result = divided(tmp_path, source(declared, moved), handoff)
    assert "x" in [e.name for e in result.plan.entries]


@pytest.mark.parametrize("name", NO_WRITES)
def test_what_it_cannot_write_is_not(tmp_path: Path, name: str) -> None:
    result = divided(tmp_path, source(*NO_WRITES[name]))
    assert "x" not in [e.name for e in result.plan.entries]


@pytest.mark.parametrize(
    ("declared", "moved", "why"),
    [
        ("", "*(int *) 0xb8000 = 1;", "a fixed address"),
        ("#include <stdlib.h>\n", "int *p = malloc (4); if (p) *p = 1;", "memory of malloc"),
        ("int *get (void);", "*get () = 1;", "result of get"),
        ("", "int *p; *p = 1;", "nothing is known to be there"),
    ],
)
def test_unknown_targets_are_findings(tmp_path: Path, declared: str, moved: str, why: str) -> None:
    result = divided(tmp_path, source(declared + "int x;", moved))
    assert [(u.function, u.why) for u in result.plan.unknown] == [("moved", why)]


CANNOT = {
    "static __thread int x;": "thread-local, with a copy in every thread, cannot be handed over",
    "_Thread_local int x;": "thread-local, with a copy in every thread, cannot be handed over",
    "struct f { int n; char d[]; } x = { 1, { 2 } };": "x.d is a flexible array member",
    "struct f { int n; int *p; } x;": "x.p is a pointer",
    "union f { int n; int *p; } x;": "x is a union with pointers",
}


@pytest.mark.parametrize("declared", CANNOT)
def test_what_cannot_be_handed_over_is_called_what_it_is(tmp_path: Path, declared: str) -> None:
    field = "" if "int x" in declared else ".n"
    with pytest.raises(HandoffError) as caught:
        divided(tmp_path, source(declared, f"x{field} = 1;"))
    assert CANNOT[declared] in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("declared", "moved"),
    [
        ("_Atomic int x;", "x = 1;"), ("_Atomic long x;", "x++;"), ("volatile int x;", "x = 1;"),
        ("_Complex double x;", "x = 1;"), ("long double x;", "x = 1;"), ("_Bool x;", "x = 1;"),
        ("unsigned __int128 x;", "x = 1;"), ("_Atomic _Bool x[2];", "x[1] = 1;"),
        ("struct { _Atomic int a; _Complex float c; } x;", "x.a = 1;"),
        ("enum e { A, B } x;", "x = B;"),
    ],
)  # fmt: skip
def test_plain_values_need_no_description(tmp_path: Path, declared: str, moved: str) -> None:
    result = divided(tmp_path, source(declared, moved))
    assert [e.name for e in result.plan.entries] == ["x"]


def test_a_flexible_array_may_stay_each_sides_own(tmp_path: Path) -> None:
    declared = "struct f { int n; char c; char d[]; } x = { 1, 2, { 3 } };"
    keep = "{carry: [{name: x.d, keep: true}]}"
    (entry,) = divided(tmp_path, source(declared, "x.n = 1;"), keep).plan.entries
    assert [(p.at, p.size) for p in entry.parts] == [(5, 3)]  # the padding that it begins in


@pytest.mark.parametrize("result", ["void", "int"])
def test_a_static_function_can_be_an_entry(tmp_path: Path, result: str) -> None:
    back = "return 5;" if result == "int" else ""
    text = (
        f"int x; static {result} moved (void) {{ x = 4; {back} }}\n"
        f"int main (void) {{ moved (); return x; }}\n"
    )
    divided(tmp_path, text)
    status = "tcbsplit_run_entries () + *(int *) tcbsplit_address_0"
    main = f"extern void *const tcbsplit_address_0;\nint main (void) {{ return {status}; }}"
    assert run_guest(tmp_path, main) == 4
    assert "tcbsplit_entry" not in (tmp_path / "out/thin/main.c").read_text()


def test_an_entry_takes_no_parameters(tmp_path: Path) -> None:
    text = "int x; void moved (int i) { x = i; }\nint main (void) { moved (1); return x; }\n"
    with pytest.raises(ConfigError, match="moved takes parameters: the guest has nothing to pass"):
        divided(tmp_path, text)
