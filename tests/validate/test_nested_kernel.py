# SPDX-License-Identifier: MIT
"""What the inner machine starts with: its archive and the host's kernel and modules."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tcbsplit.errors import EnvironmentProblem
from tcbsplit.validate.machine.nested import cpio, kernel
from tcbsplit.validate.machine.nested.nested import offered
from tests.support.nested import tree


@pytest.mark.parametrize("program", ["cpio", "busybox"])
def test_other_programs_read_the_archive(tmp_path: Path, program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not there")
    files = {
        "init": cpio.program(b"#!/bin/sh\n"),
        "usr/share/empty": cpio.File(b""),
        "usr/share/odd": cpio.File(bytes(range(7))),
    }
    words = [program, "cpio"][program == "cpio" :]
    subprocess.run(
        [*words, "-i", "-d"], cwd=tmp_path, input=cpio.archive(files), check=True
    )  # fmt: skip
    found = {str(p.relative_to(tmp_path)): p for p in tmp_path.rglob("*") if p.is_file()}
    assert {n: p.read_bytes() for n, p in found.items()} == {n: f.content for n, f in files.items()}
    assert os.access(found["init"], os.X_OK)
    assert not found["usr/share/odd"].stat().st_mode & 0o111


def test_modules_come_after_what_they_need(tmp_path: Path) -> None:
    folder = tree(tmp_path, ending=".xz")
    order = kernel.ordered(folder)
    assert list(order) == ["virtio_ring", "virtio_console", "irqbypass", "kvm", "ccp", "kvm_amd"]
    assert order["kvm_amd"].startswith(b"\x7fELF"), "what was compressed is not any more"
    (folder / "virt/irqbypass.ko").unlink()
    with pytest.raises(EnvironmentProblem, match="has no module irqbypass; install linux-image"):
        kernel.ordered(folder)
    (folder / "virt/irqbypass.ko.zst").write_bytes(b"?")
    with pytest.raises(EnvironmentProblem, match="zst: is compressed by zstd, which is not read"):
        kernel.ordered(folder)
    (folder / "arch/kvm-amd.ko.xz").write_bytes(b"no such format")
    with pytest.raises(EnvironmentProblem, match=r"kvm-amd\.ko\.xz: cannot be read"):
        kernel.ordered(folder, ["kvm_amd"])


def test_the_newest_kernel_of_the_host_is_taken(tmp_path: Path) -> None:
    tree(tmp_path, "6.1.0-9-cloud")
    tree(tmp_path, "6.1.0-10-cloud")
    shutil.rmtree(tree(tmp_path, "6.12.0-cloud") / "arch")
    choice = kernel.choose(tmp_path / "store", tmp_path, {})
    assert choice.kernel is not None
    assert choice.kernel.version == "6.1.0-10-cloud"
    assert choice.line == f"{choice.kernel.image} (installed in {tmp_path / 'boot'})"


def test_the_users_kernel_comes_first(tmp_path: Path) -> None:
    tree(tmp_path / "host")
    tree(tmp_path / "mine", "5.10.0")
    shutil.copy(tmp_path / "mine/boot/vmlinuz-5.10.0", tmp_path / "mine/vmlinuz")
    for name in ("mine", "mine/vmlinuz", "mine/boot/vmlinuz-5.10.0"):
        path = str(tmp_path / name)
        choice = kernel.choose(tmp_path / "store", tmp_path / "host", {kernel.VARIABLE: path})
        assert choice.kernel is not None, choice
        assert choice.kernel.version == "5.10.0"
    choice = kernel.choose(tmp_path, tmp_path, {kernel.VARIABLE: str(tmp_path / "none")})
    assert choice.missing == f"TCBSPLIT_INNER_KERNEL={tmp_path / 'none'}: no such file or folder"


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(tree(tmp_path))
    folder = tree(tmp_path, ending=".zst")
    assert "apt-get" in kernel.choose(tmp_path / "store", tmp_path, {}).line
    monkeypatch.setenv("PATH", str(tmp_path))
    choice = kernel.choose(tmp_path / "store", tmp_path, {})
    assert choice.missing == (
        f"no kernel with kvm_amd; {folder}/arch/kvm-amd.ko.zst is compressed by zstd, which is not "
        "read; install linux-image-cloud-amd64 or set TCBSPLIT_INNER_KERNEL"
    )
    tree(tmp_path / "store/kernel-linux-image-7", "7.0.0-cloud")
    assert "downloaded as linux-image-7" in kernel.choose(tmp_path / "store", tmp_path, {}).line
    assert offered(tmp_path) == (
        "qemu-system-x86_64: not found; install it: apt-get install qemu-system-x86"
    )
    (tmp_path / "qemu-system-x86_64").write_text("")
    (tmp_path / "qemu-system-x86_64").chmod(0o755)
    assert offered(tmp_path) == "busybox: not found; install it: apt-get install busybox-static"
