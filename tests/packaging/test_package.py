# SPDX-License-Identifier: MIT
"""Wheel and source distribution are complete, and work in a place without a checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.long
NOBODY = 65534


def tracked() -> list[str]:
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [f for f in done.stdout.split("\0") if f and (REPOSITORY / f).is_file()]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution, built in a copy."""
    folder = tmp_path_factory.mktemp("packages")
    copy = folder / "copy"
    for file in tracked():
        target = copy / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPOSITORY / file, target)
    for what in ("wheel", "sdist"):
        code = f"from setuptools import build_meta as b; b.build_{what}({str(folder)!r})"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=copy, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]
    return folder


def wheel_of(built: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(next(built.glob("*.whl")))


def test_the_wheel_has_all_of_the_package_and_what_is_embedded(built: Path) -> None:
    names = set(wheel_of(built).namelist())
    ours = {f for f in tracked() if f.startswith("tcbsplit/")}
    embedded = {
        f"tcbsplit/embedded/{f}"
        for f in tracked()
        if f.startswith(("corpora/minivisor/", "configs/minivisor", "ci/"))
        and not f.endswith(".gitignore")
    }
    assert ours - names == set()
    assert embedded - names == set()
    assert not [n for n in names if n.endswith((".o", ".elf")) or "/tests/" in n]


def test_the_metadata_is_complete(built: Path) -> None:
    wheel = wheel_of(built)
    told = message_from_bytes(
        wheel.read(next(n for n in wheel.namelist() if n.endswith("/METADATA")))
    )
    assert told["License-Expression"] == "MIT"
    assert told["Author"] == "the tcbsplit authors"
    assert any("Python :: 3.13" in c for c in told.get_all("Classifier", []))
    assert "thin hypervisor" in str(told.get_payload())
    assert any(n.endswith("licenses/LICENSE") for n in wheel.namelist())


def test_the_source_distribution_has_everything(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {n.partition("/")[2] for n in archive.getnames()}
    wanted = {
        f
        for f in tracked()
        if not f.startswith(("reports/", ".git", ".pre-commit-config")) and ".gitignore" not in f
    }
    assert wanted - names == set()


@pytest.fixture(scope="module")
def installed(built: Path) -> Iterator[Path]:
    """The wheel, unpacked beside nothing else, where every user finds it."""
    with tempfile.TemporaryDirectory(prefix="tcbsplit-installed-") as folder:
        Path(folder).chmod(0o755)
        wheel_of(built).extractall(folder)
        yield Path(folder)


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder of the ordinary user whom the tests run the tool as."""
    with tempfile.TemporaryDirectory(prefix="tcbsplit-home-") as folder:
        if ordinary_user():
            os.chown(folder, NOBODY, NOBODY)
        yield Path(folder)


@cache
def ordinary_user() -> tuple[str, ...]:
    """What to start programs with, so that they have no special rights."""
    if os.getuid():
        return ()
    words = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    if subprocess.run([*words, sys.executable, "-c", "import clang"], cwd="/").returncode:
        pytest.skip("this Python is for the superuser alone")
    return words


def run(installed: Path, cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run what is installed: of this environment only the dependencies are seen."""
    others = [p for p in sys.path if p.endswith("site-packages")]
    code = "import sys; from tcbsplit.__main__ import main; main()"
    env = {
        "PATH": os.environ["PATH"], "HOME": str(cwd), "PYTHONPATH": os.pathsep.join(
            [str(installed), *others]
        ), "TCBSPLIT_CACHE": str(cwd / "facts.sqlite"),
    }  # fmt: skip
    return subprocess.run(
        [*ordinary_user(), sys.executable, "-P", "-c", code, *words],
        cwd=cwd, env=env, capture_output=True, text=True, timeout=280,
    )  # fmt: skip


def test_the_demonstration_runs_from_the_wheel(installed: Path, home: Path) -> None:
    done = run(installed, home, "demo", "here", "--until", "build")
    assert done.returncode == 0, done.stderr
    assert "build: original, guest, thin" in done.stdout
    assert (home / "here").stat().st_uid == (os.getuid() or NOBODY)
    assert (home / "here/reports/minivisor/split/thin/minivisor.elf").is_file()
    again = run(installed, home, "demo", "here", "--until", "build")
    assert "build: up to date" in again.stdout, again.stdout + again.stderr
    assert not list((installed / "tcbsplit").rglob("*.o")), "the installed package was written to"


def test_a_folder_of_somebody_else_is_refused(installed: Path, home: Path) -> None:
    (home / "here").mkdir()
    (home / "here/thesis.tex").touch()
    done = run(installed, home, "demo", "here", "--until", "build")
    assert done.returncode == 2
    assert "is not empty and holds no demonstration" in done.stderr
