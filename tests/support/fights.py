# SPDX-License-Identifier: MIT
"""Fights of hostile guests against the hypervisor, each judged from outside."""

from __future__ import annotations

import re
import struct
import time
from collections.abc import Sequence
from pathlib import Path

from tests.support.arena import CHOSEN_KEY, KNOWN, PREGUEST, SPLIT, Arena, alike
from tests.support.hostile import GUEST_END, RANDOM, Judge, read_attack, symbols
from tests.support.machine import Machine


def several(
    place: Arena, position: str, folder: Path, only: Sequence[str] = ()
) -> dict[str, list[str]]:
    """Run all attacks that leave the guest alive, or one, in one machine; name -> complaints."""
    guest = place.guest(position, *(only or ["several"]))
    results: dict[str, list[str]] = {}
    with place.boot(position, guest, folder) as machine:
        machine.expect("hostile: ready\n")
        judge = Judge(machine, place.images[position], guest, place.secrets(position))
        names = only or [n for n in sorted(KNOWN) if alike(n, position, "")]
        for _ in names:
            judge.begin()
            machine.type("x")
            machine.expect("hostile: begin ")
            name = machine.expect("\n").strip()
            said = machine.expect(f"hostile: end {name}\n", within=60)
            results[name] = judge.complaints(KNOWN[name], said)
            if f"hostile: end {name}\n" not in machine.said:
                results[name].append("the machine ended")
                return results
        if position == PREGUEST and not any(results.values()):
            machine.type("x")
            results["witness"] = leftovers(machine, place.folder / SPLIT / "witness.elf")
        else:
            results["all"] = judge.complaints(KNOWN["rsm"], "", whole=True)
        results["disk"] = _disk(place, machine)
    return results


def single(place: Arena, position: str, name: str, folder: Path) -> list[str]:
    """Run one attack that ends its guest; the complaints."""
    guest, attack = place.guest(position, name), KNOWN[name]
    with place.boot(position, guest, folder) as machine:
        machine.expect("hostile: ready\n")
        judge = Judge(machine, place.images[position], guest, place.secrets(position))
        machine.type("x")
        machine.expect(f"hostile: begin {name}\n")
        if attack.ends == "handoff":
            machine.type("x")
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
    return [*found, *_disk(place, machine)]


def random_moves(place: Arena, position: str, seed: int, folder: Path) -> list[str]:
    """Run the moves of a seed, 32 bits; the complaints."""
    guest = place.guest(position, RANDOM.stem)
    with place.boot(position, guest, folder) as machine:
        machine.expect("hostile: ready\n")
        judge = Judge(machine, place.images[position], guest, place.secrets(position))
        machine.type("x")
        machine.expect("hostile: seed?\n")
        machine.send(struct.pack(">I", seed))
        said = machine.expect(f"hostile: end {RANDOM.stem}\n", within=60)
        found = judge.complaints(read_attack(RANDOM), said, whole=position != PREGUEST)
        if f"hostile: end {RANDOM.stem}\n" not in machine.said:
            found.append("the machine ended")
        elif position == PREGUEST and not found:
            machine.type("x")
            found = leftovers(machine, place.folder / SPLIT / "witness.elf")
    return [*found, *_disk(place, machine)]


def _disk(place: Arena, machine: Machine) -> list[str]:
    written = machine.disk() != (place.assets / "disk.img").read_bytes()
    return ["the disk was written to"] if written else []


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
