# SPDX-License-Identifier: MIT
"""The ``linux`` environment: moved code as /init of a stock kernel, in an initramfs made here."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tcbsplit.config.load import load
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.split import split
from tcbsplit.pipeline.workspace import Workspace
from tests.support.tiny import host_blob

ADAPTER = Path(__file__).parent / "linux_guest.c"


@pytest.fixture
def guest(tiny: Path, tmp_path: Path) -> Path:
    """The guest tree of the small host program, for Linux."""
    (tiny / "linux_guest.c").write_bytes(ADAPTER.read_bytes())
    config = tiny / "tiny.yaml"
    config.write_text(
        config.read_text().replace(
            "adapter: guest.c", "adapter: linux_guest.c\n    environment: linux"
        )
    )
    settings = load(config, compdb=tiny / "compile_commands.json")
    space = Workspace(tmp_path / "artifacts")
    analyze(settings, space)
    split(settings, space, tmp_path / "split")
    return tmp_path / "split/guest"


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_it_builds_without_root(guest: Path, compiler: str) -> None:
    done = subprocess.run(
        ["make", f"CC={compiler}"], cwd=guest, capture_output=True, text=True, check=True
    )
    assert "warning" not in done.stderr
    assert (guest / "guest.cpio").read_bytes().startswith(b"070701")
    symbols = subprocess.run(
        ["nm", "build/guest.o"], cwd=guest, capture_output=True, text=True, check=True
    ).stdout
    # Nothing but the entry is global: moved code and libc do not meet.
    assert re.findall(r" [TDBRC] (\S+)", symbols) == ["tcbsplit_guest_main"]


def kernel() -> Path:
    named = os.environ.get("TCBSPLIT_KERNEL", "")
    found = [Path(named)] if named else sorted(Path("/boot").glob("vmlinuz-*"))
    readable = [p for p in found if os.access(p, os.R_OK)]
    if not readable:
        pytest.skip("no Linux kernel in /boot to boot the guest with, and TCBSPLIT_KERNEL is unset")
    return readable[-1]


@pytest.mark.timeout(300)
def test_a_stock_kernel_runs_it(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    image = kernel()
    tiny: Path = request.getfixturevalue("tiny")
    expected = host_blob(tiny, tmp_path)
    guest: Path = request.getfixturevalue("guest")
    (tmp_path / "greeting").write_text("hello\n")
    files = f"FILES=greeting={tmp_path / 'greeting'}"
    subprocess.run(["make", files], cwd=guest, check=True)
    command = [
        "qemu-system-x86_64", "-accel", "tcg", "-m", "256", "-nodefaults", "-no-reboot",
        "-display", "none", "-serial", "stdio", "-net", "none", "-kernel", str(image),
        "-initrd", str(guest / "guest.cpio"),
        "-append", "console=ttyS0 quiet panic=-1 no_timer_check",
    ]  # fmt: skip
    machine = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert machine.stdin is not None
    assert machine.stdout is not None
    console = b""
    try:
        while line := machine.stdout.readline():
            console += line
            if b"ready" in line:
                machine.stdin.write(b"secret\n")
                machine.stdin.flush()
        assert machine.wait(timeout=60) == 0
    finally:
        machine.kill()
        machine.wait()
    text = console.decode(errors="replace")
    assert "own perror: ready" in text
    assert "secret file read time goes contiguous" in text
    blob = re.search(r"BLOB ([0-9a-f]+) END", text)
    assert blob, text
    assert bytes.fromhex(blob.group(1)) == expected
    assert "done" in text
