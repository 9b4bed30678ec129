# SPDX-License-Identifier: MIT
"""What the adapter uses once code is erased: the analysis does not see it, its text is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcbsplit.config.load import load
from tcbsplit.pipeline.explain import explain
from tcbsplit.pipeline.workspace import Workspace
from tcbsplit.report.advice import explanation_text
from tcbsplit.split.decide.adapted import named_later
from tcbsplit.split.write.templates import runtime_text
from tests.support.retiring import ADAPTER, Retired

PROGRAM = r"""
void moved (void);
int unmap (void *first, void *end);
int only_at_boot (void);
static int helper (void) { return 0; }
int unmap (void *first, void *end) { return first == end ? helper () : 0; }
int only_at_boot (void) { return helper (); }
static void boot (void) { unmap (0, 0); only_at_boot (); moved (); }
void on_exit_ (void) { puts ("exit"); fflush (stdout); }
void launch (void) { on_exit_ (); }
int main (void) { boot (); launch (); return 0; }
"""
HOOK = """
int unmap (void *, void *);
int only_at_boot (void);
int tcbsplit_adapter_release (void *first, void *end)
{ return 0 * unmap (first, end); }
static TCBSPLIT_RETIRED int early (void) { return only_at_boot (); }
int (*early_function) (void) = early;
"""


@pytest.mark.parametrize("style", ["excise", "guard"])
def test_what_the_adapter_uses_after_the_erasure_lasts(style: str, tmp_path: Path) -> None:
    adapter = ADAPTER + HOOK
    made = Retired(tmp_path, PROGRAM, ", hooks: [release]", style=style, adapter=adapter)
    assert made.placed() == {"boot", "only_at_boot", "moved"}
    done = made.run()
    assert (done.returncode, done.stdout) == (0, "exit\n")
    settings = load(tmp_path / "case.yaml", compdb=tmp_path / "cc.json")
    told = explanation_text(explain(settings, Workspace(tmp_path / "artifacts"), "unmap"))
    assert "lasts beside the target: the adapter uses it in a function that is not erased" in told


WAITING = r"""
void moved (void);
int wait_ (int early);
static int at_boot (void) { return 3; }
static int later (void) { return 1; }
static int waited (int early) { return early ? at_boot () : later (); }
int wait_ (int early) { return waited (early); }
static void boot (void) { wait_ (1); moved (); }
void on_exit_ (void) { puts ("exit"); fflush (stdout); }
void launch (void) { on_exit_ (); }
int main (void) { boot (); launch (); return 0; }
"""
WAITS = """
int wait_ (int);
int tcbsplit_adapter_release (void *first, void *end) { return 0 * wait_ (!first || !end); }
"""


@pytest.mark.parametrize(
    ("roots", "erased"),
    [("", {"boot", "moved"}), (", boot_only: [at_boot]", {"boot", "moved", "at_boot"})],
)
def test_what_boot_alone_calls_is_erased_although_the_adapter_leads_there(
    roots: str, erased: set[str], tmp_path: Path
) -> None:
    made = Retired(tmp_path, WAITING, ", hooks: [release]", adapter=ADAPTER + WAITS, roots=roots)
    assert made.placed() == erased
    done = made.run()
    assert (done.returncode, done.stdout) == (0, "exit\n")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("void tcbsplit_adapter_print (const char *s) { put (s); }", {"put", "s"}),
        ("int tcbsplit_adapter_run_guest (void)\n{ return load (); }", set()),
        ("void\ntcbsplit_adapter_wipe_guest (void) { wipe (); }", set()),
        ("static TCBSPLIT_RETIRED int f (void) { return g (); }", set()),
        ("static inline TCBSPLIT_RETIRED_INLINE int f (void) { return g (); }", set()),
        ("static int f (void) { if (g ()) { h (); } return 0; }", {"g", "h"}),
        ("#define X g ()\n/* h () */ static int f (void) { return 0; }", set()),
        ("UNIT (f);\nstatic int f (void) { return g; }", {"g"}),
        ("TCBSPLIT_RETIRED int a;\nint f (void) { return g (); }", {"g"}),
        ("static struct ops ops = { .go = g };", {"go", "g"}),
    ],
)  # fmt: skip
def test_functions_of_an_adapter_are_told_apart(text: str, named: set[str]) -> None:
    assert named_later(text.encode(), runtime_text("handoff", "adapter.h")) == named
