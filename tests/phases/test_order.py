# SPDX-License-Identifier: MIT
"""The order of boot around the preprocessing guest: what is late, what is not, what is accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcbsplit.report.order import order_text
from tests.support.ordered import HEAD, READ, UNITS, late, ordered

TWO = "static void early (void) { x = c (); } static void set (void) { x = c (); }\n"

# (declarations, what start does, what is late)
CASES = {
    "direct": (READ + "static void set (void) { x = c (); }", "moved (); set ();", "x"),
    "before": (READ + "static void set (void) { x = c (); }", "set (); moved ();", ""),
    "before and after": (READ + TWO, "early (); moved (); set ();", "x"),
    "in the function itself": (READ, "moved (); x = c ();", "x"),
    "in the function itself, before": (READ, "x = c (); moved ();", ""),
    "deeper": (
        READ + "static void one (void) { x = c (); } static void set (void) { one (); }",
        "moved (); set ();", "x"),
    "read at boot only": (
        "int on_exit (int n) { return n; } static void set (void) { x = c (); }"
        "static int look (void) { return x; }",
        "moved (); set (); look ();", ""),
    "read by nobody": (
        "int on_exit (int n) { return n; } static void set (void) { x = c (); }",
        "moved (); set ();", ""),
    "read by what the handler calls": (
        "static int look (void) { return x; } int on_exit (int n) { return look (); }"
        "static void set (void) { x = c (); }", "moved (); set ();", "x"),
    "another variable": (READ + "static void set (void) { y = c (); }", "moved (); set ();", ""),
    "through a pointer": (
        READ + "static void set (int *p) { *p = c (); }", "moved (); set (&x);", "x"),
    "through a pointer, before": (
        READ + "static void set (int *p) { *p = c (); } static void early (void) { set (&x); }",
        "early (); moved (); set (&y);", ""),
    "through a pointer, by calls of one function": (  # which are not told apart
        READ + "static void set (int *p) { *p = c (); }", "set (&x); moved (); set (&y);", "x"),
    "through a pointer that is kept": (
        READ + "static int *p = &x; static void set (void) { *p = c (); }",
        "moved (); set ();", "x"),
    "read through a pointer": (
        "static int *p = &x; int on_exit (int n) { return *p; }"
        "static void set (void) { x = c (); }", "moved (); set ();", "x"),
    "loop around": (READ + "static void set (void) { x = c (); }",
                    "while (c ()) { set (); moved (); }", "x"),
    "loop before": (READ + "static void set (void) { x = c (); }",
                    "while (c ()) set (); moved ();", ""),
    "loop around, in the function": (READ, "while (c ()) { x = c (); moved (); }", "x"),
    "other branch": (READ + "static void set (void) { x = c (); }",
                     "if (c ()) moved (); else set ();", ""),
    "loop around in a caller": (
        READ + "static void set (void) { x = c (); } static void one (void) { moved (); }",
        "while (c ()) { set (); one (); }", "x"),
    "caller": (
        READ + "static void set (void) { x = c (); } static void one (void) { moved (); }",
        "one (); set ();", "x"),
    "caller, before": (
        READ + "static void set (void) { x = c (); } static void one (void) { moved (); }",
        "set (); one ();", ""),
    "caller never returns": (
        READ + "static void set (void) { x = c (); }"
        "static void one (void) { moved (); launch (); for (;;) ; }", "one (); set ();", ""),
    "after the launch": (READ + "static void set (void) { x = c (); }",
                         "moved (); launch (); set ();", ""),
    "between guest and launch": (READ + "static void set (void) { x = c (); }",
                                 "moved (); set (); launch ();", "x"),
    "constant": (
        "static const int k = 3; int on_exit (int n) { return k; }", "moved (); x = k;", ""),
    "kept up at run time": (
        "static void count (void) { x++; } int on_exit (int n) { count (); return x; }",
        "moved (); count ();", ""),
    "an element of a list": (
        "static struct filter *list; int on_exit (int n) { return list->port == n; }"
        "static void set (void) { struct filter *f = alloc (sizeof *f); f->port = c ();"
        " f->next = list; list = f; }", "moved (); set ();", "list struct filter"),
    "memory": (
        "int on_exit (int n) { struct filter *f = (struct filter *) 0x1000; return f->port; }"
        "static void set (struct filter *f) { f->port = c (); }",
        "moved (); set ((struct filter *) 0x1000);", "struct filter"),
    "by the processor": (
        "int on_exit (int n) { return n; } static int map[9];"
        "static void set (void) { map[c ()] |= c (); }"
        "static void give (void) { unsigned long at = (unsigned long) map;"
        ' asm volatile ("mov %0, %%cr3" : : "r" (at)); }',
        "give (); moved (); set ();", "map"),
    "by other boot code": (
        "int on_exit (int n) { return n; } static int map[9];"
        "static void set (void) { map[c ()] = c (); } static int look (int *p) { return *p; }",
        "moved (); set (); look (map);", ""),
    "handler": (
        "static int (*allow) (int); int on_exit (int n) { return allow (n); }"
        "static int refuse (int n) { return -n; }"
        "void add (int (*f) (int)) { allow = f; }", "moved (); add (refuse);",
        "allow | refuse"),
    "handler, before": (
        "static int (*allow) (int); int on_exit (int n) { return allow (n); }"
        "static int refuse (int n) { return -n; }"
        "void add (int (*f) (int)) { allow = f; }", "add (refuse); moved ();", ""),
    "handler, by what run time calls too": (
        "static int (*allow) (int); void add (int (*f) (int)) { allow = f; }"
        "static int pass (int n) { return n; } static int refuse (int n) { return -n; }"
        "int on_exit (int n) { if (n) add (pass); return allow (n); }",
        "moved (); add (refuse);", " | refuse"),
    "handler, in a table": (
        "static int (*allow) (int); int on_exit (int n) { return allow (n); }"
        "static int refuse (int n) { return -n; }"
        "static const struct filter table[] = { { 1, 0, refuse } };"
        "static void set (void) { allow = table[0].allow; }", "moved (); set ();",
        "allow | refuse"),
    "handler, in a table that exits read": (
        "static int refuse (int n) { return -n; }"
        "static const struct filter table[] = { { 1, 0, refuse } };"
        "int on_exit (int n) { return table[n].allow (n); }"
        "static int look (void) { return table[0].port; }", "moved (); look ();", ""),
    "handler, early as well": (
        "static int (*allow) (int); int on_exit (int n) { return allow (n); }"
        "static int refuse (int n) { return -n; }"
        "void add (int (*f) (int)) { allow = f; }", "add (refuse); moved (); add (refuse);",
        "allow"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_late(tmp_path: Path, name: str) -> None:
    declared, body, expected = CASES[name]
    # Each statement has a line of its own: a function writes late below its call.
    lines = body.replace("; ", ";\n").replace("{ ", "{\n")
    found = ordered(tmp_path, f"{HEAD}{declared}\nvoid start (void)\n{{\n{lines}\n}}\n")
    assert late(found) == expected
    assert found.holds == (not expected)


UNITS_PROGRAM = (
    HEAD.replace("void moved (void) { }", "int moved (void) { return 0; }")
    + READ
    + """
