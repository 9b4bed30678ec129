# SPDX-License-Identifier: MIT
"""Inputs of the guest: found, resolved by name, and refused until they are."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tcbsplit.errors import HandoffError, TcbsplitError
from tcbsplit.model.manifest import Manifest
from tests.support.divided import divided, run_guest

MODE = """\
static int mode; static int result;
void moved (void) { result = mode * 2; }
int main (int argc, char **argv) { mode = SET; moved (); return result; }
"""

INPUTS = {
    "set": ("int x, r;", "r = x;", "x = argc;", ""),
    "counted": ("int x, r;", "r = x;", "x++;", ""),
    "pointer": ("int y, *x, r;", "r = *x;", "x = &y;", ""),
    "through a pointer": ("int x, r, *p = &x;", "r = x;", "*p = argc;", ""),
    "by a helper": ("int x, r; void set (int *p) { *p = 5; }", "r = x;", "set (&x);", ""),
    "filled": ("#include <string.h>\nint x[4], r;", "r = x[1];", "memset (x, 1, sizeof x);", ""),
    "read through a pointer": ("int x, r, *p = &x;", "r = *p;", "x = argc;", ""),
    "a field": ("struct s { int a, b; } x; int r;", "r = x.b;", "x.b = argc;", ""),
    "an alias": (
        'int x, r; extern int y __attribute__ ((alias ("x")));', "r = x;", "y = argc;", "",
    ),
    "in a loop": ("int x, r;", "r = x;", "for (int i = 0; i < 2; i++) {", "x = argc; }"),
    "vector": (
        "typedef int four __attribute__ ((vector_size (16))); four x; int r;",
        "r = x[1];", "x[2] = argc;", "",
    ),
    "allocated": ("#include <stdlib.h>\nstruct s { int v; } *x;", "x->v = 1;",
                  "x = malloc (sizeof *x);", ""),
    "assembly": ("int x, r;", "r = x;", 'asm volatile ("movl $1, %0" : "=m" (x));', ""),
    "by the C library": ("#include <stdio.h>\nint x, r;", "r = x;", 'sscanf ("1", "%d", &x);', ""),
}  # fmt: skip
NO_INPUTS = {
    "afterwards": ("int x, r;", "r = x;", "", "x = argc;"),
    "afterwards by a function": (
        "int x, r; static void late (void) { x = 5; }",
        "r = x;",
        "",
        "late ();",
    ),
    "its initial value": ("int x, y = 3, r;", "r = x + y;", "x = 0; y = 3;", ""),
    "not read": ("int x, r;", "r = 1;", "x = argc;", "r += x;"),
    "written first": ("int x, r;", "x = 1;", "x = argc;", ""),
    "constant": ("const int x = 3; int r;", "r = x;", "r = 0;", ""),
    "a shared helper": (
        "int x, y, r; static int get (int *p) { return *p; }",
        "r = get (&y);",
        "x = argc; r = get (&x);",
        "",
    ),
    "a shared writer": (
        "int x, y, z, r; static void put (int *p, int v) { *p = v; }",
        "put (&y, 1); r = x;",
        "put (&z, 2);",
        "",
    ),
    "written by what is called": (
        "int x, r; static int set (void) { x = 1; return 2; }",
        "r = set ();",
        "x = argc;",
        "",
    ),
    "handed over, set afterwards": ("int x, r;", "if (r) x = 1; r = 2;", "", "x = argc;"),
}
# Handed over, but left as they are on some path, or in part: the handoff would undo what was set.
KEPT = {
    "on one path": ("int x, r;", "if (r) x = 1; r = 2;", "x = argc;", ""),
    "in a conditional expression": ("int x, r;", "r = r ? (x = 1) : 2;", "x = argc;", ""),
    "after and": ("int x, r;", "r = r && (x = 1);", "x = argc;", ""),
    "in a switch": ("int x, r;", "switch (r) { case 1: x = 1; } r = 2;", "x = argc;", ""),
    "after a return": ("int x, r;", "if (r) return; x = 1; r = 2;", "x = argc;", ""),
    "in a loop": ("int x, r;", "for (int i = 0; i < r; i++) x = 1;", "x = argc;", ""),
    "by what may be called": (
        "int x, r; static int set (void) { x = 1; return 2; }", "r = r && set ();", "x = argc;", "",
    ),
    "an element": ("int x[4], r;", "x[1] = 1;", "x[2] = argc;", ""),
    "a field": ("struct s { int a, b; } x; int r;", "x.a = 1;", "x.b = argc;", ""),
    "through a pointer": ("int x, y, *p = &x, r;", "*p = 1;", "p = argc ? &x : &y; x = argc;", ""),
    "by a helper": ("int x, r; static void put (int *p) { *p = 1; }", "put (&x);", "x = argc;", ""),
}  # fmt: skip


def source(case: tuple[str, str, str, str]) -> str:
    declared, moved, before, after = case
    return (
        f"{declared}\nvoid moved (void) {{ {moved} }}\n"
        f"int main (int argc, char **argv) {{ {before} moved (); {after} return 0; }}\n"
    )


@pytest.mark.parametrize("name", INPUTS)
def test_what_the_hypervisor_has_set_before_is_an_input(tmp_path: Path, name: str) -> None:
    with pytest.raises(HandoffError, match=r"main\.c:\d+: x: moved code reads it \(moved") as found:
        divided(tmp_path, source(INPUTS[name]))
    assert 'handoff: {inputs: [{name: "x", way: ' in str(found.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", KEPT)
def test_what_moved_code_may_leave_as_it_was_is_an_input(tmp_path: Path, name: str) -> None:
    wanted = r"main\.c:\d+: x: it is handed over, which moved code may leave as it was, and main"
    text = source(KEPT[name]).replace("return 0", "return *(int *) &x")
    with pytest.raises(HandoffError, match=wanted):
        divided(tmp_path, text)


@pytest.mark.parametrize("name", NO_INPUTS)
def test_other_variables_are_no_inputs(tmp_path: Path, name: str) -> None:
    assert divided(tmp_path, source(NO_INPUTS[name])).plan.inputs == ()


def test_a_constant_is_set_in_the_guest(tmp_path: Path) -> None:
    handoff = "{inputs: [{name: mode, way: constant, reason: always the same}]}"
    result = divided(tmp_path, MODE.replace("SET", "-3"), handoff)
    (one,) = result.plan.inputs
    assert (one.value, one.writers, one.readers) == ("-3", ("main",), ("moved",))
    manifest = msgspec.json.decode((tmp_path / "out/manifest.json").read_bytes(), type=Manifest)
    assert [(i.name, i.way, i.value) for i in manifest.handoff.inputs] == [
        ("main.c:mode", "constant", "-3")
    ]
    status = "*(int *) tcbsplit_address_0 + 10"
    main = f"int main (void) {{ tcbsplit_run_entries (); return {status}; }}"
    assert run_guest(tmp_path, "extern void *const tcbsplit_address_0;\n" + main) == 4
    assert "tcbsplit_input" not in (tmp_path / "out/thin/main.c").read_text()


@pytest.mark.parametrize(
    ("way", "adapter", "wrong"),
    [
        ("constant", "", "main.c:mode is no constant: main set it to other values"),
        ("adapter", "mode = 1;", "main.c:mode is static: the adapter cannot set it"),
    ],
)
def test_ways_that_cannot_be(tmp_path: Path, way: str, adapter: str, wrong: str) -> None:
    handoff = f"{{inputs: [{{name: mode, way: {way}, reason: x}}]}}"
    with pytest.raises(HandoffError, match=wrong):
        divided(tmp_path, MODE.replace("SET", "argc"), handoff, adapter)


def test_the_adapter_sets_what_it_says(tmp_path: Path) -> None:
    handoff = "{inputs: [{name: mode, way: adapter, reason: x}]}"
    text = MODE.replace("SET", "argc").replace("static int mode", "int mode")
    with pytest.raises(HandoffError, match="the guest's adapter does not mention mode"):
        divided(tmp_path, text, handoff)
    divided(tmp_path, text, handoff, "extern int mode;\nvoid init (void) { mode = 3; }\n")


def test_settings_for_what_is_no_input(tmp_path: Path) -> None:
    handoff = "{inputs: [{name: result, way: own, reason: x}, {name: mode, way: own, reason: x}]}"
    with pytest.raises(HandoffError, match=r"inputs: result is no input; take this out"):
        divided(tmp_path, MODE.replace("SET", "argc"), handoff)
    with pytest.raises(TcbsplitError, match="inputs: no variable moed; did you mean"):
        divided(tmp_path, MODE, "{inputs: [{name: moed, way: own, reason: x}]}")


def test_what_keeps_its_own_value_is_the_guests_own(tmp_path: Path) -> None:
    result = divided(
        tmp_path, MODE.replace("SET", "argc").replace("= mode * 2", "= mode++"),
        "{carry: [{name: mode, keep: true}]}",
    )  # fmt: skip
    assert [i.way for i in result.plan.inputs] == ["own"]
