# SPDX-License-Identifier: MIT
"""What code that stays does between two calls of what moved: the guest has run by then."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcbsplit.errors import HandoffError, TcbsplitError
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.split import split
from tcbsplit.pipeline.workspace import Workspace
from tests.support.divided import laid_out
from tests.support.reading import IN_PROCESS

# Two calls that set y, z and x; what main does before, between and after them.
PROGRAM = """\
int x, y, z, r;
void set (int n) { x = n; }
int get (void) { return x; }
void moved (void) { y = 1; z = x; }
void moved2 (void) { x++; z = y + x; }
MORE
int main (int argc, char **argv) { FIRST moved (); BETWEEN moved2 (); LAST return x + y + z; }
"""
WRONG = {
    "set": ("", "x = argc;", "x: main sets it before moved2 is called"),
    "set by a function": ("", "set (argc);", "x: set sets it before moved2"),
    "set by what calls it": ("void last (void) { x = 3; moved2 (); }", "last (); if (0)",
                             "x: last sets it before moved2"),
    "set on one path": ("", "if (argc > 1) x = argc;", "x: main sets it before moved2"),
    "read": ("", "r = z;", "z: main reads it before moved2 is called"),
    "read by a function": ("", "r = get ();", "x: get reads it before moved2"),
    "read in a condition": ("", "if (z)", "z: main reads it before moved2"),
    "deep": ("void last2 (void) { moved2 (); } void last (void) { r = z; last2 (); }",
             "last (); if (0)", "z: last reads it before moved2"),
    "by another name": ('extern int w __attribute__ ((alias ("z")));', "r = w;",
                        "z: main reads it before moved2"),
}  # fmt: skip
RIGHT = {
    "nothing": ("", "", "", ""),
    "set before": ("", "x = argc;", "", ""),
    "set afterwards": ("", "", "", "x = 5; z = 2;"),
    "read afterwards": ("", "", "", "r = z + get ();"),
    "read what only the first one sets": ("", "", "r = y;", ""),
    "on another path": ("", "if (argc > 2) { r = z; return 1; }", "", ""),
}
INPUT = (
    "{name: x, way: block, optional: true, reason: r}, "
    '{name: "?", way: own, optional: true, reason: r}'
)


def divide(folder: Path, text: str, handoff: str = "") -> None:
    (folder / "guest.c").write_text("/* none */\n")
    config = f"""\
preprocess: [moved, moved2]
cuts: [{{caller: "*", callee: "moved*", policy: handoff, reason: r}}]
handoff: {{inputs: [{INPUT}]{handoff}}}
"""
    guest = "{adapter: guest.c, entries: [moved, moved2]}"
    settings = laid_out(folder, {"main.c": text}, config, guest=guest)
    space = Workspace(folder / "artifacts")
    analyze(settings, space, how=IN_PROCESS)
    split(settings, space, folder / "out", how=IN_PROCESS)


def program(more: str, first: str = "", between: str = "", last: str = "") -> str:
    text = PROGRAM.replace("MORE", more).replace("FIRST", first)
    return text.replace("BETWEEN", between).replace("LAST", last)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_out_of_order_is_refused(tmp_path: Path, name: str) -> None:
    more, between, wanted = WRONG[name]
    with pytest.raises(HandoffError, match=rf"main\.c:1: {wanted}") as found:
        divide(tmp_path, program(more, between=between))
    assert "handoff: {between: [{name: " in str(found.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_in_order_is_not(tmp_path: Path, name: str) -> None:
    divide(tmp_path, program(*RIGHT[name]))


def test_what_does_no_harm_is_accepted_by_name(tmp_path: Path) -> None:
    accept = ", between: [{name: z, reason: it is only printed}]"
    divide(tmp_path, program("", between="r = z;"), accept)
    with pytest.raises(
        HandoffError, match=r"handoff\.between: z is not used between calls of moved"
    ):
        divide(tmp_path, program(""), accept)
    with pytest.raises(TcbsplitError, match=r"handoff\.between: no variable zz"):
        divide(tmp_path, program(""), accept.replace("name: z", "name: zz"))