#define UNIT(id, f) static const struct unit u_##f __attribute__ ((section ("units"))) = { id, f }
extern const struct unit units_start[], units_end[];
int strncmp (const char *, const char *, unsigned long);
void units_call (const char *prefix)
{
	const struct unit *u;
	for (u = units_start; u < units_end; u++)
		if (!strncmp (u->id, prefix, 4))
			u->init ();
}
static int protect (void) { x = c (); return 0; }
static int more (void) { y = c (); return y; }
UNIT ("pass1", protect);
UNIT ("preproc1", moved);
UNIT ("preproc2", more);
"""
)


def test_entries_of_registries_are_told_apart_by_key(tmp_path: Path) -> None:
    first = UNITS_PROGRAM + (
        'void start (void) {\nunits_call ("preproc");\nunits_call ("pass");\nlaunch ();\n}\n'
    )
    found = ordered(tmp_path, first, registries=(UNITS,))
    assert late(found) == "x"
    (way,) = found.late[0].ways
    assert (way.place.line, way.chain.edges[0].line) == tuple(
        n for n, line in enumerate(first.splitlines(), 1) if 'units_call ("p' in line
    )
    assert way.chain.ids == ("start", "a.c:protect")
    mended = UNITS_PROGRAM + (
        'void start (void) {\nunits_call ("pass");\nunits_call ("preproc");\nlaunch ();\n}\n'
    )
    assert ordered(tmp_path, mended, registries=(UNITS,)).holds


def test_entries_of_one_call_have_no_known_order(tmp_path: Path) -> None:
    source = UNITS_PROGRAM + 'void start (void) {\nunits_call ("p");\nlaunch ();\n}\n'
    assert late(ordered(tmp_path, source, registries=(UNITS,))) == "x"


def test_fields_and_users_are_named(tmp_path: Path) -> None:
    source = HEAD + (
        "static struct filter f;\n"
        "static int look (void) { return f.port; }\n"
        "int on_exit (int n) { return look (); }\n"
        "static void set (void) { f.port = c (); f.next = 0; }\n"
        "void start (void) {\nmoved ();\nset ();\n}\n"
    )
    found = ordered(tmp_path, source)
    (state,) = found.late
    assert (state.name, state.fields, state.writers, state.readers) == (
        "a.c:f", ("port",), ("a.c:set",), ("a.c:look",),
    )  # fmt: skip
    place, call = (
        source.splitlines().index("moved ();") + 1,
        source.splitlines().index("set ();") + 1,
    )
    text = order_text(found)
    assert f"a.c:{place}: start -> moved" in text
    assert "a.c:f (port)\n  written by a.c:set; read by a.c:look\n" in text
    assert f"start comes to the guest at a.c:{place}, then at a.c:{call}: a.c:set" in text


def test_what_is_not_known_is_counted(tmp_path: Path) -> None:
    names = [f"v{n}" for n in range(20)]
    source = HEAD + (
        f"static int {', '.join(names)};\n"
        f"static int *all[] = {{ {', '.join('&' + n for n in names)} }};\n"
        f"int on_exit (int n) {{ return {' + '.join(names)}; }}\n"
        "static void wide (int n) { *all[n] = c (); }\n"
        "static void stray (int **p) { **p = c (); }\n"
        "void start (void) {\nmoved ();\nwide (3);\nstray (alloc (8));\n}\n"
    )
    found = ordered(tmp_path, source)
    assert [(w.function, w.variables) for w in found.wide] == [("a.c:wide", 20)]
    assert {u.function for u in found.unknown} == {"a.c:stray"}
    assert found.holds
    assert "1 functions may write very many: a.c:wide (20 variables)" in order_text(found)


def test_what_run_time_keeps_up_is_told(tmp_path: Path) -> None:
    declared, body, _ = CASES["kept up at run time"]
    found = ordered(tmp_path, f"{HEAD}{declared}\nvoid start (void) {{ {body} }}\n")
    assert found.maintained == ("a.c:x",)
    assert "1 variables are also written later" in order_text(found)
