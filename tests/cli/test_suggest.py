# SPDX-License-Identifier: MIT
"""``suggest``: what prepares comes first; no service, and nothing without which nothing starts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tcbsplit.model.graph import Edge
from tcbsplit.model.vocabulary import Confidence, EdgeKind, SymbolId
from tcbsplit.phases.pieces import apart, named
from tests.cli.test_near import CALLS, FILLER, LINES
from tests.support.cli import tcbsplit
from tests.support.launching import analysed

DATA = "extern int table, seed, total;\n"


def unit(name: str, before: str = "", after: str = "") -> str:
    """A file with one function of a suitable size, which cannot be divided."""
    return f"{DATA}{before}void {name}(void) {{\n{LINES}\n{LINES}\n{after} }}\n"


def proposals(folder: Path, files: dict[str, str], *words: str) -> tuple[list[Any], str]:
    """What is proposed for a program, as data and as text."""
    analysed(folder, files)
    weights = ("--weights", "cut=1,runtime=1", *words)
    done = tcbsplit("suggest", "hv.yaml", *weights, "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), tcbsplit("suggest", "hv.yaml", *weights, cwd=folder).stdout


def main_with(declared: str, boot: str, late: str, more: str = "") -> str:
    return f"""
int table, seed, total;
{declared}
void run_guest(void);
{FILLER}
{more}
void on_exit(void) {{ {late} {CALLS} }}
void start_everything(void) {{ {boot} run_guest(); }}
void run_guest(void) {{ __asm__ volatile("vmrun" ::: "memory"); }}
int main(void) {{ start_everything(); return 0; }}
"""


def entered(found: list[Any]) -> set[str]:
    return {name for p in found for name in p["entries"]}


def test_a_way_to_the_launch_that_types_alone_show_holds_nothing(tmp_path: Path) -> None:
    """A handler of panics that calls what assembly hands it may call anything of its type."""
    files = {
        "prepare.c": unit("prepare", "void alarm_all(void);", "if (total < 0) alarm_all();"),
        "main.c": main_with(
            "void prepare(void);", "prepare();", "alarm_all();",
            "void (*given)(void); void take(void)\n"
            '{ __asm__ volatile("mov %%rax, %0" : "=r"(given)); }\n'
            "void *kept[2];\nvoid start_everything(void);\n"
            "void alarm_all(void) { take(); kept[0] = (void *)start_everything; given(); }",
        ),
    }  # fmt: skip
    found, _ = proposals(tmp_path, files)
    assert "prepare" in entered(found)
    assert "start_everything" not in entered(found)


def test_what_starts_a_service_is_none_that_prepares(tmp_path: Path) -> None:
    """It runs at boot only, but hands out a function that is called at run time."""
    register = "extern void (*hook)(void);\nstatic void tick(void) { total++; }\n"
    files = {
        "prepare.c": unit("prepare"),
        "driver.c": unit("driver", register, "hook = tick;"),
        "main.c": main_with(
            "void (*hook)(void); void prepare(void); void driver(void);",
            "prepare(); driver();", "hook();",
        ),
    }  # fmt: skip
    found, _ = proposals(tmp_path, files)
    assert "prepare" in entered(found) and "driver" not in entered(found)
    all_of_them, text = proposals(tmp_path, files, "--lossy")
    (service,) = (p for p in all_of_them if "driver" in p["entries"])
    assert service["serves"] == ["driver.c:tick"]
    assert "a service: at run time driver.c:tick would not be called" in text
    assert all_of_them.index(service) > 0


def test_without_anything_free_what_only_answers_comes_before_services(tmp_path: Path) -> None:
    register = "extern void (*hook)(void);\nstatic void tick(void) { total++; }\n"
    files = {
        "answer.c": unit("answer"),
        "driver.c": unit("driver", register, "hook = tick;"),
        "late.c": unit("late"),
        "main.c": main_with(
            "void (*hook)(void); void answer(void); void driver(void); void late(void);",
            "answer(); driver();", "hook(); answer(); late();",
        ),
    }  # fmt: skip
    found, text = proposals(tmp_path, files)
    assert entered(found) == {"answer"}
    assert text.startswith("nothing leaves without losing calls at run time")
    lossy, _ = proposals(tmp_path, files, "--lossy")
    assert lossy[0]["entries"] == ["answer"]
    assert {"driver", "late"} <= entered(lossy)


def test_what_answers_many_calls_at_run_time_is_a_library(tmp_path: Path) -> None:
    callers = "\n".join(f"void late{n}(void) {{ answer(); }}" for n in range(13))
    late = " ".join(f"late{n}();" for n in range(13))
    files = {
        "answer.c": unit("answer"),
        "main.c": main_with("void answer(void);\n" + callers, "answer();", late),
    }
    found, text = proposals(tmp_path, files)
    assert found == []
    assert "--lossy also proposes services" in text


def test_a_piece_is_named_after_where_it_is() -> None:
    ids = [SymbolId(f"f{n}") for n in range(4)]
    files = dict(zip(ids, ("a/b/x.c", "a/b/y.c", "a/c.c", "d/e.c"), strict=True))
    lines = dict(zip(ids, (50, 40, 20, 30), strict=True))
    assert named(ids[:2], files.__getitem__, lines) == "a/b"
    assert named(ids[:1], files.__getitem__, lines) == "a/b/x.c"
    assert named(ids[2:], files.__getitem__, lines) == "d, a"


def test_parts_are_joined_by_edges_and_by_variables_that_they_write() -> None:
    a, b, c, d, e = map(SymbolId, "abcde")
    edge = Edge(a, b, EdgeKind.CALL, Confidence.EXACT, "x.c", 1, "direct")
    nobody: frozenset[SymbolId] = frozenset()
    users = {
        SymbolId("written"): (frozenset({c}), frozenset({c, d})),
        SymbolId("read"): (nobody, frozenset({a, e})),
    }
    assert set(apart([a, b, c, d, e], [edge], users)) == {
        frozenset({a, b}), frozenset({c, d}), frozenset({e}),
    }  # fmt: skip
