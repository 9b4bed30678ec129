"""Fixtures that all tests share."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tcbsplit.validate.boot import Bench

# Tests neither use nor fill the cache of whoever runs them.
_scratch = tempfile.TemporaryDirectory(prefix="tcbsplit-test-cache-")
os.environ["TCBSPLIT_CACHE"] = str(Path(_scratch.name) / "facts.sqlite")

# In the background shells ignore Ctrl-C, which children would inherit; tests send it to some.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

REPOSITORY = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="rewrite expected outputs")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare text with a committed file, or rewrite the file under --golden."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text

    return compare


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A copy of the small host program, captured: its folder has a compile database."""
    folder = tmp_path / "tiny tree"  # the space is on purpose
    shutil.copytree(REPOSITORY / "tests/data/tiny", folder)
    subprocess.run(
        ["bear", "--output", "compile_commands.json", "--", "make"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    subprocess.run(["make", "clean"], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Boots on a machine that is a script, in a folder with spaces and commas."""
    from tcbsplit.validate.boot import Bench
    from tests.support.boots import MACHINE

    program = tmp_path / "qemu, or so"
    program.write_text(MACHINE)
    program.chmod(0o755)
    return Bench(
        folder=tmp_path / "boot runs",
        base=tmp_path,
        places={"assets": str(tmp_path), "guest": "", "split": "", "source": ""},
        builds={},
        mode="tcg",
        program=str(program),
        jobs=2,
    )
