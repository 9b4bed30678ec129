# SPDX-License-Identifier: MIT
"""All memory of the machine, at the target's first instruction and at its end, holds no secret."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.arena import ORIGINAL, PIN, SPLIT, UNRETIRED, Arena, arena, swapped
from tests.support.hostile import symbols
from tests.support.machine import MEMORY, Machine
from tests.support.minivisor import Minivisor
from tests.support.shared import Shared

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def place(shared: Shared, minivisor: Minivisor) -> Arena:
    return arena(shared, minivisor)


def secrets(place: Arena) -> Mapping[str, bytes]:
    """Name -> bytes that are nowhere: as they are, in words of the other order, masked as HMAC."""
    token = (place.assets / "token.bin").read_bytes()
    kek = hashlib.pbkdf2_hmac("sha256", PIN.encode(), token[16:32], 1, 32)
    key, pin = place.key(), PIN.encode()
    kinds = {"the PIN": pin, "half of the PIN": pin[:14], "the other half of the PIN": pin[-13:]}
    for name, mask in ("inner", 0x36), ("outer", 0x5C):  # FIPS 198-1
        masked = bytes(b ^ mask for b in pin.ljust(64, b"\0"))
        kinds |= {f"the PIN's {name} block": masked[:24], f"its {name} words": swapped(masked[:24])}
    for name, value in ("key-encryption key", kek), ("data key", key[:32]), ("tweak key", key[32:]):
        kinds |= {f"{name} {at}": value[at : at + 16] for at in (0, 16)}
    kinds |= {f"key-encryption schedule {at}": swapped(kek[at : at + 16]) for at in (0, 16)}
    return kinds


def schedule(place: Arena) -> Mapping[str, bytes]:
    """What only the hypervisor's key schedule holds: FIPS 197, the first words are the key."""
    key = place.key()
    return {f"key schedule {at}": swapped(key[at : at + 16]) for at in range(0, 64, 16)}


def leaks(place: Arena, build: str, machine: Machine) -> list[str]:
    """Every secret that memory holds, and where; the schedule anywhere but in its place."""
    first, end = symbols(place.images[build])["key"]
    found = [
        f"{name} at {at:#x}"
        for name, secret in secrets(place).items()
        for at in machine.found(secret)
    ]
    for name, piece in schedule(place).items():
        places = machine.found(piece)
        found += [f"{name} at {at:#x}" for at in places if not first <= at < end]
        found += [f"{name} is not there"] if not places else []
    return found


@pytest.mark.parametrize("build", [ORIGINAL, SPLIT, UNRETIRED])
def test_no_secret_at_the_first_instruction(build: str, place: Arena, tmp_path: Path) -> None:
    witness = place.guest(build, "witness")
    with place.boot(build, witness, tmp_path / "boot") as machine:
        machine.expect("minivisor: starting target guest\n")
        time.sleep(0.3)
        machine.qmp("stop")
        assert f"EIP={symbols(witness)['guest_start'][0]:08x}"[:-1] in machine.tell(
            "info registers"
        )
        assert leaks(place, build, machine) == []
        # The same search finds each of them wherever it is put: low, high, over a page's end.
        for number, (name, secret) in enumerate({**secrets(place), **schedule(place)}.items()):
            at = (4096 * 300 - 5, 0x3000000, MEMORY - 100)[number % 3]
            kept = machine.ram[at : at + len(secret)]
            machine.ram[at : at + len(secret)] = secret
            assert at in machine.found(secret), name
            if name == "the PIN":
                assert leaks(place, build, machine)[0] == f"the PIN at {at:#x}"
            machine.ram[at : at + len(secret)] = kept


@pytest.mark.parametrize("build", [ORIGINAL, SPLIT, UNRETIRED])
def test_no_secret_at_the_end(build: str, place: Arena, tmp_path: Path) -> None:
    target = place.tree / "guest/target/target.elf"
    with place.boot(build, target, tmp_path / "boot") as machine:
        status = machine.end()
        assert (status, " tests, 0 failures" in machine.said) == (33, True), machine.said
        assert leaks(place, build, machine) == []
