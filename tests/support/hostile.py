# SPDX-License-Identifier: MIT
"""Hostile guests: what each file of tests/minivisor/hostile says of itself, and how it is judged.

Nothing that a guest says counts. It is judged by the hypervisor's lines on the console, by the
machine's memory, its disk and its events.
"""

from __future__ import annotations

import hashlib
import re
import struct
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.machine import MEBIBYTE, Machine

HOSTILE = Path(__file__).resolve().parents[1] / "minivisor/hostile"
ATTACKS = HOSTILE / "attacks"
RANDOM = HOSTILE / "random/random_moves.c"  # not a test by itself: it needs a seed
GUEST_END = 64 * MEBIBYTE
_LOOKED_AT = 4 * MEBIBYTE  # of the guest's memory after each attack; all of it at the end
_TARGET, _PREGUEST = "target", "preguest"
# What the hypervisor changes by itself while a guest runs.
_ALIVE = {
    "boot_stack", "host_save", "host_vmcb", "vmcb", "svm_vcpu", "refusals", "refusal_count",
    "timers", "primary", "beats", "end", "end_status", "stopping", "state", "staging",
}  # fmt: skip
_HANDED_OVER = {"config", "idman_storage_key", "tcbsplit_return_0", "tcbsplit_return_1"}
_TABLES = {"boot_pml4", "boot_pdpt", "boot_directories", "pml4", "pdpt", "directory", "low"}
_USED = 0x60  # accessed, dirty: APM2 5.4.2


@dataclass(frozen=True)
class Attack:
    """One file: the promise, the refusals that must be said, where it runs, how it ends."""

    name: str
    promise: str
    refused: tuple[str, ...]
    where: frozenset[str]
    ends: str  # how the guest ends by it: "", fault, shutdown, handoff
    said: tuple[str, ...]  # further lines of the hypervisor
    silent: str  # why it says nothing, if so


def attacks() -> dict[str, Attack]:
    """All attacks, by name."""
    return {p.stem: read_attack(p) for p in sorted([*ATTACKS.glob("*.c"), *ATTACKS.glob("*.S")])}


def read_attack(path: Path) -> Attack:
    """What the comment of an attack's source says."""
    comment = re.search(r"/\*\n \* promise: .*?\*/", path.read_text(), re.S)
    assert comment, f"{path}: no promise"
    text = re.sub(r"\n \*   +", " ", comment[0])
    said: dict[str, list[str]] = {}
    for key, value in re.findall(r"^ \* (\w+): (.*)$", text, re.M):
        said.setdefault(key, []).append(value.strip())
    unknown = set(said) - {"promise", "refused", "where", "ends", "said", "silent"}
    assert not unknown, f"{path}: {unknown}"
    where = (said.get("where") or [f"{_TARGET}, {_PREGUEST}"])[0].split(", ")
    return Attack(
        path.stem, said["promise"][0], tuple(said.get("refused", ())), frozenset(where),
        (said.get("ends") or [""])[0], tuple(said.get("said", ())),
        (said.get("silent") or [""])[0],
    )  # fmt: skip


def symbols(image: Path) -> dict[str, tuple[int, int]]:
    """Name -> (address, end) of the image's symbols; one ends where the next begins."""
    lines = subprocess.run(["nm", "-n", image], capture_output=True, text=True, check=True).stdout
    listed = (line.split() for line in lines.splitlines())
    found = [(int(address, 16), name) for address, kind, name in listed if kind not in "aA"]
    ends = [b for b, _ in found[1:]] + [found[-1][0]]
    return {n: (a, b) for (a, n), b in zip(found, ends, strict=True) if a < b}


