# SPDX-License-Identifier: MIT
"""``doctor`` says what is missing, what does not work without it, and what to install."""

from __future__ import annotations

import json
import os
import tarfile
from pathlib import Path

import pytest

from tcbsplit.frontend import selftest
from tcbsplit.model.health import Found
from tcbsplit.process.packages import Packages, distribution, install
from tcbsplit.process.versions import version_of
from tcbsplit.validate.prerequisites import needs
from tests.support.cli import refused, tcbsplit


def test_everything_is_there(tmp_path: Path) -> None:
    done = tcbsplit("doctor", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    state = {n["name"]: n["found"] for n in found["needs"]}
    assert state["libclang"] == state["gcc"] == state["qemu-system-x86_64"] == "yes"
    assert {"tcbsplit", "python", "libclang"} <= found["versions"].keys()
    assert {o["name"] for o in found["accelerators"]} >= {"kvm", "tcg"}
    said = tcbsplit("doctor", cwd=tmp_path).stdout
    assert "stages that work: capture, analyze, split, build, boot, report" in said


def test_a_host_without_any_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = {n.name: n for n in needs(tmp_path / "cache", tmp_path)}
    missing = {name for name, need in found.items() if need.found is Found.MISSING}
    assert {"bear", "gcc", "git", "qemu-system-x86_64", "QEMU with SVM"} <= missing
    assert found["bear"].stops and not found["bochs"].stops
    assert found["xorriso"].install == {
        "debian": "apt-get install xorriso",
        "fedora": "dnf install xorriso",
        "arch": "pacman -S libisoburn",
    }
    done = tcbsplit("doctor", "--until", "split", cwd=tmp_path)
    assert done.returncode == 2
    assert "cannot work here: capture, analyze, split" in done.stderr
    assert "without it: no capture; a compile database of another generator serves" in done.stdout


def test_a_program_that_hangs_or_fails_is_told(tmp_path: Path) -> None:
    for name, text in (("fails", "exit 3"), ("tells", "echo; echo Tells 1.2; exit 1")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    assert version_of(str(tmp_path / "fails")) == "tells no version"
    assert version_of(str(tmp_path / "tells")) == "Tells 1.2"


def test_headers_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert selftest.headers_read() == ""
    unit = "#include <no_such_header.h>\nint probe(void) { return 1; }\n"
    monkeypatch.setattr(selftest, "_UNIT", unit)
    assert "no_such_header.h" in selftest.headers_read()


@pytest.mark.parametrize(
    ("release", "kind"),
    [
        ("ID=debian\n", 0),
        ('NAME=x\nID=pop\nID_LIKE="ubuntu debian"\n', 0),
        ("ID=fedora\n", 1),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', 1),
        ("ID=arch\n", 2),
        ("ID=plan9\n", 0),
    ],
)
def test_the_distribution(tmp_path: Path, release: str, kind: int) -> None:
    (tmp_path / "os-release").write_text(release)
    assert distribution(tmp_path / "os-release") == kind
    assert install("bear", kind).split()[-1] == "bear"
    assert len(Packages._fields) == 3


def test_no_room(tmp_path: Path) -> None:
    found = {n.name: n for n in needs(Path("/proc/1/none"), tmp_path)}
    if os.getuid():
        assert found["room for the cache"].found is not Found.THERE
    assert "free at" in found["room for artifacts"].text


def test_the_report_has_errors_but_no_source(tiny: Path, tmp_path: Path) -> None:
    (tiny / "secret.c").write_text(
        "int broken( { secret_words }\n" + (tiny / "secret.c").read_text()
    )
    database = ("--compdb", tiny / "compile_commands.json")
    tcbsplit("analyze", tiny / "tiny.yaml", *database, cwd=tmp_path)
    done = tcbsplit("doctor", tiny / "tiny.yaml", "--report", tmp_path / "r.tar.gz", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with tarfile.open(tmp_path / "r.tar.gz") as archive:
        files = {
            m.name.partition("/")[2]: archive.extractfile(m).read().decode()  # type: ignore[union-attr]
            for m in archive.getmembers()
        }
    assert {"doctor.json", "tiny.yaml", "degraded/secret.c/diagnostics.json"} <= files.keys()
    assert "expected" in files["degraded/secret.c/diagnostics.json"]
    assert not [name for name, text in files.items() if "secret_words" in text]


def test_a_configuration_that_is_none(tmp_path: Path) -> None:
    refused(tcbsplit("doctor", "none.yaml", cwd=tmp_path), "none.yaml: no such configuration")
