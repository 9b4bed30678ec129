# SPDX-License-Identifier: MIT
"""Programs of one file, split in the process of the test."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tcbsplit.config.load import load
from tcbsplit.model.split import Split
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.split import split
from tcbsplit.pipeline.workspace import Workspace
from tests.support.reading import IN_PROCESS

CONFIG = """\
version: 1
name: case
source: tree
image: case
preprocess: [moved]
cuts: [{caller: "*", callee: moved, policy: handoff, reason: "r"}]
roots: {boot: [main]}
split:
  glue: {adapter: none.c, folder: glue, list: {file: list.txt, after: files, text: glue}}
  guest: {adapter: guest.c, entries: [moved]}
"""


def divided(folder: Path, source: str, handoff: str = "", adapter: str = "") -> Split:
    """Split a program of one file, whose ``moved`` the guest runs, into ``folder/out``."""
    (folder / "tree").mkdir(exist_ok=True)
    (folder / "tree/list.txt").write_text("files\n")
    (folder / "tree/main.c").write_text(source)
    (folder / "none.c").write_text("/* none */\n")
    (folder / "guest.c").write_text(adapter or "/* none */\n")
    (folder / "case.yaml").write_text(CONFIG + (f"handoff: {handoff}\n" if handoff else ""))
    command = {
        "directory": str(folder / "tree"),
        "file": "main.c",
        "arguments": ["gcc", "-c", "main.c", "-o", "main.o"],
    }
    (folder / "cc.json").write_text(json.dumps([command]))
    settings = load(folder / "case.yaml", compdb=folder / "cc.json")
    space = Workspace(folder / "artifacts")
    analyze(settings, space, how=IN_PROCESS)
    return split(settings, space, folder / "out", how=IN_PROCESS)


def run_guest(folder: Path, main: str) -> int:
    """Return the status of the guest's entries, linked with ``main`` in C instead of an adapter."""
    (folder / "run.c").write_text(f"int tcbsplit_run_entries (void);\n{main}\n")
    guest = folder / "out/guest"
    sources = [guest / "src/main.c", guest / "tcbsplit/entries.c", guest / "tcbsplit/returns.c"]
    words = ["gcc", "-Wall", "-Wextra", "-Werror", "-o", folder / "run"]
    subprocess.run([*map(str, [*words, *sources, folder / "run.c"])], check=True)
    return subprocess.run([folder / "run"], check=False).returncode
