# SPDX-License-Identifier: MIT
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
from hypothesis import HealthCheck, settings

from tests.support.shared import Shared

if TYPE_CHECKING:
    from tcbsplit.validate.boot import Bench
    from tests.support.minivisor import Minivisor

# Tests neither use nor fill the cache of whoever runs them.
_scratch = tempfile.TemporaryDirectory(prefix="tcbsplit-test-cache-")
os.environ["TCBSPLIT_CACHE"] = str(Path(_scratch.name) / "facts.sqlite")

# A machine that has other work to do is slow, which is no fault of a test.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long: then no worker waits for another at the end."""
    items.sort(key=lambda item: not (item.get_closest_marker("long") or _group(item)))


def _group(item: pytest.Item) -> pytest.Mark | None:
    """The tests that run one after the other, on one worker."""
    return item.get_closest_marker("xdist_group")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """Makes folders that all tests of the session share."""
    return Shared.of_session(tmp_path_factory)


@pytest.fixture(scope="session")
def minivisor(shared: Shared) -> Minivisor:
    """The embedded hypervisor at every stage up to its builds."""
    from tests.support.minivisor import Minivisor

    return Minivisor(shared)


def capture_tiny(folder: Path) -> None:
    tree = folder / "tiny tree"
    shutil.copytree(REPOSITORY / "tests/data/tiny", tree)
    subprocess.run(
        ["bear", "--output", "compile_commands.json", "--", "make"],
        cwd=tree, check=True, capture_output=True,
    )  # fmt: skip
    subprocess.run(["make", "clean"], cwd=tree, check=True, capture_output=True)


@pytest.fixture
def tiny(tmp_path: Path, shared: Shared) -> Path:
    """A copy of the small host program, captured: its folder has a compile database."""
    captured = shared("tiny captured", capture_tiny) / "tiny tree"
    folder = tmp_path / "tiny tree"  # the space is on purpose
    shutil.copytree(captured, folder)
    database = folder / "compile_commands.json"
    database.write_text(database.read_text().replace(str(captured), str(folder)))
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
