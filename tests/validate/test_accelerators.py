# SPDX-License-Identifier: MIT
"""Several accelerators: what one lacks, whether guests were launched, and boots held together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tcbsplit.config.scenario import (
    Comparison,
    Disk,
    Machine,
    Marker,
    Network,
    Peer,
    Port,
    Scenario,
)
from tcbsplit.model.accelerator import Mode, Name
from tcbsplit.model.result import BootResult, DiskResult
from tcbsplit.model.vocabulary import DiskInterface, Firmware, StartMethod, Verdict, Virtualization
from tcbsplit.validate import doctor
from tcbsplit.validate.across import ORDER, boot_all, held
from tcbsplit.validate.conversation.session import End
from tcbsplit.validate.machine.accelerators import accelerators
from tcbsplit.validate.machine.choice import choose
from tcbsplit.validate.machine.host import read_host
from tcbsplit.validate.machine.interface import LAUNCHES, lacks
from tcbsplit.validate.verdict.outcome import expected, judged, launched
from tests.support.boots import wanted, with_kernel

SVM, VMX, NONE = Virtualization


KNOWN = accelerators("qemu-system-x86_64", Path("/nowhere"))


def scenario(**more: Any) -> Scenario:
    return Scenario(**{"summary": "", "expect": (Marker(text="x", within=10),), "seal": "", **more})


def test_every_name_has_an_accelerator_that_can_be_asked_for() -> None:
    assert KNOWN.keys() == set(Name) == set(ORDER)
    assert all(KNOWN[name].name is name for name in Name)
    assert {m.value for m in Mode} == {*Name, "auto", "all"}
    for name in set(Name) - {Name.KVM}:
        assert choose(Mode(name), SVM, read_host()).name is name


@pytest.mark.parametrize(
    ("name", "more", "lacking"),
    [
        (Name.TCG, {"machine": Machine(firmware=Firmware.OVMF), "start": StartMethod.UEFI}, []),
        (Name.NESTED, {"machine": Machine(virtualization=VMX)}, ["virtualisation by VMX"]),
        (Name.NESTED, {"ports": (Port(),) * 3}, []),
        (Name.BOCHS, {"start": StartMethod.UEFI,
                      "machine": Machine(virtualization=NONE, firmware=Firmware.OVMF)},
         ["a start by uefi", "the firmware ovmf"]),
        (Name.BOCHS, {"network": Network(),
                      "disks": (Disk(file="d", interface=DiskInterface.NVME),)},
         ["a network card", "a disk by nvme"]),
        (Name.BOCHS, {"ports": (Port(),) * 4}, ["5 serial ports"]),
        (Name.BOCHS, {"machine": Machine(extra=("-S",))}, ["further arguments of QEMU"]),
    ],
)  # fmt: skip
def test_what_an_accelerator_lacks_is_named(
    name: Name, more: dict[str, Any], lacking: list[str]
) -> None:
    assert lacks(KNOWN[name].abilities, scenario(**more)) == lacking


def test_what_cannot_be_checked_is_said_and_patience_grows() -> None:
    asked = scenario(exit=33, ports=(Port(expect=(Marker(text="y", within=3),)),))
    same, unchecked = expected(asked, KNOWN[Name.TCG].abilities)
    assert (same, unchecked) == (asked, ())
    slow, unchecked = expected(asked, KNOWN[Name.BOCHS].abilities)
    assert (slow.exit, unchecked) == (None, ("exit status",))
    pace = KNOWN[Name.BOCHS].abilities.pace
    assert (slow.expect[0].within, slow.ports[0].expect[0].within) == (10 * pace, 3 * pace)


@pytest.mark.parametrize(
    ("launches", "count", "verdict"),
    [
        (("original", "split"), "7", Verdict.PASS),
        (("original", "split"), "0", Verdict.ERROR),
        ((), "0", Verdict.PASS),
        (("split",), "1", Verdict.FAIL),  # the build is the original
        (("original",), None, Verdict.PASS),  # nobody counted
    ],
)
def test_a_boot_is_no_proof_unless_guests_were_launched_as_said(
    launches: Any, count: str | None, verdict: Verdict
) -> None:
    evidence = {} if count is None else {LAUNCHES: count}
    found, cause = launched(scenario(launches=launches), "original", evidence)
    assert (found, bool(cause)) == (verdict, verdict is not Verdict.PASS)
    # And it is part of the verdict; an image that uses none is not asked.
    assert judged(scenario(launches=launches), "original", End(0, evidence=evidence), [], []) == (
        found, cause,
    )  # fmt: skip
    plain = scenario(launches=launches, machine=Machine(virtualization=NONE))
    assert launched(plain, "original", evidence) == (Verdict.PASS, "")


def result(folder: Path, name: Name, text: str, **more: Any) -> BootResult:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    return BootResult(
        **{
            "scenario": "s", "build": "original", "verdict": Verdict.PASS, "cause": "",
            "accelerator": name, "accelerator_reason": "", "command": "",
            "log": str(folder / name), "seconds": 1.0, "exit_status": 33, "markers": (), **more,
        }
    )  # fmt: skip


def test_boots_are_held_against_the_first_that_passed(tmp_path: Path) -> None:
    asked = scenario(compare=Comparison(ignore=("^tick",)))
    tcg = result(tmp_path, Name.TCG, "a\ntick 1\nb\n")
    same = result(tmp_path, Name.NESTED, "a\r\nb\r\ntick 9\r\n")
    assert held([tcg], same, asked, KNOWN) is same
    other = held([tcg], result(tmp_path, Name.NESTED, "a\nc\n"), asked, KNOWN)
    assert (other.verdict, other.cause) == (
        Verdict.DIFFERS, "consoles differ: tcg line 3, nested line 2",
    )  # fmt: skip
    assert other.divergence == ("  a", "- b", "+ c")
    # Exits count where both machines have some.
    bad = held([tcg], result(tmp_path, Name.NESTED, "a\nb\n", exit_status=35), asked, KNOWN)
    assert bad.cause == "tcg ended with status 33, nested with status 35"
    bochs = result(tmp_path, Name.BOCHS, "a\nb\n", exit_status=None)
    assert held([tcg], bochs, asked, KNOWN) is bochs
    disks = (DiskResult(name="disk.img", sha256="1" * 64),)
    there, elsewhere = (
        result(tmp_path, n, "a\nb\n", disks=d)
        for n, d in ((Name.TCG, disks), (Name.BOCHS, (DiskResult(name="disk.img", sha256="2"),)))
    )
    assert held([there], elsewhere, asked, KNOWN).cause.startswith("disk.img differs afterwards")
    # What failed is nothing to compare with, and is not compared.
    failed = result(tmp_path, Name.TCG, "z\n", verdict=Verdict.FAIL)
    assert held([failed], same, asked, KNOWN) is same
    assert held([tcg], failed, asked, KNOWN) is failed


def test_all_runs_what_is_there_and_skips_with_the_reason(bench: Any) -> None:
    peer = Peer(address="10.0.2.9:7", command=("true",))
    asked = wanted("t", network=Network(peers=(peer,)))
    found = boot_all({"x": asked}, with_kernel(bench, original='say("t")'))
    by_name = {r.accelerator: r for r in found}
    assert [r.accelerator for r in found] == list(ORDER)
    assert by_name[Name.TCG].verdict == Verdict.PASS
    assert by_name[Name.TCG].log.endswith("tcg/x-original/serial.log")
    for name, why in ((Name.NESTED, "peers are on this host"), (Name.BOCHS, "network card")):
        missing = KNOWN[name].absence()
        assert by_name[name].verdict == Verdict.SKIPPED
        assert (missing or why) in by_name[name].cause
        assert not (bench.folder / name / "x-original").exists()


def test_the_doctor_speaks_of_every_accelerator(tmp_path: Path) -> None:
    found = {offer.name: offer for offer in doctor.look(tmp_path)}
    assert found.keys() == set(Name)
    assert found["tcg"].there
    assert all(offer.text and "\n" not in offer.text for offer in found.values())
    nothing = doctor.look(tmp_path, "qemu-none")
    assert {o.name for o in nothing if o.text.startswith("qemu-none: not found")} == {
        "kvm", "nested", "tcg",
    }  # fmt: skip
