# SPDX-License-Identifier: MIT
"""Where hostile guests meet the hypervisor: both builds, and boots that are judged from outside."""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tcbsplit.model.vocabulary import Style
from tcbsplit.validate.build.image import seal
from tests.support.hostile import (
    ATTACKS,
    GUEST_END,
    HOSTILE,
    Attack,
    Guests,
    Judge,
    attacks,
    blob,
    symbols,
)
from tests.support.machine import Machine
from tests.support.minivisor import Minivisor
from tests.support.shared import Shared

PIN = "a PIN of 27 letters: 314159"
CHOSEN_KEY = bytes(range(0x40, 0x80))  # what a hostile preprocessing guest hands over
ORIGINAL, SPLIT, PREGUEST = "original", "split", "preguest"
POSITIONS = (ORIGINAL, SPLIT, PREGUEST)
KNOWN = attacks()


class Arena:
    """Images, assets and guests in one folder."""

    def __init__(self, folder: Path, tree: Path, original: Path, thin: Path, guest: Path) -> None:
        self.folder, self.tree = folder, tree
        self.images = {ORIGINAL: original, SPLIT: thin, PREGUEST: thin}
        self._guest = guest
        self.assets = folder / "assets"

    def prepare(self) -> None:
        """Make the assets and all guests."""
        subprocess.run(
            [sys.executable, self.tree / "tools/provision.py", "--out", self.assets, "--pin", PIN,
             "--iterations", "1"],
            check=True,
        )  # fmt: skip
        layout = self.images[SPLIT].parent / "tcbsplit/layout.h"
        if layout.exists():
            (self.assets / "blob.bin").write_bytes(blob(layout.read_text(), CHOSEN_KEY))
        for position in (ORIGINAL, SPLIT):
            guests = Guests(self.folder / position, self.tree, self.images[position])
            objects = guests.objects([*ATTACKS.glob("*.c")], "attacks")
            guests.link("witness", guests.objects(HOSTILE.glob("witness/*.S"), "witness"))
            self._library = guests.library()
            for role in (position, PREGUEST) if position == SPLIT else (position,):
                several = [o for o in objects if alike(o.stem, role, "")]
                guests.link(f"several-{role}", [*self._library, *several])
                guests.link(f"quiet-{role}", [*self._library, *several[:1]])
            for one in objects:
                if read(one.stem).ends:
                    guests.link(one.stem, [*self._library, one])

    def guest(self, position: str, name: str) -> Path:
        """The image of a hostile guest: `several`, or one attack."""
        folder = SPLIT if position == PREGUEST else position
        several = name in ("several", "quiet")
        return self.folder / folder / f"{name}{'-' + position if several else ''}.elf"

    @contextmanager
    def boot(
        self, position: str, guest: Path, folder: Path, more: Sequence[str] = ()
    ) -> Iterator[Machine]:
        """A machine with a hostile guest as target, or before the witness; the PIN is typed."""
        image, target, before = self.images[position], guest, self._guest
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

    def secrets(self, position: str) -> list[bytes]:
        """Pieces of the key, as they are and as the key schedule has them."""
        expected = json.loads((self.assets / "expected.json").read_text())
        key = CHOSEN_KEY if position == PREGUEST else bytes.fromhex(expected["storage_key"])
        pieces = (key[:16], key[32:48])
        return [*(pieces if position != PREGUEST else ()), *map(swapped, pieces)]


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
        _arena(folder).prepare()

    return _arena(shared("hostile arena", make))


def _arena(folder: Path) -> Arena:
    built = folder / "built"
    tree, split = built / "original", built / "split"
    return Arena(
        folder / "guests", tree, tree / "minivisor.elf", split / "thin/minivisor.elf",
        split / "guest/guest.elf",
    )  # fmt: skip