def known_to_attackers(places: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """Addresses by the names that attacks use for them, of the symbols of the hypervisor."""
    return {
        "HV_TEXT": places["svm_vmexit"][0], "HV_KEY": places["key"][0],
        "HV_IMAGE_END": max(end for _, end in places.values()),
        "HV_NESTED": places["directory" if "directory" in places else "directories"][0],
        "HV_IO_MAP": places["io_map"][0], "HV_STACK": places["boot_stack"][0],
    }  # fmt: skip


class Guests:
    """Builds images of hostile guests, against the guest library of a hypervisor's tree."""

    def __init__(self, folder: Path, tree: Path, image: Path) -> None:
        self._folder, self._tree = folder, tree
        folder.mkdir(parents=True, exist_ok=True)
        known = known_to_attackers(symbols(image))
        self._flags = [
            "-std=gnu11", "-ffreestanding", "-fno-pic", "-fno-pie", "-fno-stack-protector",
            "-fno-asynchronous-unwind-tables", "-fno-strict-aliasing", "-fcf-protection=none",
            "-mgeneral-regs-only", "-O1", "-m32", "-march=i686", "-Wall", "-Wextra", "-Werror",
            "-Wno-array-bounds",
            f"-I{HOSTILE}", f"-I{tree}", f"-I{tree}/include",
            *(f"-D{name}={value:#x}u" for name, value in known.items()),
        ]  # fmt: skip

    def objects(self, sources: Iterable[Path], name: str) -> list[Path]:
        """Compile by the compiler's own job; one folder of objects for each name."""
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        files = sorted(sources)
        subprocess.run(["gcc", *self._flags, "-c", *files], cwd=folder, check=True)
        return [folder / f"{file.stem}.o" for file in files]

    def library(self) -> list[Path]:
        tree = self._tree
        names = [
            "start.S", "ata.c", "exception.c", "hypercall.c", "paging.c", "print.c", "vectors.S",
        ]  # fmt: skip
        sources = [*(tree / "guest/lib" / n for n in names), tree / "lib/string.c"]
        return [*self.objects(sources, "lib"), *self.objects(HOSTILE.glob("*.[cS]"), "common")]

    def link(self, name: str, objects: Sequence[Path]) -> Path:
        image = self._folder / f"{name}.elf"
        subprocess.run(
            ["ld", "-m", "elf_i386", "-nostdlib", "-static", "-z", "max-page-size=4096", "-z",
             "noexecstack", "--build-id=none", "--no-warn-rwx-segments", "-T",
             self._tree / "guest/lib/guest.lds", "-o", image, *objects],
            check=True,
        )  # fmt: skip
        return image


def blob(table: str, key: bytes, values: Mapping[int, bytes] | None = None) -> bytes:
    """A valid handoff for the table.c of a build: the demonstration's configuration, a key."""
    digest = bytes(int(n, 16) for n in re.findall(r"0x([0-9a-f]{2}),", table))
    assert len(digest) == 32
    banner = b"a hostile guest's choice".ljust(48, b"\0")
    config = banner + struct.pack("<QQII", 0, 1024, 0, 1)
    entries = [config, key, bytes(8), bytes(8)]
    for number, value in (values or {}).items():
        entries[number] = value
    body = b"".join(
        struct.pack("<IIQ", number, 0, len(value)) + value for number, value in enumerate(entries)
    )
    total = 8 + 4 + 4 + 32 + 8 + len(body) + 32
    header = b"TCBSHOFF" + struct.pack("<II", 1, len(entries)) + digest + struct.pack("<Q", total)
    return header + body + hashlib.sha256(header + body).digest()


class Judge:
    """Compares a machine with what it was before the guests' attacks."""

    def __init__(
        self, machine: Machine, image: Path, guest: Path, secrets: Sequence[bytes]
    ) -> None:
        self._machine, self._symbols = machine, symbols(image)
        self._guest = symbols(guest)
        text = self._symbols["svm_vmexit"][0]
        self._secrets = {f"secret {n}": s for n, s in enumerate(secrets)}
        self._secrets["hypervisor's code"] = machine.ram[text : text + 32]
        self._before = dict(self._parts())

    def _parts(self) -> Iterable[tuple[str, bytes]]:
        for name, (first, end) in self._symbols.items():
            content = self._machine.ram[first:end]
            if name in _TABLES:
                entries = struct.unpack(f"<{len(content) // 8}Q", content)
                content = struct.pack(f"<{len(entries)}Q", *(e & ~_USED for e in entries))
            if name not in _ALIVE:
                yield name, content

    def begin(self) -> None:
        """Let the hypervisor say again what it said before: an attack is judged apart."""
        first, end = self._symbols["refusal_count"]
        self._machine.ram[first:end] = bytes(end - first)

    def complaints(self, attack: Attack, said: str, whole: bool = False) -> list[str]:
        """What the attack achieved, and which refusal was not said; none is well."""
        taken = _HANDED_OVER if "tcbsplit: handoff taken" in said else set()
        found = [
            f"changed: {name}"
            for name, now in self._parts()
            if now != self._before[name] and name not in taken
        ]
        found += self._wiped() if "minivisor: panic: tcbsplit: " in said else self._decoy()
        for name, secret in self._secrets.items():
            if self._machine.found(secret, 0, GUEST_END if whole else _LOOKED_AT):
                found.append(f"the guest has the {name}")
        events = set(self._machine.events) & {"RESET", "SHUTDOWN", "SUSPEND", "POWERDOWN"}
        if events and not attack.ends:
            found.append(f"events: {sorted(events)}")
        lines = said.splitlines()
        known = known_to_attackers(self._symbols)
        for text in (*(f"minivisor: refused: {r}" for r in attack.refused), *attack.said):
            wanted = re.sub(r"HV_[A-Z_]+", lambda m: f"{known[m[0]]:x}", text)
            if wanted not in lines:
                found.append(f"not said: {wanted}")
        return found

    def _decoy(self) -> list[str]:
        first, end = self._guest["decoy"]
        written = set(self._machine.ram[first:end]) - {0xA5}
        return ["a page was written to that the guest only named"] if written else []

    def _wiped(self) -> list[str]:
        """A preprocessing guest that failed leaves nothing (below 1 MiB lies firmware, too)."""
        left = self._machine.ram[MEBIBYTE:GUEST_END].strip(b"\0")
        return ["the guest's memory was not wiped"] if left else []
