# SPDX-License-Identifier: MIT
"""A guest with a network card reaches its peers and nobody else: Linux, live."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tcbsplit.config.scenario import Machine, Network, Peer
from tcbsplit.model.vocabulary import Virtualization
from tcbsplit.validate.boot import Bench, boot
from tests.support.boots import wanted
from tests.support.processes import alive, until
from tests.support.programs import real

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]

INIT = Path(__file__).parent / "network_init.c"
DRIVERS = ("virtio_pci.ko", "virtio_net.ko")


def kernel_with_modules() -> tuple[Path, list[Path]]:
    """A kernel, and the driver's modules in the order in which they need each other."""
    for image in sorted(Path("/boot").glob("vmlinuz-*"), reverse=True):
        folder = Path("/lib/modules") / image.name.removeprefix("vmlinuz-")
        index = folder / "modules.dep"
        if not index.is_file() or not os.access(image, os.R_OK):
            continue
        needs = dict(line.split(":", 1) for line in index.read_text().splitlines())
        found: list[str] = []
        for driver in DRIVERS:
            for name in (n for n in needs if Path(n).name == driver):
                found += [*reversed(needs[name].split()), name]
        if not {Path(name).name for name in found}.issuperset(DRIVERS):
            continue  # built in or compressed: not as Debian has them
        return image, [folder / name for name in dict.fromkeys(found)]
    pytest.skip("no Linux kernel in /boot with modules in /lib/modules; apt-get install "
                "linux-image-cloud-amd64")  # fmt: skip


def initramfs(files: dict[str, bytes]) -> bytes:
    """An archive of the format newc (Linux, Documentation/driver-api/early-userspace)."""
    made = b""
    for number, (name, content) in enumerate([*files.items(), ("TRAILER!!!", b"")], 1):
        fields = (number, 0o100755, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        made += b"070701" + b"".join(b"%08X" % f for f in fields) + name.encode() + b"\0"
        made += bytes(-len(made) % 4) + content
        made += bytes(-len(made) % 4)
    return made


def test_a_guest_reaches_its_peers_and_nobody_else(bench: Bench, tmp_path: Path) -> None:
    image, modules = kernel_with_modules()
    init, archive = tmp_path / "init", tmp_path / "initramfs"
    subprocess.run(
        ["gcc", "-static", "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(init), str(INIT)],
        check=True,
    )
    drivers = {f"{n}.ko": module.read_bytes() for n, module in enumerate(modules)}
    archive.write_bytes(initramfs({"init": init.read_bytes(), **drivers}))
    # Answers, and stays when its connection is gone.
    answer = (
        "import os, time; open('peer', 'w').write(str(os.getpid()));"
        "os.write(1, b'you said ' + os.read(0, 100)); time.sleep(120)"
    )
    scenario = wanted(
        "peer: you said hello", "host: out of reach", within=120,
        machine=Machine(
            virtualization=Virtualization.NONE,
            extra=(
                "-initrd", str(archive), "-append", "console=ttyS0 quiet panic=-1 no_timer_check",
            ),
        ),
        network=Network(
            card="virtio-net-pci",
            peers=(Peer(address="10.0.2.100:7000", command=(sys.executable, "-c", answer)),),
        ),
    )  # fmt: skip
    (result,) = boot({"network": scenario}, real(bench, image))
    log = Path(result.log).read_text() if result.log else ""
    assert (result.verdict, result.cause) == ("pass", ""), log[-600:]
    peer = int((Path(result.log).parent / "peer").read_text())
    assert until(lambda: not alive(peer))
