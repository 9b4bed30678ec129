# SPDX-License-Identifier: MIT
"""Machines of every kind: GRUB, the firmware's shell, several ports, resets, disks, networks."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tcbsplit.config.scenario import Disk, Machine, Marker, Network, Peer, Port, Scenario, Typed
from tcbsplit.errors import EnvironmentProblem
from tcbsplit.model.accelerator import Name
from tcbsplit.model.vocabulary import Firmware, StartMethod, Virtualization
from tcbsplit.validate.boot import Bench, boot
from tcbsplit.validate.machine.media import grub_cfg, ovmf, payload
from tcbsplit.validate.machine.qemu import Wires, arguments
from tcbsplit.validate.replay import replay
from tests.soak.images import EXIT, RESET, SECTOR, link
from tests.support.boots import boot_one, wanted
from tests.support.programs import program, real

# Says that it is there, and resets the machine TIMES times: a byte of the clock's memory (MC146818,
# of which QEMU's firmware leaves 0x50 alone) counts.
BOOT_SECTOR = """
.code16
.globl _start
_start:
    mov $0x3f8, %dx
    mov $'h', %al; outb %al, %dx
    mov $'e', %al; outb %al, %dx
    mov $'r', %al; outb %al, %dx
    mov $'e', %al; outb %al, %dx
    mov $10, %al; outb %al, %dx
    mov $0x50, %al; outb %al, $0x70
    inb $0x71, %al
    cmp $TIMES, %al
    je 3f
    inc %al
    outb %al, $0x71
    mov $0xfe, %al; outb %al, $0x64
3:  hlt
    jmp 3b
