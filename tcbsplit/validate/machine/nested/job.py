# SPDX-License-Identifier: MIT
"""Pack a boot for the inner machine: the files that QEMU needs and its command line."""

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
LAST = "last"  # the mark that the agent writes behind the last byte of the console
DISKS = "disks"  # the names of the files that are returned if they were written to
# LAST is random, so no guest prints it. Its first byte is in no text (RFC 3629, 1): a prompt that
# ended with that byte would be held back as a possible mark.
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
    """Return what QEMU opens in ``folder``: files, and the folder of the UEFI shell."""
    return [name for name in _possible(load) if (folder / name).exists()]


def size(load: media.Payload, folder: Path) -> int:
    """Return the size of these files in bytes."""
    files = (
        path
        for name in names(load, folder)
        for path in ((folder / name).rglob("*") if (folder / name).is_dir() else [folder / name])
    )
    return sum(path.stat().st_size for path in files if path.is_file())


def _possible(load: media.Payload) -> Iterator[str]:
    if load.scenario.start is StartMethod.GRUB:
        yield media.ISO  # contains the kernel and the modules
    else:
        yield media.KERNEL
        yield from (media.module(number) for number in range(len(load.modules)))
    yield from (media.UEFI, media.FIRMWARE, media.VARIABLES)
    yield from (media.disk(number) for number in range(len(load.disks)))


def _old(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Set the time to 1970, by which the agent recognises unchanged files."""
    info.mtime = 0
    return info
