# SPDX-License-Identifier: MIT
"""Where retired code and data are placed: sections by name, statements, the linker script."""

from __future__ import annotations

from pathlib import Path

import pytest

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

	for (at = all; at < all + 2; at++)
		one += at->n + two + alone[0] + numbers[0] + !none[0];
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
