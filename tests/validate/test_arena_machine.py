# SPDX-License-Identifier: MIT
"""The machine of the tests with hostile guests ends with the process that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.soak.images import assemble
from tests.support.processes import alive, until

HOLDS = """
import sys, time
from pathlib import Path
from tests.support.machine import Machine
folder, image = map(Path, sys.argv[1:])
(folder / "disk").write_bytes(bytes(512))
with Machine(folder / "machine", image, [("m", image)], folder / "disk") as machine:
    print(machine.process.pid, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_test_leaves_no_machine(how: signal.Signals, tmp_path: Path) -> None:
    image = next(iter(assemble(tmp_path).values()))
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, tmp_path, image], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        machine = int(parent.stdout.readline())
        assert alive(machine)
        os.kill(parent.pid, how)
    assert until(lambda: not alive(machine), 20)
