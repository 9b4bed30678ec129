# SPDX-License-Identifier: MIT
"""Calls that the guest does not repeat are told, with what a second one could change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcbsplit.report.split import split_text
from tests.support.divided import divided

MOVED = "static int n; void moved (void) { n++; } "
TWICE = {
    "in a row": MOVED + "int main (void) { moved (); moved (); return n; }",
    "in a loop": MOVED + "int main (int c, char **v) { while (c--) moved (); return n; }",
    "backwards": MOVED
    + "int main (int c, char **v) { again: moved (); if (c--) goto again; return n; }",
    "by two callers": MOVED + "static void other (void) { moved (); } "
    "int main (void) { other (); moved (); return n; }",
    "by a caller that is called twice": MOVED + "static void other (void) { moved (); } "
    "int main (void) { other (); other (); return n; }",
    "through a pointer": "static int n, *p = &n; void moved (void) { *p += 1; } "
    "int main (void) { moved (); moved (); return n; }",
    "by what it calls": "static int n; static void add (void) { n++; } "
    "void moved (void) { add (); } int main (void) { moved (); moved (); return n; }",
}  # fmt: skip
ONCE = {
    "once": MOVED + "int main (void) { moved (); return n; }",
    "on one of two ways": MOVED
    + "int main (int c, char **v) { if (c > 1) moved (); else moved (); return n; }",
    "nothing is read": "static int n; void moved (void) { n = 1; } "
    "int main (void) { moved (); moved (); return n; }",
    "read is something else": "static int n; static const int k = 3; void moved (void) { n = k; } "
    "int main (void) { moved (); moved (); return n; }",
}


@pytest.mark.parametrize("source", TWICE.values(), ids=TWICE)
def test_a_counter_of_calls_is_told(tmp_path: Path, source: str) -> None:
    result = divided(tmp_path, source)
    assert [(a.function, a.variables) for a in result.plan.again] == [("moved", ("main.c:n",))]
    assert "the guest runs once and the original may call again" in split_text(result, tmp_path)


@pytest.mark.parametrize("source", ONCE.values(), ids=ONCE)
def test_what_a_second_call_does_not_change_is_not_told(tmp_path: Path, source: str) -> None:
    result = divided(tmp_path, source)
    assert not result.plan.again
    assert "runs once" not in split_text(result, tmp_path)
