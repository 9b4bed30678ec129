# SPDX-License-Identifier: MIT
"""What the inner machine gets of a boot: the files that QEMU needs, and QEMU's command line."""

from __future__ import annotations

import io
import secrets
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tcbsplit import process
from tcbsplit.model.vocabulary import StartMethod
from tcbsplit.validate.machine import media
from tcbsplit.validate.machine.media import digest

SCRIPT = "run"  # QEMU's command line
LAST = "last"  # what the agent says on the console behind its last byte
DISKS = "disks"  # the names of the files that come back if they were written to
# LAST: no guest says it by chance, and none knows it. It begins with a byte that no text has (RFC
# 3629, 1): a prompt that ends with its beginning would be held back, and whoever waits for it too.
_FIRST, _MORE = b"\xff", 23  # bytes


@dataclass(frozen=True)
class Job:
    """One job, packed for the agent."""

    content: bytes  # a tar archive, compressed
    last: bytes
    disks: dict[str, str]  # name -> SHA-256 before the boot


def pack(load: media.Payload, folder: Path, command: Sequence[str]) -> Job:
    """Pack the boot in ``folder``; ``command`` runs there."""
    disks = [media.disk(number) for number in range(len(load.disks))]
    last = _FIRST + secrets.token_bytes(_MORE)
    written = {
        SCRIPT: f"exec {process.quote(command)}\n".encode(),
        LAST: last,
        DISKS: "".join(f"{name}\n" for name in disks).encode(),
    }
    archive = io.BytesIO()
    with tarfile.open(
        fileobj=archive, mode="w:gz", compresslevel=1, dereference=True, format=tarfile.GNU_FORMAT
    ) as tar:
        for name in names(load, folder):
            tar.add(folder / name, name, filter=_old)
        for name, content in written.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return Job(archive.getvalue(), last, {name: digest(folder / name) for name in disks})


def names(load: media.Payload, folder: Path) -> list[str]:
    """What QEMU opens in ``folder``: files, and the folder of the firmware's shell."""
    return [name for name in _possible(load) if (folder / name).exists()]


def size(load: media.Payload, folder: Path) -> int:
    """Bytes of all that."""
    files = (
        path
        for name in names(load, folder)
        for path in ((folder / name).rglob("*") if (folder / name).is_dir() else [folder / name])
    )
    return sum(path.stat().st_size for path in files if path.is_file())


def _possible(load: media.Payload) -> Iterator[str]:
    if load.scenario.start is StartMethod.GRUB:
        yield media.ISO  # has the kernel and the modules in it
    else:
        yield media.KERNEL
        yield from (media.module(number) for number in range(len(load.modules)))
    yield from (media.UEFI, media.FIRMWARE, media.VARIABLES)
    yield from (media.disk(number) for number in range(len(load.disks)))


def _old(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """As of 1970, by which the agent knows what was not written to."""
    info.mtime = 0
    return info
