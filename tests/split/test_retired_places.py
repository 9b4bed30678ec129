# SPDX-License-Identifier: MIT
"""Where retired code and data are placed: sections by name, statements, the linker script."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcbsplit import elffile
from tcbsplit.model.vocabulary import bare_name
from tcbsplit.validate.evidence.erased import erased_code
from tests.support.retiring import Retired

PROTOTYPE = "void moved (void);\n"
STATEMENTS = r"""
struct word { const char *name; };
void on_exit_ (void) { }
void launch (void) { on_exit_ (); }
static void boot (void)
{
	static const struct { const char *name; int n; } *at, all[] = { { "a", 1 }, { "b", 2 } };
	static const struct { const char *name; } row[] = { { "d" } };
	static const struct word words[] = { { "c" } };
	static int one, two = 2;
	static const int *const none[] = { &one }, numbers[] = { 3 };
	static const int alone[] = { 5 };

	for (at = 0; !at; at++)
		one += all[0].n + all[1].n + 2 * (two + alone[0] + numbers[0] + !none[0]);
	printf ("%s %d\n", words[0].name, one + row[0].name[0]);
	fflush (stdout);
	moved ();
}
int main (void) { boot (); launch (); return 0; }
"""


@pytest.mark.parametrize("flag", ["-fno-pie", "-fPIC"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_names_of_one_statement_stay_and_tables_of_strings_go(
    compiler: str, flag: str, tmp_path: Path
) -> None:
    """An attribute in front of a statement would be that of all its names."""
    made = Retired(tmp_path, PROTOTYPE + STATEMENTS)
    assert made.data == {"boot.words", "boot.alone"}
    for name in ("at", "all", "row", "none", "numbers", "two"):
        assert made.unplaced[f"boot.{name}"] == "its statement declares several variables"
    done = made.run(flag, compiler=compiler)
    assert (done.returncode, done.stdout) == (0, "c 123\n")


def test_linkers_still_drop_what_nothing_refers_to(tmp_path: Path) -> None:
    """What no phase reaches is retired as well, and may mention what the image does not have."""
    unused = "int nowhere (void);\nint unused (void);\nint unused (void) { return nowhere (); }\n"
    made = Retired(tmp_path, PROTOTYPE + unused + STATEMENTS)
    assert "unused" in made.placed()
    done = made.run("-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections")
    assert (done.returncode, done.stdout) == (0, "c 123\n")


def test_the_place_in_the_linker_script_may_have_several_lines(tmp_path: Path) -> None:
    made = Retired(tmp_path, PROTOTYPE + STATEMENTS, script="SECTIONS\\n{\\n\\t/* here */")
    script = (made.folder / "out/thin/x.lds").read_text()
    assert "{\n\t/* here */\n\t/* tcbsplit: erased" in script


def test_what_linkers_put_between_the_sections_stays(tmp_path: Path) -> None:
    """Scripts that name no ``.rodata`` leave its place to the linker: beside what is like it."""
    source = PROTOTYPE + STATEMENTS.replace('"%s %d\\n"', "format").replace(
        "{ on_exit_ (); }", "{ on_exit_ (); puts (lies); fflush (stdout); }"
    )
    head = (
        'const char format[] = "%s %d\\n";\n'
        'static const char lies[] __attribute__ ((section ("between"))) = "stays";\n'
    )
    made = Retired(tmp_path, head + source)
    script = made.folder / "out/thin/x.lds"
    text = script.read_text()
    mark = "\t.tcbsplit.data :"
    assert text.count(mark) == 1
    script.write_text(text.replace(mark, f"\tbetween : {{ *(between) }}\n{mark}"))
    assert made.run().stdout == "c 123\nstays\n"


BY_MACROS = r"""
#define NAMED(name) one_##name
#define WRITES(name, step) \
	static int name (const char *text) { printf ("%s\n", text); return step; } \
	int name##_again (int n, ...); \
	int name##_again (int n, ...) { return n + name (#name); }
