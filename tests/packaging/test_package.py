# SPDX-License-Identifier: MIT
"""Wheel and source distribution are complete, and work in a place without a checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.long


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
def installed(built: Path) -> Path:
    """The wheel, unpacked beside nothing else."""
    folder = built / "site"
    wheel_of(built).extractall(folder)
    return folder


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
        [sys.executable, "-P", "-c", code, *words],
        cwd=cwd, env=env, capture_output=True, text=True, timeout=280,
    )  # fmt: skip


def test_the_demonstration_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "demo", "here", "--until", "build")
    assert done.returncode == 0, done.stderr
    assert "build: original, guest, thin" in done.stdout
    assert (tmp_path / "here/reports/minivisor/split/thin/minivisor.elf").is_file()
    again = run(installed, tmp_path, "demo", "here", "--until", "build")
    assert "build: up to date" in again.stdout, again.stdout + again.stderr
    assert not list((installed / "tcbsplit").rglob("*.o")), "the installed package was written to"


def test_a_folder_of_somebody_else_is_refused(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here/thesis.tex").touch()
    done = run(installed, tmp_path, "demo", "here", "--until", "build")
    assert done.returncode == 2
    assert "is not empty and holds no demonstration" in done.stderr
