# SPDX-License-Identifier: MIT
"""The plugin of QEMU: built for the version that is there, once."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tcbsplit.errors import BuildError, EnvironmentProblem
from tcbsplit.validate.evidence import plugin as plugins
from tcbsplit.validate.evidence.plugin import Place, Watch, interface, plugin_for


@pytest.mark.parametrize("api", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_plugin_compiles_for_every_interface(compiler: str, api: int, tmp_path: Path) -> None:
    sources = [str(p) for p in sorted(plugins.SOURCES.glob("*.c"))]
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror",
         "-fvisibility=hidden", f"-DTCBSPLIT_PLUGIN_API={api}", "-o", str(tmp_path / "t.so"),
         *sources, "-pthread"],
        check=True,
    )  # fmt: skip
    names = subprocess.run(
        ["nm", "-D", "--defined-only", str(tmp_path / "t.so")],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    exported = {line.split()[-1] for line in names.splitlines()}
    assert {"qemu_plugin_install", "qemu_plugin_version"} <= exported
    assert not any(name.startswith(("record_", "watch_")) for name in exported)


@pytest.mark.parametrize(
    ("version", "api"),
    [("4.2.1", 0), ("7.2.9 (Debian 1:7.2)", 1), ("8.1.0", 1), ("8.2.0", 2), ("9.1.0", 3),
     ("10.0.2", 4), ("11.0.0", 4)],
)  # fmt: skip
def test_the_interface_fits_the_version(version: str, api: int) -> None:
    assert interface(f"QEMU emulator version {version}\nCopyright") == api


@pytest.mark.parametrize("version", ["QEMU emulator version 4.1.0", "no QEMU at all", ""])
def test_a_qemu_without_plugins_is_named(version: str) -> None:
    with pytest.raises(EnvironmentProblem, match=r"trace needs QEMU 4\.2 or later"):
        interface(version)


def test_the_plugin_is_built_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = plugin_for("qemu-system-x86_64", tmp_path / "cache")
    stamp = first.stat().st_mtime_ns
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert plugin_for("qemu-system-x86_64", tmp_path / "cache") == first
    assert first.stat().st_mtime_ns == stamp
    assert [p.name for p in (tmp_path / "cache").iterdir()] == [first.name]
    with pytest.raises(EnvironmentProblem, match="no compiler; apt-get install gcc"):
        plugin_for("qemu-system-x86_64", tmp_path / "other")


def test_what_is_watched_is_text() -> None:
    watch = Watch(
        ranges=((0x1000, 0x2000),), places=(Place(1, b"\x90" * 4, 0x1010), Place(2, b"\xf4" * 5))
    )
    assert watch.text().splitlines() == [
        "range 1000 2000", "boundary 1 1010 90909090", "boundary 2 - f4f4f4f4f4",
    ]  # fmt: skip
    with pytest.raises(BuildError, match="needs 4 to 32"):
        Watch(ranges=(), places=(Place(1, b"\x90"),)).text()
