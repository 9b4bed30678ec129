# SPDX-License-Identifier: MIT
"""All protections are in force before any guest runs; and without them the attacks succeed."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.arena import ORIGINAL, PREGUEST, SPLIT, Arena, arena
from tests.support.fights import random_moves, several
from tests.support.minivisor import Minivisor
from tests.support.shared import Shared

pytestmark = pytest.mark.live

MINIVISOR = Path(__file__).resolve().parents[2] / "corpora/minivisor"
ORDER = ["arch", "pass", "guard", "guards_close", "preproc", "driver", "load_target", "run_target"]
LATE = [
    ("core/main.c", "\tguards_close (); ", "\t"),
    ("core/main.c", "\tload_target ();\n", "\tload_target ();\n\tguards_close ();\n"),
]
# What makes the hypervisor weak: (file, text, instead).
WEAK = [
    ("arch/svm/permission.c", "0xFF, sizeof io_map", "0, sizeof io_map"),
    ("arch/svm/permission.c", "0xFF, sizeof msr_map", "0, sizeof msr_map"),
    ("arch/svm/npt.c", "address < GUEST_RAM_SIZE;", "address < 512 * LARGE;"),
    ("arch/svm/vcpu.c", "\tsvm_extended_reset ();\n", ""),
    ("guard/isa.c", "\tpic_reset (PIC1, PIC_BASE1, 4);\n", ""),
]
PROBE = [("arch/svm/io.c", "svm_translate (linear, access->in,", "svm_translate (linear, false,")]
# Attack -> the complaint of the judge where the hypervisor is weak.
SUCCEEDS = {
    (ORIGINAL, "fw_cfg_dma"): "changed: svm_vmexit",
    (ORIGINAL, "disc_dma"): "changed: svm_vmexit",
    (ORIGINAL, "disc_dma_decoy"): "a page was written to that the guest only named",
    (ORIGINAL, "memory_write"): "changed: svm_vmexit",
    (ORIGINAL, "memory_read"): "the guest has the hypervisor's code",
    (ORIGINAL, "memory_key"): "the guest has the secret 2",
    (SPLIT, "ins_write_protected"): "a page was written to that the guest only named",
    (PREGUEST, "msr_host_save"): "the machine ended",  # with the hypervisor's state
    (PREGUEST, "fw_cfg_dma"): "changed: svm_vmexit",
    (PREGUEST, "leave_vectors"): "a register carries something",
    (PREGUEST, "leave_debug"): "a register carries something",
}  # fmt: skip


@pytest.fixture(scope="module")
def place(shared: Shared, minivisor: Minivisor) -> Arena:
    return arena(shared, minivisor)


def rebuilt(tree: Path, folder: Path, changes: Sequence[tuple[str, str, str]]) -> Path:
    """A copy of a built tree with other texts, built again; its image."""
    shutil.copytree(tree, folder, symlinks=True)
    for name, text, instead in changes:
        content = (folder / name).read_text()
        assert text in content, f"{name}: no {text}"
        (folder / name).write_text(content.replace(text, instead))
    subprocess.run(["make", "-j2"], cwd=folder, check=True, capture_output=True)
    return folder / "minivisor.elf"


def test_the_order_is_stated_once() -> None:
    main = (MINIVISOR / "core/main.c").read_text().partition("\nhv_main (u32")[2]
    steps = re.findall(r'units_call \("(\w+)"\)|(guards_close|load_target|run_target) \(', main)
    assert [a or b for a, b in steps] == ORDER
    units = [
        unit
        for file in MINIVISOR.rglob("*.c")
        for unit in re.findall(r'^UNIT \("([a-z]+)\d+"', file.read_text(), re.M)
    ]
    assert set(units) == {"arch", "pass", "guard", "preproc", "driver", "reset"}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        (LATE, "a guest is to run before the guards are closed"),
        ([("services/storage/ata.c", '"guard3"', '"driver1"')], "unit driver1 failed (-1)"),
        ([("pass/msr.c", '"pass2"', '"driver1"')], "unit driver1 failed (-1)"),
    ],
    ids=["no guards", "storage", "registers"],
)  # fmt: skip
def test_another_order_starts_nothing(
    changes: Sequence[tuple[str, str, str]], complaint: str, place: Arena, tmp_path: Path
) -> None:
    thin = rebuilt(place.images[SPLIT].parent, tmp_path / "thin", changes)
    other = dataclasses.replace(place, images={**place.images, SPLIT: thin})
    with other.boot(SPLIT, place.guest(SPLIT, "witness"), tmp_path / "boot") as machine:
        assert machine.end() == 37
        assert f"minivisor: panic: {complaint}\n" in machine.said
        assert "starting target guest" not in machine.said


@pytest.fixture(scope="module")
def weak(place: Arena, shared: Shared) -> Arena:
    """The hypervisor without its protections."""

    def make(folder: Path) -> None:
        rebuilt(place.tree, folder / "original", WEAK)
        rebuilt(place.images[SPLIT].parent, folder / "thin", WEAK)
        rebuilt(place.images[SPLIT].parent, folder / "probe", PROBE)

    folder = shared("hostile weak", make)
    kinds = {ORIGINAL: "original", SPLIT: "probe", PREGUEST: "thin"}
    images = {position: folder / kind / "minivisor.elf" for position, kind in kinds.items()}
    return dataclasses.replace(place, images=images)


@pytest.mark.parametrize(("position", "name"), list(SUCCEEDS))
def test_a_weak_hypervisor_is_found_out(
    position: str, name: str, weak: Arena, tmp_path: Path
) -> None:
    found = several(weak, position, tmp_path / "boot", [name])
    assert SUCCEEDS[position, name] in [c for complaints in found.values() for c in complaints]


@pytest.mark.parametrize("position", [ORIGINAL, PREGUEST])
def test_random_moves_find_a_weak_hypervisor_out(
    position: str, weak: Arena, tmp_path: Path
) -> None:
    assert random_moves(weak, position, 0x5EED, tmp_path / "boot")
