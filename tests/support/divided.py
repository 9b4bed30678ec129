# SPDX-License-Identifier: MIT
"""Small programs with a configuration, and their split in the process of the test."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from tcbsplit.config.load import load
from tcbsplit.config.settings import Settings
from tcbsplit.model.split import Split
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.split import split
from tcbsplit.pipeline.workspace import Workspace
from tests.support.reading import IN_PROCESS

HEAD = """\
version: 1
name: case
source: tree
image: case
roots: {boot: [main]}
split:
  glue: {adapter: thin.c, folder: glue, list: {file: list.txt, after: files, text: glue}}
"""
MOVED = """\
preprocess: [moved]
cuts: [{caller: "*", callee: moved, policy: handoff, reason: "r"}]
"""
MAIN_ONLY = (("main.c", ["-c", "main.c"]),)


def laid_out(
    folder: Path,
    files: Mapping[str, str | bytes],
    config: str,
    units: Iterable[tuple[str, list[str]]] = MAIN_ONLY,
    guest: str = "{adapter: none.c}",
    thin: str = "thin.c",
) -> Settings:
    """Write a source tree and its configuration into ``folder``; return the settings.

    ``config`` continues ``HEAD``; ``units`` are files and the words of their compiler.
    """
    for name, text in {**files, "list.txt": "files\n"}.items():
        path = folder / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    for adapter in ("thin.c", "none.c"):
        (folder / adapter).write_text("/* none */\n")
    head = HEAD.replace("thin.c", thin)
    (folder / "case.yaml").write_text(f"{head}  guest: {guest}\n{config}")
    commands = [
        {"directory": "tree", "file": file, "arguments": ["cc", *words]} for file, words in units
    ]
    (folder / "cc.json").write_text(json.dumps(commands))
    return load(folder / "case.yaml", compdb=folder / "cc.json")


def divided(folder: Path, source: str, handoff: str = "", adapter: str = "") -> Split:
    """Split a program of one file, whose ``moved`` the guest runs, into ``folder/out``."""
    (folder / "guest.c").write_text(adapter or "/* none */\n")
    config = MOVED + (f"handoff: {handoff}\n" if handoff else "")
    guest = "{adapter: guest.c, entries: [moved]}"
    settings = laid_out(folder, {"main.c": source}, config, guest=guest)
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
