# SPDX-License-Identifier: MIT
"""The small program's guest, run as a program of the host."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tcbsplit.config.load import load
from tcbsplit.pipeline.analyze import analyze as run_analyze
from tcbsplit.pipeline.split import split as run_split
from tcbsplit.pipeline.workspace import Workspace


def host_blob(tiny: Path, tmp_path: Path) -> bytes:
    """What the same guest hands over as a program of the host."""
    settings = load(tiny / "tiny.yaml", compdb=tiny / "compile_commands.json")
    space = Workspace(tmp_path / "artifacts")
    run_analyze(settings, space)
    run_split(settings, space, tmp_path / "on-host")
    folder = tmp_path / "on-host/guest"
    names = ("guest_main", "sha256", "send", "wipe", "table", "returns", "entries", "adapter")
    sources = [*(f"tcbsplit/{n}.c" for n in names), "src/secret.c", "src/main.c"]
    subprocess.run(
        ["gcc", "-Itcbsplit", "-Isrc/include", "-o", "guest", *sources], cwd=folder, check=True
    )
    return subprocess.run([folder / "guest"], check=True, capture_output=True).stdout
