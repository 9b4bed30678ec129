# SPDX-License-Identifier: MIT
"""Boots for tests: a machine that is a script, benches and scenarios."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tcbsplit.config.scenario import Marker, Scenario
from tcbsplit.model.result import BootResult
from tcbsplit.validate.boot import Bench, boot

# The machine: its kernel says what it does, after the magic of an ELF file.
MAGIC = "\x7fELF"


# For the shell the second line starts Python (whose path may hold a space); for Python it is text.
MACHINE = f"""#!/bin/sh
"exec" "{sys.executable}" "$0" "$@"
import os, socket, sys, time
def say(text):
    sys.stdout.write(text); sys.stdout.flush()
open("pid", "w").write(str(os.getpid()))
exec(open("image.elf").read()[4:])
"""


ASKS = """
say("PIN: ")
line = b""
while not line.endswith(b"\\r"):
    line += os.read(0, 1)
say("***\\r\\n" + ("right" if line == b"2718\\r" else "wrong") + "\\r\\n")
"""


def with_kernel(bench: Bench, **kernels: str) -> Bench:
    """A bench whose builds boot the given code."""
    builds = {}
    for name, code in kernels.items():
        image = bench.base / name / "image"
        image.parent.mkdir(exist_ok=True)
        image.write_text(MAGIC + code)
        builds[name] = (image.parent, image)
    return Bench(**{**vars(bench), "builds": builds})


def wanted(*expect: str, within: int = 20, **more: Any) -> Scenario:
    more = {"builds": ("original",), "seal": "", **more}
    return Scenario(
        summary="test", expect=tuple(Marker(text=t, within=within) for t in expect), **more
    )


def boot_one(bench: Bench, code: str, scenario: Scenario) -> BootResult:
    (result,) = boot({"case": scenario}, with_kernel(bench, original=code))
    assert [p for p in bench.folder.iterdir() if p.name.startswith(".")] == []
    if not result.log:
        return result
    pid = int((Path(result.log).parent / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    return result
