# SPDX-License-Identifier: MIT
"""Programs that start in ``main``, launch with ``run_guest`` and go on in ``on_exit``, analysed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tests.support.cli import tcbsplit


def analysed(folder: Path, files: Mapping[str, str]) -> Path:
    """Write C files, a compile database and a configuration into ``folder``; return that one."""
    database = []
    for name, text in files.items():
        (folder / name).write_text(text)
        words = ["gcc", "-c", name]
        database.append({"directory": str(folder), "file": name, "arguments": words})
    (folder / "db.json").write_text(json.dumps(database))
    config = folder / "hv.yaml"
    config.write_text(
        "version: 1\nname: hv\nsource: .\nimage: hv\ncompdb: db.json\n"
        "roots: {boot: [main], runtime: [on_exit]}\nlaunch: [run_guest]\n"
    )
    assert tcbsplit("analyze", config, cwd=folder).returncode == 0
    return config
