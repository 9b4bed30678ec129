# SPDX-License-Identifier: MIT
"""Near matches by meaning, and suggestions of what can be moved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tcbsplit.errors import near
from tests.support.cli import refused, tcbsplit
from tests.support.launching import analysed

NAMES = [
    "lib/kdf.c:pbkdf2_hmac",
    "pbkdf2",
    "key_init",
    "pin_check",
    "main",
    "lib/kdf.c:derive_pbkdf2",
]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("pbkdf2_hmac", "; did you mean lib/kdf.c:pbkdf2_hmac, pbkdf2?"),
        ("PBKDF2", "; did you mean pbkdf2, lib/kdf.c:pbkdf2_hmac, lib/kdf.c:derive_pbkdf2?"),
        ("init_key", "; did you mean key_init?"),
        ("man", "; did you mean main?"),
        ("key_innit", "; did you mean key_init?"),
        ("zzzz", ""),
        ("*", ""),
    ],
)
def test_near_matches(name: str, hint: str) -> None:
    assert near(name, NAMES) == hint


def test_how_many_more_there_are() -> None:
    assert near("part", [f"part_{i}" for i in range(5)]) == (
        "; did you mean part_0, part_1, part_2? (and 2 more like it)"
    )


def test_explain_lists_functions_that_hold_a_word(tiny: Path, tmp_path: Path) -> None:
    words = ("analyze", tiny / "tiny.yaml", "--compdb", tiny / "compile_commands.json")
    assert tcbsplit(*words, cwd=tmp_path).returncode == 0
    done = tcbsplit("explain", tiny / "tiny.yaml", "init", cwd=tmp_path)
    refused(done, "no function init; did you mean", "key_init", "settings_init")


LINES = "\n".join(f"\ttotal += {i} * seed;" for i in range(120))
FILLER = "\n".join(f"static void fill{i}(void) {{\n{LINES}\n}}" for i in range(6))
CALLS = " ".join(f"fill{i}();" for i in range(6))
DATA = "extern int table, seed, total;\n"
FILES = {
    "prepare.c": f"{DATA}static void first(void) {{\n{LINES}\n}}\n"
    f"static void second(void) {{\n{LINES}\n}}\n"
    "void prepare(void) { first(); second(); table = total; }\n",
    "service.c": f"{DATA}static void helper(void) {{\n{LINES}\n}}\n"
    f"static void other(void) {{\n{LINES}\n}}\nvoid service(void) {{ helper(); other(); }}\n",
    "main.c": f"""
int table, seed, total;
void prepare(void);
void service(void);
void run_guest(void);
{FILLER}
void on_exit(void) {{ service(); {CALLS} }}
void start_everything(void) {{ prepare(); run_guest(); }}
void run_guest(void) {{ __asm__ volatile("vmrun" ::: "memory"); }}
int main(void) {{ start_everything(); return 0; }}
""",
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return analysed(tmp_path, FILES)


def entries(config: Path, *words: str) -> list[list[str]]:
    done = tcbsplit("suggest", config, "--weights", "cut=1,runtime=1", "--json", *words,
                    cwd=config.parent)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [p["entries"] for p in json.loads(done.stdout)]


def test_what_prepares_is_suggested_and_neither_the_start_nor_a_service(config: Path) -> None:
    free = entries(config)
    assert ["prepare"] in free
    named = {name for e in free for name in e}
    assert "start_everything" not in named and "main" not in named
    assert "service" not in named
    lossy = [name for e in entries(config, "--lossy") for name in e]
    assert "service" in lossy and "start_everything" not in lossy
