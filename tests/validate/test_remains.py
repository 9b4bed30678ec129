# SPDX-License-Identifier: MIT
"""What a machine's memory says of retired code: erased, left, not reached, unseen; and traps."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tcbsplit import elffile
from tcbsplit.config.scenario import Scenario
from tcbsplit.model.retire import ERASED, RETIRED, TRAP, Erasure, SectionKind
from tcbsplit.model.vocabulary import BootedBuild
from tcbsplit.validate.evidence.erased import Erasing, erased_code
from tcbsplit.validate.verdict.outcome import erased
from tests.support.retiring import Retired

SOURCE = """
void moved (void);
static const int t[] = { 1, 2, 3 };
static int boot (int n) { moved (); return t[n]; }
void on_exit_ (void) { puts ("exit"); }
void launch (void) { on_exit_ (); }
int main (void) { secret = boot (1); launch (); return 0; }
"""


class Memory:
    """The memory of a machine that has loaded an image."""

    def __init__(self, image: Path, moved: int = 0) -> None:
        self.content = bytearray(64 << 20)
        self.moved = moved
        with elffile.opened(image) as elf:
            self.symbols = {s.name: s.value for s in elffile.symbols(elf)}
            for segment in elf.iter_segments("PT_LOAD"):
                self.write(segment["p_paddr"] + moved, segment.data())

    def write(self, address: int, content: bytes) -> None:
        self.content[address : address + len(content)] = content

    def read(self, address: int, size: int) -> bytes:
        return bytes(self.content[address : address + size])

    def erase(self) -> None:
        self.write(self.symbols[ERASED] + self.moved, b"\1\0\0\0")
        for kind in SectionKind:
            first, end = (self.symbols[s] + self.moved for s in kind.bounds)
            self.write(first, (TRAP if kind is SectionKind.CODE else b"\0") * (end - first))


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Retired(tmp_path_factory.mktemp("erased"), SOURCE).build("-O0")


def examined(image: Path, change: Callable[[Memory], None], moved: int = 0) -> tuple[str, Erasing]:
    memory = Memory(image, moved)
    change(memory)
    found = Erasing.of(image)
    assert found is not None
    return found.examine(memory.read)[RETIRED], found


def test_every_state_is_told(image: Path) -> None:
    def left(memory: Memory) -> None:
        memory.erase()
        memory.write(memory.symbols["boot"] + 2, b"\x90\x90")

    def kept(memory: Memory) -> None:
        memory.erase()
        memory.write(memory.symbols["t"], b"\1")

    assert examined(image, lambda memory: None)[0] == Erasure.NOT_REACHED
    assert examined(image, Memory.erase)[0] == Erasure.DONE
    assert examined(image, lambda memory: memory.content.clear())[0] == Erasure.UNSEEN
    assert examined(image, left)[0].startswith("left: 2 bytes of .tcbsplit.text, the first at 0x")
    assert examined(image, left)[0].endswith("(boot)")
    assert examined(image, kept)[0].startswith("left: 1 bytes of .tcbsplit.rodata")


@pytest.mark.parametrize("moved", [-4096, 4096, 0x2001230])
def test_an_image_that_moved_itself_is_found(image: Path, moved: int) -> None:
    """It lies elsewhere in physical memory; the copy that was loaded is still there, unchanged."""

    def left(memory: Memory) -> None:
        memory.erase()
        memory.write(memory.symbols["boot"] + moved, b"\x90")

    def two(memory: Memory) -> None:
        loaded = Memory(image)
        memory.erase()
        memory.content, gone = loaded.content, memory.content
        first = min(moved, 0) + 0x400000
        memory.write(first + max(moved, 0), bytes(gone[first + max(moved, 0) :][: 1 << 16]))

    def patched(memory: Memory) -> None:
        """Boot changed code that lasts, at the first piece that is looked for."""
        memory.erase()
        found = Erasing.of(image)
        assert found is not None
        memory.write(found._pieces()[0][0] + moved, b"\x90")

    assert examined(image, lambda memory: None, moved)[0] == Erasure.NOT_REACHED
    assert examined(image, Memory.erase, moved)[0] == Erasure.DONE
    assert examined(image, left, moved)[0].startswith("left: 1 bytes of .tcbsplit.text")
    assert examined(image, patched, moved)[0] == Erasure.DONE
    if moved > 1 << 20:
        assert examined(image, two, moved)[0] == Erasure.DONE


def test_a_file_in_a_loaders_buffer_is_no_copy_that_runs(image: Path) -> None:
    """Behind its bytes lies anything, also where the variable would be that says it is erased."""

    def loading(memory: Memory) -> None:
        file = Memory(image, moved := 1 << 21)
        file.write(file.symbols[ERASED] + moved, b"\x7fELF")
        for at in range(0x400000 + moved, 0x410000 + moved):
            memory.content[at] = file.content[at]

    assert examined(image, loading)[0] == Erasure.NOT_REACHED


def test_an_image_that_erases_nothing_is_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("int main (void) { return 0; }\n")
    subprocess.run(["gcc", "-o", tmp_path / "a", tmp_path / "a.c"], check=True)
    assert Erasing.of(tmp_path / "a") is None
    assert erased_code(tmp_path / "a") == (0, 0)


def test_a_trap_has_its_caller_from_the_frame(image: Path) -> None:
    def trapped(memory: Memory) -> None:
        memory.erase()
        stack, at = memory.symbols["secret"] & ~7, memory.symbols["boot"]
        memory.write(stack - 64, struct.pack("<4Q", at + 1, 0x10, 0x202, stack - 8))
        memory.write(stack - 8, struct.pack("<Q", memory.symbols["on_exit_"] + 5))

    (trap,) = examined(image, trapped)[1].traps
    assert (trap.function, trap.file, trap.caller) == ("boot", "main.c", "on_exit_")
    assert trap.address == Memory(image).symbols["boot"]


def test_a_trap_is_found_in_the_hypervisors_report(image: Path) -> None:
    _, found = examined(image, Memory.erase)
    address = Memory(image).symbols["boot"]
    found.listen("panic: exception 3 at 1234567, table at 0xffff\n")
    assert found.traps == []
    found.listen(f"panic: exception 3, error 0, at {address + 1:x}\n")
    assert [(t.function, t.address, t.caller) for t in found.traps] == [("boot", address, "")]


@pytest.mark.parametrize(
    ("state", "launches", "wrong"),
    [
        (Erasure.DONE, (BootedBuild.ORIGINAL, BootedBuild.SPLIT), ""),
        (Erasure.NOT_REACHED, (BootedBuild.SPLIT,), ""),
        (Erasure.UNSEEN, (BootedBuild.ORIGINAL,), ""),
        ("", (BootedBuild.ORIGINAL,), ""),
        (Erasure.NOT_REACHED, (BootedBuild.ORIGINAL,), "was not erased before"),
        (Erasure.DONE, (BootedBuild.SPLIT,), "must not be"),
        ("left: 1 bytes", (BootedBuild.ORIGINAL,), "is not gone: left: 1 bytes"),
        ("left: 1 bytes", (), "is not gone"),
    ],
)
def test_the_verdict_on_the_evidence(
    state: str, launches: tuple[BootedBuild, ...], wrong: str
) -> None:
    told = erased(Scenario(summary="s", launches=launches), {RETIRED: state} if state else {})
    assert wrong in told
    assert bool(told) == bool(wrong)
