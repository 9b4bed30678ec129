# SPDX-License-Identifier: MIT
"""Where hostile guests meet the hypervisor: all builds, assets, guests, machines."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tcbsplit.model.vocabulary import Style
from tcbsplit.validate.build.image import seal
from tests.support.hostile import ATTACKS, HOSTILE, RANDOM, Attack, Guests, attacks, blob
from tests.support.machine import Machine
from tests.support.minivisor import Minivisor
from tests.support.shared import Shared

PIN = "a PIN of 27 letters: 314159"
CHOSEN_KEY = bytes(range(0x40, 0x80))  # what a hostile preprocessing guest hands over
ORIGINAL, SPLIT, PREGUEST = "original", "split", "preguest"
UNRETIRED = "unretired"  # a target of a split that erases nothing
POSITIONS = (ORIGINAL, SPLIT, PREGUEST, UNRETIRED)
KNOWN = attacks()


@dataclass(frozen=True)
class Arena:
    """Images, assets and guests in one folder."""

    folder: Path
    tree: Path  # of the original, built
    images: Mapping[str, Path]  # by position
    honest: Path  # the preprocessing guest

    @property
    def assets(self) -> Path:
        return self.folder / "assets"

    def prepare(self) -> None:
        """Make the assets and all guests."""
        subprocess.run(
            [sys.executable, self.tree / "tools/provision.py", "--out", self.assets, "--pin", PIN,
             "--iterations", "1"],
            check=True,
        )  # fmt: skip
        table = (self.images[SPLIT].parent / "tcbsplit/table.c").read_text()
        (self.assets / "blob.bin").write_bytes(blob(table, CHOSEN_KEY))
        for position in (ORIGINAL, SPLIT, UNRETIRED):
            guests = Guests(self.folder / position, self.tree, self.images[position])
            objects = guests.objects([*ATTACKS.glob("*.c")], "attacks")
            guests.link("witness", guests.objects(HOSTILE.glob("witness/*.S"), "witness"))
            library = guests.library()
            for role in (position, PREGUEST) if position == SPLIT else (position,):
                several = [o for o in objects if alike(o.stem, role, "")]
                guests.link(f"several-{role}", [*library, *several])
            alone = guests.objects([RANDOM], "random")
            for one in (*objects, *alone):
                guests.link(one.stem, [*library, one])

    def guest(self, position: str, name: str) -> Path:
        """The image of a hostile guest: `several`, or one attack."""
        folder = SPLIT if position == PREGUEST else position
        return self.folder / folder / f"{name}{f'-{position}' if name == 'several' else ''}.elf"

    @contextmanager
    def boot(
        self, position: str, guest: Path, folder: Path, more: Sequence[str] = ()
    ) -> Iterator[Machine]:
        """A machine with a hostile guest as target, or before the witness; the PIN is typed."""
        image, target, before = self.images[position], guest, self.honest
        folder.mkdir(parents=True)
        token = self.assets / "token.bin"
        if position == PREGUEST:
            target, before = self.folder / SPLIT / "witness.elf", guest
            token = self.assets / "blob.bin"
        if position != ORIGINAL:
            image = Path(shutil.copyfile(image, folder / "sealed.elf"))
            seal(image, before)
        modules = [
            ("target", target), ("config", self.assets / "minivisor.conf"), ("token", token),
            *([("preguest", before)] if position != ORIGINAL else []),
        ]  # fmt: skip
        disk = self.assets / "disk.img"
        with Machine(folder / "machine", image, modules, disk, more) as machine:
            if position != PREGUEST:
                machine.expect("idman: PIN: ")
                machine.type(f"{PIN}\r")
            yield machine

    def key(self) -> bytes:
        """The storage key of the assets."""
        expected = json.loads((self.assets / "expected.json").read_text())
        return bytes.fromhex(expected["storage_key"])

    def secrets(self, position: str) -> list[bytes]:
        """Pieces of the key, as they are and as the key schedule has them; sealed sectors."""
        key = CHOSEN_KEY if position == PREGUEST else self.key()
        pieces = (key[:16], key[32:48])
        disk = (self.assets / "disk.img").read_bytes()
        sealed = (disk[:32], disk[512 : 512 + 32])
        return [*(pieces if position != PREGUEST else ()), *map(swapped, pieces), *sealed]


def swapped(piece: bytes) -> bytes:
    """Big-endian words as a little-endian machine keeps them: the key schedule's beginning."""
    return struct.pack(f"<{len(piece) // 4}I", *struct.unpack(f">{len(piece) // 4}I", piece))


def read(name: str) -> Attack:
    """The attack of that name."""
    return KNOWN[name]


def alike(name: str, position: str, ends: str) -> bool:
    """Whether an attack runs in that position and ends so."""
    attack = read(name)
    role = PREGUEST if position == PREGUEST else "target"
    return role in attack.where and attack.ends == ends


def arena(shared: Shared, minivisor: Minivisor) -> Arena:
    """The arena of this session."""

    def make(folder: Path) -> None:
        minivisor.built(folder / "built", Style.EXCISE)
        _, space = minivisor.built(folder / "unretired", Style.EXCISE, retire=False)
        shutil.rmtree(space.original)
        _arena(folder).prepare()

    return _arena(shared("hostile arena", make))


def _arena(folder: Path) -> Arena:
    built = folder / "built"
    tree, split = built / "original", built / "split"
    thin = split / "thin/minivisor.elf"
    unretired = folder / "unretired/split/thin/minivisor.elf"
    images = {
        ORIGINAL: tree / "minivisor.elf", SPLIT: thin, PREGUEST: thin, UNRETIRED: unretired,
    }  # fmt: skip
    return Arena(folder / "guests", tree, images, split / "guest/guest.elf")