def several(place: Arena, position: str, folder: Path) -> dict[str, list[str]]:
    """Run all attacks that leave the guest alive, in one machine; name -> complaints."""
    guest = place.guest(position, "several")
    results: dict[str, list[str]] = {}
    with place.boot(position, guest, folder) as machine:
        machine.expect("hostile: ready\n")
        judge = Judge(machine, place.images[position], guest, place.secrets(position))
        names = [n for n in sorted(KNOWN) if alike(n, position, "")]
        for _ in names:
            judge.begin()
            machine.type("x")
            machine.expect("hostile: begin ")
            name = machine.expect("\n").strip()
            said = machine.expect(f"hostile: end {name}\n", within=60)
            results[name] = judge.complaints(read(name), said)
        if position == PREGUEST:
            machine.type("x")
            results["witness"] = leftovers(machine, place.folder / SPLIT / "witness.elf")
            return results
        last = judge.complaints(read("rsm"), "", whole=True)
        if machine.disk() != (place.assets / "disk.img").read_bytes():
            last.append("the disk was written to")
        results["all"] = last
    return results


def single(place: Arena, position: str, name: str, folder: Path) -> list[str]:
    """Run one attack that ends its guest; the complaints."""
    guest, attack = place.guest(position, name), read(name)
    with place.boot(position, guest, folder) as machine:
        machine.expect("hostile: ready\n")
        judge = Judge(machine, place.images[position], guest, place.secrets(position))
        machine.type("x")
        machine.expect(f"hostile: begin {name}\n")
        if attack.ends == "handoff":
            machine.type("x")
        machine._process.wait(30)
        status = machine.end()
        said = machine.said.partition(f"hostile: begin {name}\n")[2]
        found = judge.complaints(attack, said, whole=True)
        if position == PREGUEST:
            wanted = 37
            if "minivisor: panic: tcbsplit: " not in said:
                found.append("not said: minivisor: panic: tcbsplit: …")
            if "starting target guest" in machine.said:
                found.append("the target was started")
        else:
            wanted = 35
            if f"minivisor: target ended: {attack.ends} " not in said:
                found.append(f"not said: minivisor: target ended: {attack.ends}")
        if status != wanted:
            found.append(f"the machine ended with {status}, not {wanted}")
        if machine.disk() != (place.assets / "disk.img").read_bytes():
            found.append("the disk was written to")
    return found


PLANT = struct.pack("<I", 0x5EC2E7A5)  # what the attacks named leave_... leave
_AT_ENTRY = (
    "EAX=2badb002 EBX=00001000 ECX=00000000 EDX=00000000",
    "ESI=00000000 EDI=00000000 EBP=00000000 ESP=00000000",
    "CR0=00000011 CR2=00000000 CR3=00000000 CR4=00000000",
    " ".join(f"DR{n}={0:016x}" for n in range(4)),
    "DR6=00000000ffff0ff0 DR7=0000000000000400",
    "FCW=037f FSW=0000 [ST=0] FTW=00 MXCSR=00001f80",
    *(f"XMM{n:02}=0000000000000000 0000000000000000" for n in range(8)),
)


def leftovers(machine: Machine, witness: Path) -> list[str]:
    """What a preprocessing guest left to the target, seen at its first instruction and later."""
    machine.expect("minivisor: starting target guest\n")
    places = symbols(witness)
    time.sleep(0.3)
    machine.qmp("stop")
    registers, pic = machine.tell("info registers"), machine.tell("info pic")
    found = [f"a register differs: {line}" for line in _AT_ENTRY if line not in registers]
    if f"EIP={places['guest_start'][0]:08x}"[:-1] not in registers:
        found.append("it is not at its first instruction")
    if "5ec2e7a5" in registers.lower():
        found.append("a register carries something")
    if not re.search(r"pic0: irr=0. imr=ff isr=00", pic):
        found.append(f"the interrupt controller: {pic}")
    for what in (PLANT, CHOSEN_KEY):
        if machine.found(what, 0, GUEST_END):
            found.append(f"memory carries {what.hex()}")
    machine.qmp("cont")
    go, done = places["go"][0], places["done"][0]
    machine.ram[go] = 1
    for _ in range(100):
        time.sleep(0.1)
        if machine.ram[done]:
            break
    else:
        found.append("the witness does not come to its end")
    record = struct.unpack_from("<10Q", machine.ram, places["record"][0])
    if record != (*[0] * 9, 0x0007040600070406):
        found.append(f"registers of the model: {[hex(r) for r in record]}")
    if struct.unpack_from("<I", machine.ram, places["interrupts"][0])[0]:
        found.append("an interrupt was left")
    return found


def changed(results: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Those with complaints."""
    return {name: found for name, found in results.items() if found}
