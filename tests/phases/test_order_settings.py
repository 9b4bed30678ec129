# SPDX-License-Identifier: MIT
"""Settings of the order of boot: what starts the preprocessing guest, and what may come later."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcbsplit.errors import UnknownNameError
from tcbsplit.model.vocabulary import CutPolicy
from tests.support.ordered import HEAD, READ, late, ordered

HANDLER = (
    "static int (*allow) (int); int on_exit (int n) { return allow (n); }"
    "static int refuse (int n) { return -n; }"
    "void add (int (*f) (int)) { allow = f; }\n"
    "void start (void) { moved (); add (refuse); }\n"
)
TWICE = HEAD + READ + (
    "static void key (void) { x = c (); } static void filter (void) { x = c (); }\n"
    "void start (void) {\nmoved ();\nkey ();\nfilter ();\n}\n"
)  # fmt: skip


def test_what_is_accepted_is_not_followed(tmp_path: Path) -> None:
    found = ordered(tmp_path, TWICE, accept=("key",))
    assert [s.writers for s in found.late] == [("a.c:filter",)], (
        "another writer is late all the same"
    )
    assert ordered(tmp_path, TWICE, accept=("key", "filter")).holds
    assert ordered(tmp_path, TWICE, accept=("x",)).holds, "a variable"


def test_an_accepted_handler_is_not_late(tmp_path: Path) -> None:
    source = HEAD + HANDLER
    assert late(ordered(tmp_path, source, accept=("refuse",))) == "allow"
    assert late(ordered(tmp_path, source, accept=("add",))) == " | refuse"


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("filtr", r"c\.yaml:3: order\.accept: no function or variable filtr; did you mean"),
        ("key*", r"c\.yaml:3: order\.accept: key\*: must be a name, no pattern"),
        ("file:a.c", r"order\.accept: file:a\.c: must be a name, no pattern"),
        ("moved", r"order\.accept: nothing late comes from moved; take this out"),
        ("y", r"order\.accept: nothing late comes from y; take this out"),
    ],
)
def test_what_is_accepted_must_be_late(tmp_path: Path, name: str, complaint: str) -> None:
    with pytest.raises(UnknownNameError, match=complaint):
        ordered(tmp_path, TWICE, accept=(name,))


def test_optional_names_may_mean_nothing(tmp_path: Path) -> None:
    assert not ordered(tmp_path, TWICE, accept=("filtr", "y"), optional=True).holds


def test_other_calls_that_start_the_guest(tmp_path: Path) -> None:
    source = HEAD + READ + (
        "void never (void) { moved (); }\n"
        "static void run (void) { c (); } static void set (void) { x = c (); }\n"
        "void thread (void) {\nset ();\nrun ();\n}\n"
        "void start (void) {\nrun ();\nset ();\nthread ();\n}\n"
    )  # fmt: skip
    policy = CutPolicy.ELIDE
    unknown = ordered(tmp_path, source, policy=policy)
    assert not unknown.places and not unknown.holds
    with pytest.raises(UnknownNameError, match=r"c\.yaml:2: order\.starts: set does not call run"):
        ordered(tmp_path, source, policy=policy, starts=(("set", "run"),))
    with pytest.raises(UnknownNameError, match=r"c\.yaml:2: order\.starts: no function rum; did"):
        ordered(tmp_path, source, policy=policy, starts=(("start", "rum"),))
    assert late(ordered(tmp_path, source, policy=policy, starts=(("start", "run"),))) == "x"
    only = (("thread", "run"),)
    assert ordered(tmp_path, source, policy=policy, starts=only).holds, "by this call alone"


def test_boot_does_not_go_on_in_callers_of_boot_only_functions(tmp_path: Path) -> None:
    source = HEAD + (
        "void never (void) { moved (); }\n"
        "static void run (void) { c (); } static void set (void) { x = c (); }\n"
        "void thread (void) {\nrun ();\nset ();\n}\n"
        "static void other (void) { y = c (); }\n"
        "int on_exit (int n) { thread (); other (); return x + y; }\n"
        "void start (void) {\nmoved ();\nlaunch ();\n}\n"
    )
    starts = (("thread", "run"),)
    found = ordered(tmp_path, source, policy=CutPolicy.ELIDE, starts=starts, boot_only=("thread",))
    assert late(found) == "x"