#define DEFINE(name) static int name##_calls; static int name (void)
#define POINTERS(name) static int (*name (void)) (int) { return 0; }
#define LAST name_that_lasts
WRITES (first, 1)
WRITES (kept, 2)
POINTERS (pointers)
static int NAMED (boot) (int n) { return first_again (n); }
static const char *NAMED (text) (void) { return "x"; }
DEFINE (counted) { return counted_calls++; }
#include "template.h"
static int LAST (int n) { return n + kept ("k"); }
static int boot (void)
{
	printf ("%s\n", NAMED (text) ());
	moved ();
	return NAMED (boot) (1) + in_template (1) + !pointers () + counted ();
}
void on_exit_ (void) { fflush (stdout); LAST (2); }
void launch (void) { on_exit_ (); }
int main (void) { if (boot () != 6) return 1; launch (); return 0; }
"""
SHARED_TEXT = "static int NAME (int n) { return n + 3; }\n"
BEFORE_LAUNCH = """
static void boot (void) { moved (); one (1); two (2); }
void on_exit_ (void) { CALLS; }
void launch (void) { on_exit_ (); }
int main (void) { boot (); launch (); return 0; }
"""
TEMPLATE = "static int in_template (int n) { return n + 2; }\n"


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("style", ["excise", "guard"])
def test_what_macros_and_headers_write_is_erased(compiler: str, style: str, tmp_path: Path) -> None:
    source = PROTOTYPE + BY_MACROS
    made = Retired(tmp_path, source, style=style, more={"template.h": TEMPLATE})
    gone = {"boot", "first", "first_again", "kept_again", "one_boot", "one_text"}
    gone |= {"in_template", "counted"}
    assert made.placed() == gone | {"moved"}
    no_prototype = "a macro writes its definition, and no prototype spells its types"
    assert made.unplaced["pointers"] == no_prototype
    done = made.run(compiler=compiler)
    assert (done.returncode, done.stdout) == (0, "x\nfirst\nk\n")
    image = tmp_path / "out/thin/program"
    first, end = erased_code(image)
    with elffile.opened(image) as elf:
        addresses = {s.name.partition(".")[0]: s.value for s in elffile.symbols(elf)}
    erased = {n for n, a in addresses.items() if first <= a < end}
    assert erased >= {"boot", "first_again", "kept_again"}
    assert gone & addresses.keys() <= erased  # compilers leave out static ones of known result
    assert not erased & {"kept", "name_that_lasts", "launch"}


SHARED = """
#define NAME {0}
#include "shared.h"
#undef NAME
#define NAME {1}
#include "shared.h"
"""


@pytest.mark.parametrize("lasts", [False, True])
def test_text_that_defines_what_lasts_as_well_stays(lasts: bool, tmp_path: Path) -> None:
    """A header that is included twice defines two functions by one text."""
    calls = "two (1)" if lasts else "fflush (stdout)"
    source = PROTOTYPE + SHARED.format("one", "two") + BEFORE_LAUNCH.replace("CALLS", calls)
    text = "int NAME (int n);\nint NAME (int n) { return n + 1; }\n"
    made = Retired(tmp_path, source, more={"shared.h": text})
    if lasts:
        assert made.unplaced["one"] == "its text defines two, too, which lasts"
    else:
        assert made.placed() >= {"one", "two"}
    assert made.run().returncode == 0


COPIES = r"""
#define NAME from_boot
#include "shared.h"
#undef NAME
#define NAME from_both
#include "shared.h"
static volatile int some = 1; /* or compilers know the results */
static int inner (int n) { return n * 3; }
static int outer (int n) { return inner (n) + inner (n + 1); }
static int taken (int n) { return n + 5; }
static int from_main (int n) { return n + 7; }
static const struct { int (*function) (int); } table = { taken };
static void boot (void)
{
	moved ();
	printf ("%d %d\n", outer (1), table.function (some) + from_boot (1));
}
void on_exit_ (void) { puts ("exit"); fflush (stdout); }
void launch (void) { on_exit_ (); }
int main (void)
{
	printf ("%d\n", from_main (some) + from_both (some));
	boot ();
	launch ();
	return 0;
}
"""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("style", ["excise", "guard"])
def test_what_is_erased_is_inlined_where_only_that_calls_it(
    compiler: str, style: str, tmp_path: Path
) -> None:
    """``main`` lasts, and holds no copy of what is erased; nor does what a table names."""
    source, more = PROTOTYPE + COPIES, {"shared.h": SHARED_TEXT}
    made = Retired(tmp_path, source, style=style, more=more)
    copied = {bare_name(p.id) for p in made.retired.placed if p.copied}
    assert copied == {"inner", "outer", "moved"}
    assert made.placed() == copied | {"boot", "taken", "from_main", "from_boot", "from_both"}
    done = made.run(compiler=compiler)
    assert (done.returncode, done.stdout) == (0, "12\n9 10\nexit\n")
    image = tmp_path / "out/thin/program"
    first, end = erased_code(image)
    with elffile.opened(image) as elf:
        found = {s.name.partition(".")[0]: s.value for s in elffile.symbols(elf)}
    assert "inner" not in found and "outer" not in found
    for name in ("boot", "taken", "from_main", "from_both"):
        assert first <= found[name] < end


def test_macros_stay_where_compilers_complain_of_two_declarations(tmp_path: Path) -> None:
    words = ["-Wredundant-decls", "-c", "main.c"]
    source = PROTOTYPE + BY_MACROS.replace('#include "template.h"', TEMPLATE)
    made = Retired(tmp_path, source, units=[("main.c", words)])
    why = "a macro writes its definition, and -Wredundant-decls forbids another prototype"
    assert made.unplaced["first_again"] == why
    assert made.placed() == {"boot", "moved", "one_boot", "one_text", "in_template"}
    assert made.run("-Wredundant-decls").returncode == 0
