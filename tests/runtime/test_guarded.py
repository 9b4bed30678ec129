# SPDX-License-Identifier: MIT
"""The handoff at once from two processors, and what the guest wipes, on the host."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tcbsplit.model.handoff import HandoffEntry
from tcbsplit.model.vocabulary import SymbolId
from tcbsplit.split.write import handoff
from tests.runtime.carrying import HERE, RUNTIME, SANITISERS

_ENTRIES = (("small", 5), ("word", 8), ("large", 100))


def program(folder: Path, main: str, *flags: str, runtime: tuple[str, ...]) -> Path:
    entries = tuple(
        HandoffEntry(
            id=number, name=SymbolId(name), symbol=name, file=main, size=size, layout=f"u{size}",
            secret=False, writers=(), readers=(),
        )
        for number, (name, size) in enumerate(_ENTRIES)
    )  # fmt: skip
    for name, content in handoff.table_files(entries).items():
        (folder / name).write_bytes(content)
    sources = [RUNTIME / name if name != "table.c" else folder / name for name in runtime]
    subprocess.run(
        ["gcc", "-g", "-O1", "-Wall", "-Wextra", "-Werror", *flags, f"-I{folder}", f"-I{RUNTIME}",
         "-o", folder / "program", HERE / main, *sources],
        check=True,
    )  # fmt: skip
    return folder / "program"


def test_one_of_two_processors_hands_over(tmp_path: Path) -> None:
    runtime = ("table.c", "receive.c", "send.c", "sha256.c")
    race = program(tmp_path, "race.c", "-fsanitize=thread", runtime=runtime)
    done = subprocess.run([race], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "0 both, 0 none, 0 torn\n"), done.stderr[-3000:]


def test_the_guest_wipes_its_secrets_and_nothing_else(tmp_path: Path) -> None:
    wipes = program(tmp_path, "wipes.c", *SANITISERS, runtime=("send.c", "sha256.c"))
    done = subprocess.run([wipes], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "PASS\n"), done.stdout + done.stderr[-3000:]
