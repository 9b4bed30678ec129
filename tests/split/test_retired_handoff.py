# SPDX-License-Identifier: MIT
"""Retired code together with a handoff that has pointers, strings and lists: the whole glue."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tcbsplit.config.load import load
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.split import split
from tcbsplit.pipeline.workspace import Workspace
from tests.support.divided import laid_out
from tests.support.reading import IN_PROCESS

SOURCE = """
struct item { struct item *next; int v; };
static int *table;
static int count;
static char *name;
static struct item *list;
int shown;
int moved (void);
int moved (void)
{
	static int some[3] = { 1, 2, 3 };
	static struct item one = { 0, 4 };

	table = some;
	count = 3;
	name = "x";
	list = &one;
	return 0;
}
static int boot (void) { return moved (); }
void on_exit_ (void) { shown = table[count - 1] + name[0] + list->v; }
void launch (void) { on_exit_ (); }
int main (void) { boot (); launch (); return 0; }
"""
CONFIG = """\
  retire: {linker: {file: x.lds, after: "/* here */"}}
preprocess: [moved]
cuts: [{caller: "*", callee: moved, policy: handoff, reason: "r"}]
launch: [launch]
handoff:
  carry:
    - {name: table, length: count, most: 4}
    - {name: name, string: 8}
    - {name: list, list: next, most: 3}
"""


@pytest.fixture(scope="module")
def thin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    (folder / "guest.c").write_text("/* none */\n")
    files = {"main.c": SOURCE, "x.lds": "SECTIONS\n{\n/* here */\n}\nINSERT AFTER .data;\n"}
    laid_out(folder, files, CONFIG, guest="{adapter: guest.c, entries: [moved]}")
    config = folder / "case.yaml"
    roots = "roots: {boot: [main], runtime: [on_exit_]}"
    config.write_text(config.read_text().replace("roots: {boot: [main]}", roots))
    settings = load(config, compdb=folder / "cc.json")
    space = Workspace(folder / "artifacts")
    analyze(settings, space, how=IN_PROCESS)
    split(settings, space, folder / "out", how=IN_PROCESS)
    return folder / "out/thin"


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("flags", [("-fno-pie", "-O2"), ("-fpie", "-O2"), ("-O0",)])
def test_it_compiles_without_a_conflict_of_sections(
    compiler: str, flags: tuple[str, ...], thin: Path
) -> None:
    sources = ["main.c", *map(str, sorted((thin / "glue").glob("*.c")))]
    assert len(sources) == 8
    done = subprocess.run(
        [compiler, "-std=gnu11", "-Wall", "-Wextra", "-Werror", *flags, "-Iglue", "-c", *sources],
        cwd=thin, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    # What the target meets of the handoff is not erased; what takes the blob is.
    symbols = subprocess.run(
        ["objdump", "-t", "thin.o", "receive.o"],
        cwd=thin,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    kept = {line.split()[-1] for line in symbols.splitlines() if " F .text\t" in line}
    gone = {line.split()[-1] for line in symbols.splitlines() if " F .tcbsplit.text\t" in line}
    assert kept == {"tcbsplit_on_handoff", "tcbsplit_sealed"}
    assert {"tcbsplit_take", "tcbsplit_measure", "tcbsplit_accept", "tcbsplit_commit"} <= gone
