# SPDX-License-Identifier: MIT
"""Bochs: its configuration as text, what it tells, what it cannot do."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from tcbsplit.config.scenario import Disk, Machine, Marker, Network, Port
from tcbsplit.errors import EnvironmentProblem, SourceError
from tcbsplit.model.vocabulary import DiskInterface, Firmware, StartMethod, Virtualization
from tcbsplit.validate.machine.bochs import bochs as accelerator
from tcbsplit.validate.machine.bochs import bochsrc, log
from tcbsplit.validate.machine.bochs.bochs import Bochs
from tcbsplit.validate.machine.bochs.debugger import Debugger
from tcbsplit.validate.machine.bochs.ptys import Wire
from tcbsplit.validate.machine.interface import lacks
from tcbsplit.validate.machine.media import prepare
from tcbsplit.validate.verdict.outcome import expected
from tests.support.bochs import BOCHS, loaded, scenario

SVM, VMX, NONE = Virtualization


def text(*sizes: int, **more: Any) -> str:
    return bochsrc.text(loaded(scenario(**more)), sizes)


# Its configuration.


def test_the_machine_has_what_the_scenario_says() -> None:
    said = text(machine=Machine(memory=320, processors=2, virtualization=SVM))
    assert "memory: guest=320, host=320\n" in said
    assert "cpu: model=ryzen, count=2, ips=10000000, reset_on_triple_fault=1\n" in said
    assert "boot: cdrom\n" in said
    assert "ata1-master: type=cdrom, path=boot.iso, status=inserted\n" in said
    assert "com1: enabled=1, mode=file, dev=again-serial.log\n" in said
    assert "com2" not in said


@pytest.mark.parametrize(
    ("kind", "model"), [(SVM, "ryzen"), (VMX, "corei7_haswell_4770"), (NONE, "athlon64_venice")]
)
def test_the_processor_has_what_the_image_uses(kind: Virtualization, model: str) -> None:
    assert f"cpu: model={model}," in text(machine=Machine(virtualization=kind))


def test_disks_lie_where_qemu_has_them() -> None:
    disks = (Disk(file="d"),) * 3
    said = text(*[1 << 20] * 3, disks=disks)
    assert re.findall("^(ata.*): type=disk, mode=flat, path=(.*)", said, re.MULTILINE) == [
        ("ata0-master", "disk.img"), ("ata0-slave", "disk1.img"), ("ata1-slave", "disk2.img"),
    ]  # fmt: skip
    said = text(*[1 << 20] * 4, disks=(*disks, Disk(file="d")), start=StartMethod.DISK)
    assert "ata1-master: type=disk, mode=flat, path=disk2.img\n" in said
    assert "boot: disk\n" in said
    assert "cdrom" not in said


def test_a_small_disk_has_a_cylinder() -> None:
    assert "path=disk.img, cylinders=3, heads=1, spt=1\n" in text(1536, disks=(Disk(file="d"),))


def test_every_port_has_its_line() -> None:
    said = text(ports=(Port(), Port(), Port()))
    assert re.findall("^com([0-9]): enabled=1, mode=file, dev=again-(.*)", said, re.MULTILINE) == [
        ("1", "serial.log"), ("2", "serial-2.log"), ("3", "serial-3.log"), ("4", "serial-4.log"),
    ]  # fmt: skip
    assert bochsrc.serial(2, "/dev/pts/7") == "com2: enabled=1, mode=term, dev=/dev/pts/7"


@pytest.mark.parametrize("name", ["/dev/a b", "a,b", 'a"b', "$HOME", "a\nb", "#a", ""])
def test_a_name_that_its_parser_would_change_is_refused(name: str) -> None:
    with pytest.raises(EnvironmentProblem, match="configuration cannot hold such a name"):
        bochsrc.serial(1, name)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"machine": Machine(memory=2049)}, "Bochs gives a machine at most 2048 MiB of memory"),
        ({"disks": (Disk(file="d"),) * 4, "start": StartMethod.GRUB},
         "Bochs's machine has room for 3 disks beside GRUB's"),
        ({"disks": (Disk(file="d"),) * 4, "start": StartMethod.KERNEL},
         "Bochs's machine has room for 3 disks beside GRUB's"),
        ({"disks": (Disk(file="d"),) * 5, "start": StartMethod.DISK},
         "Bochs's machine has room for 4 disks"),
    ],
)  # fmt: skip
def test_what_it_cannot_hold_is_an_obstacle(more: dict[str, Any], why: str) -> None:
    assert bochsrc.obstacle(scenario(**more)) == why


def test_what_it_has_not_is_lacking() -> None:
    wanted = scenario(
        start=StartMethod.UEFI,
        machine=Machine(firmware=Firmware.OVMF, extra=("-S",)),
        network=Network(),
        disks=(Disk(file="d", interface=DiskInterface.NVME),),
        ports=(Port(),) * 4,
    )
    assert lacks(BOCHS.abilities, wanted) == [
        "a start by uefi", "the firmware ovmf", "a network card", "5 serial ports",
        "further arguments of QEMU", "a disk by nvme",
    ]  # fmt: skip
    assert lacks(BOCHS.abilities, scenario(resets=3, ports=(Port(),) * 3)) == []


def test_it_boots_through_grub_and_has_no_exit_status() -> None:
    wanted = scenario(exit=33, expect=(Marker(text="x", within=10),))
    assert loaded(wanted).scenario.start is StartMethod.GRUB
    found, unchecked = expected(wanted, BOCHS.abilities)
    assert (found.exit, unchecked) == (None, ("exit status",))
    assert found.expect[0].within == 10 * BOCHS.abilities.pace
    assert loaded(scenario(start=StartMethod.DISK)).scenario.start is StartMethod.DISK


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    install = "install it: apt-get install bochs bochs-term bochsbios vgabios"
    assert BOCHS.absence() == f"bochs: not found; {install}"
    plugins = tmp_path / "lib/x86_64-linux-gnu/bochs/plugins"
    for folder in (tmp_path / "bin", plugins):
        folder.mkdir(parents=True)
    (tmp_path / "bin/bochs").write_text("#!/bin/sh\n")
    (tmp_path / "bin/bochs").chmod(0o755)
    assert BOCHS.absence() == f"Bochs shows its screen on no terminal; {install}"
    file = tmp_path / "bios"
    file.write_text("")
    with pytest.raises(EnvironmentProblem, match=r"apt-get install bochsbios$"):
        bochsrc.firmware([str(tmp_path / "no")], [str(file)])
    with pytest.raises(EnvironmentProblem, match=r"apt-get install vgabios$"):
        bochsrc.firmware([str(file)], [str(tmp_path / "no")])
    assert bochsrc.firmware([str(tmp_path / "no"), str(file)], [str(file)]) == (file, file)


def test_a_bochs_that_knows_other_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bochs, "absence", lambda self: "")
    monkeypatch.setattr(
        accelerator, "_help", lambda: "Bochs x86 Emulator 2.4\nSupported CPU models:\n\ncore2\n"
    )
    assert BOCHS.obstacle(scenario()) == "this Bochs knows no processor ryzen; Bochs 2.7 does"
    assert BOCHS.describe() == "bochs: Bochs 2.4"


# What it tells.

TOLD = """\
00000000000i[      ] Bochs x86 Emulator 2.7
00000000000i[SYS   ] bx_pc_system_c::Reset(HARDWARE) called
00000000000i[CPU0  ] CPUID[0x00000001]: 00800f11 00010800 76d8320b 178bfbff
00000000000i[CPU0  ] CPUID[0x80000001]: 00800f11 20000000 35c223ff 2fd3fbff
"""


def test_its_log_tells_of_the_machine(tmp_path: Path) -> None:
    told = log.Log(tmp_path / "log")
    told.look_at_all()
    assert told.virtualizes(SVM)  # nothing is known yet
    (tmp_path / "log").write_text(TOLD + "00000000009i[SYS   ] bx_pc_system_c::Res")
    told.look_at_all()
    assert (told.version, told.story.resets, told.halted) == ("2.7", 0, False)
    assert (told.virtualizes(SVM), told.virtualizes(VMX)) == (True, False)
    with (tmp_path / "log").open("a") as stream:
        stream.write("et(SOFTWARE) called\n0i[CPU0  ] WARNING: HLT instruction with IF=0!\n")
        stream.write("7e[CPU0  ] SVM VMEXIT: I/O port 0x01f7\n" * 2)
        stream.write("8e[CPU0  ] VMRUN: Guest EFER.SVME = 0\n")
    told.look_at_all()
    assert (told.story.resets, told.story.events, told.halted) == (1, ["RESET SOFTWARE"], True)
    assert (told.exits, told.refused) == (2, "VMRUN: Guest EFER.SVME = 0")


def test_its_debugger_is_answered() -> None:
    debugger = Debugger(watch=True)
    assert debugger.launched is None
    assert debugger.answer(b"Next at t=0\n<boc") == b""
    assert debugger.answer(b"hs:1> ") == b"vmexitbp\n"
    assert debugger.answer(b"vmexit switch break enabled\n<bochs:2> ") == b"c\n"
    assert debugger.launched is False
    assert debugger.answer(b"(0) Caught VMEXIT breakpoint\n<bochs:3> ") == b"vmexitbp\n"
    assert debugger.launched is True
    assert debugger.answer(b"vmexit switch break disabled\n<bochs:4> ") == b"c\n"
    assert debugger.answer(b"stopped for something else\n<bochs:5> ") == b"c\n"
    unwatched = Debugger(watch=False)
    assert unwatched.answer(b"<bochs:1> ") == b"c\n"
    assert unwatched.launched is None


@pytest.mark.parametrize(
    ("word", "wished"),
    [
        ("[UNMAP ] Shutdown port: shutdown requested", True),
        ("[ACPI  ] ACPI control: soft power off", True),
        ("[HD    ] ata0-0: could not open hard drive image file 'disk.img'", False),
        ("", False),
    ],
)
def test_its_last_word(word: str, wished: bool) -> None:
    said = f"=====\nBochs is exiting with the following message:\n{word}\n=====\n"
    assert log.farewell(said if word else "") == (wished, word)


def test_a_line_says_when_it_may_have_lost_something() -> None:
    with Wire() as wire:
        device = os.open(wire.device, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            os.write(device, b"a" * 4000)
            wire.pump()
            os.write(device, b"b" * 4000)
            wire.pump()
            assert not wire.lost
            assert len(wire.line.read()) == 8000
            with pytest.raises(BlockingIOError):
                while True:
                    os.write(device, b"c" * 1000)
            wire.pump()
            assert wire.lost
        finally:
            os.close(device)


def test_what_is_no_multiboot_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(b"\x7fELF" + bytes(10000))
    with pytest.raises(SourceError, match=r"/k: is no multiboot image$"):
        prepare(tmp_path, loaded(scenario(), tmp_path / "k"))
