# SPDX-License-Identifier: MIT
"""What is retired, what lasts and why; and programs of the host whose boot code is erased."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tcbsplit.config.load import load
from tcbsplit.errors import ConfigError, ConflictError, UnknownNameError
from tcbsplit.pipeline.explain import explain
from tcbsplit.pipeline.workspace import Workspace
from tcbsplit.report.advice import explanation_text
from tests.support.retiring import ADAPTER, Retired

# Boot code with data of all kinds; ``AFTER`` is what the target's exit handler does.
PROGRAM = r"""
static const int steps[] = { 3, 4 };
static const char *const names[] = { "one", "two" };
static int done;
int on_boot (int);
int on_boot (int n)
{
	static int calls;

	calls++;
	done += steps[n];
	printf ("%s %d\n", names[n], calls);
	return done;
}
static void prepare (void) { moved (); on_boot (0); on_boot (1); }
void on_exit_ (void) { AFTER; puts ("exit"); }
void launch (void) { puts ("launched"); fflush (stdout); on_exit_ (); }
static void start (void) { launch (); }
int main (void) { prepare (); start (); return secret; }
"""
PROTOTYPE = "void moved (void);\n"


def program(after: str = "") -> str:
    return PROTOTYPE + PROGRAM.replace("AFTER", after)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("style", ["excise", "guard"])
def test_what_is_done_is_erased_and_the_rest_goes_on(
    compiler: str, style: str, tmp_path: Path
) -> None:
    made = Retired(tmp_path, program(), style=style)
    assert made.placed() == {"on_boot", "prepare", "moved"}
    assert made.data == {"steps", "names", "done", "on_boot.calls"}
    for flags in ((), ("-O0",)):
        done = made.run(*flags, compiler=compiler)
        assert (done.returncode, done.stdout) == (0, "one 1\ntwo 2\nlaunched\nexit\n")


def test_a_call_of_what_is_erased_traps(tmp_path: Path) -> None:
    """An edge that the graph does not have: only the linker knows whose name that is."""
    made = Retired(tmp_path, "int hidden (int);\n" + program("hidden (0)"))
    assert "on_boot" in made.placed()
    done = made.run()
    assert (done.returncode, done.stdout) == (-signal.SIGTRAP, "one 1\ntwo 2\nlaunched\n")


def test_a_root_that_is_left_out_traps(tmp_path: Path) -> None:
    source = program().replace("launch (void) {", "launch (void) { extern void (*later) (void); ")
    source = source.replace("on_exit_ (); }", "later (); on_exit_ (); }")
    adapter = ADAPTER + "int hidden (int);\nvoid (*later) (void) = (void (*) (void)) hidden;\n"
    made = Retired(tmp_path, source, adapter=adapter)
    assert made.run("-Wno-cast-function-type").returncode == -signal.SIGTRAP


def test_it_is_erased_once(tmp_path: Path) -> None:
    twice = 'extern int tcbsplit_retire (void); printf ("%d\\n", tcbsplit_retire ())'
    done = Retired(tmp_path, program(twice)).run()
    assert (done.returncode, done.stdout.splitlines()[2:]) == (
        0, ["launched", "tcbsplit: erased already", "-1", "exit"],
    )  # fmt: skip


def test_what_is_erased_too_early_traps(tmp_path: Path) -> None:
    erase = "{ extern int tcbsplit_retire (void); tcbsplit_retire (); moved ();"
    early = program().replace("{ moved ();", erase)
    done = Retired(tmp_path, early).run()
    assert (done.returncode, done.stdout) == (-signal.SIGTRAP, "")


@pytest.mark.parametrize(
    ("bodies", "said", "status"),
    [
        (("0", "0"), "launched", 0),
        (("1", "0"), "tcbsplit: a processor may be in code that is to be erased", 7),
        (("0", "1"), "tcbsplit: erased pages cannot be given back", 7),
    ],
)
def test_the_adapter_is_asked(
    bodies: tuple[str, str], said: str, status: int, tmp_path: Path
) -> None:
    hooks = (
        f"int tcbsplit_adapter_alone (void) {{ return {bodies[0]}; }}\n"
        "int tcbsplit_adapter_release (void *first, void *end)\n"
        "{ if ((unsigned long) first & 4095 || (unsigned long) end & 4095) exit (9);\n"
        f"return {bodies[1]}; }}\n"
    )
    made = Retired(tmp_path, program(), ", hooks: [alone, release]", adapter=ADAPTER + hooks)
    done = made.run()
    assert (done.returncode, done.stdout.splitlines()[2]) == (status, said)


LASTS = r"""
struct operations { int (*run) (int); };
static int run (int n) { return n; }
static const struct operations operations = { run };
static const struct operations *chosen;
static const int limits[] = { 1, 2 };
static const int *kept_limits;
static int table[4], mode, flag;
static void *const taken = &mode;
int shared (int n);
int shared (int n) { return n + 1; }
static inline int helper (int n) { return n + flag; }
static int elsewhere __attribute__ ((section (".mine"))) = 1;
static void boot (void)
{
	chosen = &operations;
	kept_limits = limits;
	table[0] = shared (1);
	asm volatile ("" : : "r" (table));
	flag = helper (elsewhere);
	*(int *) taken = 1;
	moved ();
}
void on_exit_ (void) { chosen->run (kept_limits[0]); shared (2); moved (); }
static int last (int n) { return n; }
void launch (void) { on_exit_ (); }
static void go (int n) { last (n); launch (); }
int main (void) { boot (); go (1); return 0; }
"""


def test_what_run_time_code_uses_lasts(tmp_path: Path) -> None:
    made = Retired(tmp_path, PROTOTYPE + LASTS)
    assert made.placed() == {"boot", "last"}
    assert made.data == {"taken"}
    assert made.unplaced["helper"] == "inline: compilers copy it into its callers"
    assert made.unplaced["elsewhere"] == "has the section .mine already"
    assert made.retired.frames == ()  # what calls them lasts as well


def test_no_copy_of_what_lasts_is_in_a_caller_that_is_erased(tmp_path: Path) -> None:
    """The launch never returns: ``main`` is erased, and ``go`` is still to make the call."""
    source = (
        PROTOTYPE
        + """
    #include <stdlib.h>
    void on_exit_ (void) { puts ("exit"); }
    void __attribute__ ((noreturn)) run (void);
    void run (void) { on_exit_ (); exit (2); }
    void __attribute__ ((noreturn)) launch (void);
    void launch (void) { run (); }
    static void go (void) { puts ("go"); fflush (stdout); launch (); }
    static void boot (void) { moved (); go (); }
    int main (void) { boot (); }
    """
    )
    made = Retired(tmp_path, source)
    assert made.placed() >= {"boot", "moved"}
    assert [f.rpartition(":")[2] for f in made.retired.frames] == ["go"]
    text = (tmp_path / "out/thin/main.c").read_text()
    assert "__attribute__ ((noinline)) static void go" in text
    done = made.run()
    assert (done.returncode, done.stdout) == (2, "go\nexit\n")


BEFORE = r"""
static void early (void) { }
static void middle (void) { moved (); }
static void late (void) { middle (); }
static void load (void) { middle (); }
void on_exit_ (void) { }
void launch (void) { on_exit_ (); }
int main (void) { early (); load (); late (); launch (); return 0; }
"""


def test_another_place_keeps_what_comes_behind_it(tmp_path: Path) -> None:
    made = Retired(
        tmp_path, PROTOTYPE + BEFORE, ", before: {caller: main, callee: load, reason: r}"
    )
    assert made.placed() == {"early"}
    assert made.run().returncode == 0
    text = (tmp_path / "out/thin/main.c").read_text()
    assert "early (); (tcbsplit_retire (), load ()); late ();" in text


def test_what_the_configuration_keeps_stays(tmp_path: Path) -> None:
    made = Retired(
        tmp_path,
        PROTOTYPE + BEFORE,
        ", keep: [{name: early, reason: r}, {name: 'l?te', reason: r}]",
    )
    assert made.placed() == {"middle", "load", "moved"}


@pytest.mark.parametrize(
    ("settings", "source", "error", "message"),
    [
        (", keep: [{name: erly, reason: r}]", BEFORE, UnknownNameError, "erly.*early"),
        (", before: {caller: main, callee: nobody, reason: r}", BEFORE, UnknownNameError, "nobody"),
        (
            ", before: {caller: late, callee: load, reason: r}", BEFORE, UnknownNameError,
            "case.yaml:9: split.retire.before: late does not call load",
        ),
        (
            "", BEFORE.replace("launch ();", "(*launch) ();"), ConflictError,
            "main.c:.*no call before it: its name is not what is called; name a plain call",
        ),
        (
            ", before: {caller: main, callee: with, reason: r}",
            BEFORE.replace("int main", "static void with (int n) { on_exit_ (); }\nint main")
            .replace("launch ();", "with ((early (), 1)); launch ();"),
            ConflictError, "early is among its arguments",
        ),
        (", hooks: [alon]", BEFORE, ConfigError, "alon"),
        (", keep: [{name: early}]", BEFORE, ConfigError, "reason"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told(
    settings: str, source: str, error: type[Exception], message: str, tmp_path: Path
) -> None:
    source = PROTOTYPE + source
    with pytest.raises(error, match=message):
        Retired(tmp_path, source, settings)


def test_a_linker_script_without_the_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"no line of x.lds has '/\* there \*/'"):
        Retired(tmp_path, PROTOTYPE + BEFORE, script="/* there */")


def test_explain_tells_what_lasts_and_why(tmp_path: Path) -> None:
    source = BEFORE.replace("{ early ();", "{ memset (0, 0, 0); early ();")
    own = "void *memset (void *p, int c, unsigned long n) { (void) c; (void) n; return p; }"
    source = f"#include <string.h>\n{own}\n{source}"
    place = ", before: {caller: main, callee: load, reason: r}, keep: [{name: kept, reason: why}]"
    Retired(tmp_path, PROTOTYPE + source + "void kept (void) { }\n", place)
    settings = load(tmp_path / "case.yaml", compdb=tmp_path / "cc.json")
    told = {
        name: explanation_text(explain(settings, Workspace(tmp_path / "artifacts"), name))
        for name in ("early", "middle", "main", "on_exit_", "memset", "kept")
    }
    assert "erased before the target starts: main.c:" in told["early"]
    assert ": main calls main.c:load" in told["early"]
    assert "lasts: on the way from the erasure to the target: main -> main.c:load" in told["middle"]
    assert "lasts beside the target: run-time code reaches it" in told["on_exit_"]
    assert "lasts beside the target: compilers call it by themselves" in told["memset"]
    assert "lasts beside the target: the configuration keeps it: why" in told["kept"]