.org 510
.word 0xaa55
"""


@pytest.mark.parametrize("start", [StartMethod.KERNEL, StartMethod.GRUB])
def test_the_image_starts_from_either(bench: Bench, tmp_path: Path, start: StartMethod) -> None:
    if start is StartMethod.GRUB and shutil.which("grub-mkrescue") is None:
        pytest.skip("grub-mkrescue is not installed")
    image = program(tmp_path, EXIT)
    scenario = wanted("program: here", start=start, exit=33)
    (result,) = boot({"case": scenario}, real(bench, image))
    assert (result.verdict, result.cause) == ("pass", "")


def test_grub_is_told_which_multiboot() -> None:
    assert grub_cfg(b"\x02\xb0\xad\x1b", ["guest"], ["set root=(hd0)"]).splitlines() == [
        "set timeout=0", "set root=(hd0)", "multiboot /boot/image.elf",
        "module /boot/module0 guest", "boot",
    ]  # fmt: skip
    assert "multiboot2 /boot/image.elf\nboot" in grub_cfg(b"..\xd6\x50\x52\xe8", [], [])


def test_the_firmware_runs_the_script(bench: Bench, tmp_path: Path) -> None:
    try:
        ovmf()
    except EnvironmentProblem as problem:
        pytest.skip(str(problem))
    (tmp_path / "greeting").write_text("from a file\r\n")
    scenario = wanted(
        "from a file", "the script ends", within=60, start=StartMethod.UEFI,
        machine=Machine(firmware=Firmware.OVMF, virtualization=Virtualization.NONE),
        files={"texts/greeting.txt": "greeting"},
        script=("@echo -off", "fs0:", "type texts\\greeting.txt", "echo the script ends",
                "reset -s"),
    )  # fmt: skip
    (result,) = boot({"shell": scenario}, real(bench, tmp_path))
    assert (result.verdict, result.cause) == ("pass", "")
    assert result.exit_status in (0, None)


def test_a_machine_waits_for_its_monitor_and_for_no_person() -> None:
    load = payload(wanted("t"), "original", Path("/"), {"image": "k"})
    tcg = Name.TCG
    assert "-S" in arguments(load, tcg, wires=Wires(monitor=9))
    assert "-S" not in arguments(load, tcg)


def test_without_the_firmware_one_is_told_what_to_install() -> None:
    with pytest.raises(EnvironmentProblem, match="apt-get install ovmf"):
        ovmf([("/nowhere", "/nowhere")])


def test_a_reset_is_an_error_unless_it_is_expected(bench: Bench, tmp_path: Path) -> None:
    image = program(tmp_path, RESET)
    (result,) = boot({"case": wanted("program: here", "more")}, real(bench, image))
    assert result.verdict == "error"
    assert result.cause.startswith("the machine was reset once; QEMU ended with status 0 before")
    assert (result.ended, result.resets) == ("guest-reset", 1)


@pytest.mark.parametrize(
    ("resets", "times", "cause"),
    # SeaBIOS answers a reset with more of them, as many as it gets at before it is reset.
    [(40, 2, ""), (1, 2, "the machine was reset more than once; no 'there' within"),
     (2, 200, "the machine was reset more than 2 times; no 'there' within")],
)  # fmt: skip
def test_so_many_resets_and_no_more(
    bench: Bench, tmp_path: Path, resets: int, times: int, cause: str
) -> None:
    sector = link(tmp_path / "sector.img", BOOT_SECTOR.replace("TIMES", str(times)), SECTOR)
    disk = (Disk(file=str(sector)),)
    texts = ("here", "there") if cause else ("here", "here", "here")
    scenario = wanted(*texts, start=StartMethod.DISK, disks=disk, resets=resets)
    (result,) = boot({"case": scenario}, real(bench, tmp_path))
    assert result.verdict == ("error" if cause else "pass"), result.cause
    assert result.cause.startswith(cause)
    assert result.resets > resets if cause else times <= result.resets <= resets


PORTS = """
words = sys.argv[1:]
handle = next(int(w.rpartition("=")[2]) for w in words if w.startswith("socket,id=port2"))
second = socket.socket(fileno=handle)
say("first: up\\n")
second.sendall(b"second: name? ")
name = second.recv(100)
second.sendall(b"second: hello " + name + b"\\n")
time.sleep(60)
"""


def test_every_port_is_heard_and_typed_to(bench: Bench) -> None:
    typed = (Typed(after="name? ", line="Ada"),)

    def scenario(expect: str, *forbid: str) -> Scenario:
        port = Port(type=typed, expect=(Marker(text=expect, within=2),), forbid=forbid)
        return wanted("first: up", ports=(port,), settle=0)

    result = boot_one(bench, PORTS, scenario("second: hello Ada"))
    assert (result.verdict, result.cause) == ("pass", "")
    assert "-serial file:serial-2.log" in result.command
    again = replay("case", scenario("second: hello Ada"), bench.folder)
    assert [r.verdict for r in again] == ["pass"]
    result = boot_one(bench, PORTS, scenario("second: hello Eve"))
    assert result.cause.startswith("serial port 2: no 'second: hello Eve' within 2 s")
    result = boot_one(bench, PORTS, scenario("second: hello", "Ada"))
    assert result.cause.startswith("serial port 2: forbidden 'Ada' on the console")


@pytest.mark.parametrize(
    ("wish", "code", "cause"),
    [
        ({"unchanged": True}, "", ""),
        ({"unchanged": True}, 'd[5:6] = b"!"', "was to stay as it was; byte 5 differs first"),
        ({"unchanged": True}, "d += bytes(16)", "was to stay as it was; byte 16 differs first"),
        ({"absent": ("secret",)}, 'd[3:9] = b"secret"', "holds 'secret' at byte 3"),
        ({"absent": ("hex:736563",)}, 'd[3:9] = b"secret"', "holds 'hex:736563' at byte 3"),
        ({"absent": ("secret",), "present": ("hex:00ff",)}, 'd[0:2] = b"\\0\\xff"', ""),
        ({"present": ("done",)}, "", "does not hold 'done'"),
        ({"sha256": "0" * 64}, "", "has SHA-256 9f9f5111f7b27a781f1f1ddde5ebc2dd"),
    ],
)
def test_disks_are_checked_afterwards(
    bench: Bench, wish: dict[str, Any], code: str, cause: str
) -> None:
    (bench.base / "a disk").write_bytes(b"0123456789abcdef")
    read, write = 'd = bytearray(open("disk.img", "rb").read())', 'open("disk.img", "wb").write(d)'
    change = f"{read}; {code or 'pass'}; {write}"
    scenario = wanted("up", disks=(Disk(file="a disk", **wish),))
    result = boot_one(bench, f"{change}\nsay('up\\n')", scenario)
    assert result.verdict == ("fail" if cause else "pass"), result.cause
    assert cause in result.cause
    assert [r.verdict for r in replay("case", scenario, bench.folder)] == [result.verdict]


def test_a_network_has_peers_and_nothing_else() -> None:
    network = Network(
        card="virtio-net-pci",
        peers=(Peer(address="10.0.2.9:7", command=("{source}/echo, twice", "-n")),),
    )
    load = payload(
        wanted("t", network=network), "original", Path("/"), {"image": "k", "source": "/s p"}
    )
    argv = arguments(load, Name.TCG)
    assert argv[argv.index("-netdev") + 1] == (
        "user,id=net,restrict=on,guestfwd=tcp:10.0.2.9:7-cmd:'/s p/echo,, twice' -n"
    )
    assert "virtio-net-pci,netdev=net" in argv
