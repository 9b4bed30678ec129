# SPDX-License-Identifier: MIT
"""The accelerator ``nested``: what it is made of, and machines that it runs for real."""

from __future__ import annotations

import io
import os
import socket
import tarfile
import threading
from pathlib import Path
from typing import Any

import pytest

from tcbsplit import process
from tcbsplit.config.scenario import Disk, Machine, Module, Network, Peer, Port, Scenario
from tcbsplit.errors import EnvironmentProblem
from tcbsplit.model.accelerator import Name
from tcbsplit.model.vocabulary import BootedBuild, Firmware, StartMethod, Virtualization
from tcbsplit.validate.machine import interface, media
from tcbsplit.validate.machine.nested import facts, job, kernel, snapshot
from tcbsplit.validate.machine.nested.agent import Control, Gone
from tcbsplit.validate.machine.nested.nested import Nested
from tcbsplit.validate.machine.nested.outlet import Ending
from tcbsplit.validate.machine.qemu import Wires, arguments
from tests.support.nested import VERSION, module, skip_without_programs, tree


def test_the_snapshot_is_named_by_all_that_is_in_it(tmp_path: Path) -> None:
    skip_without_programs()

    def name(memory: int = 1024, nested: bool = True) -> str:
        linux = kernel.Kernel(tmp_path / f"boot/vmlinuz-{VERSION}", folder, "a test's")
        snapshot.place.cache_clear()
        return snapshot.place(snapshot.Recipe(qemu, linux, memory, nested), tmp_path).name

    qemu, folder = process.find("qemu-system-x86_64"), tree(tmp_path)
    first = name()
    assert name() == first
    seen = {first, name(memory=2048), name(nested=False)}
    module(folder / "crypto", "ccp.ko", "irqbypass")
    seen.add(name())
    (tmp_path / f"boot/vmlinuz-{VERSION}").write_text("another")
    seen.add(name())
    assert len(seen) == 5


def test_the_mark_is_found_wherever_it_is_cut() -> None:
    mark, said = b"abcab", b"so abca said ab" + b"abcab"
    for most in range(1, len(said) + 1):
        ending, heard, ended = Ending(mark), b"", False
        for at in range(0, len(said), most):
            content, ended = ending.feed(said[at : at + most])
            heard += content
        assert (heard, ended) == (b"so abca said ab", True)
    ending = Ending(mark)
    assert ending.feed(b"torn abca") == (b"torn ", False)
    assert ending.feed(b"") == (b"abca", False), "the end of the stream: it was no mark"


def test_no_prompt_is_held_back(tmp_path: Path) -> None:
    """Whatever a text ends with, it is heard before the guest says more."""
    scenario = Scenario(summary="", builds=(BootedBuild.ORIGINAL,), start=StartMethod.DISK, seal="")
    load = media.payload(scenario, "original", tmp_path, {"image": "i"})
    for _ in range(3):
        ending = Ending(job.pack(load, tmp_path, ["qemu"]).last)
        for prompt in (*map(chr, range(0x100)), "PIN: ", "пароль: ", "密码\U0001f511"):
            assert ending.feed(prompt.encode()) == (prompt.encode(), False)
    # Such a mark would hold it back, so the check can fail.
    assert Ending(b" at the end").feed(b"PIN: ") == (b"PIN:", False)


def test_histograms_become_evidence() -> None:
    exits = (
        "# trigger info: hist:keys=exit_reason:vals=hitcount:sort=hitcount:size=2048 [active]\n"
        "{ exit_reason:        128 } hitcount:         34\n"
        "{ exit_reason:        123 } hitcount:       1000\n"
        "Totals:\n    Hits: 1034\n"
    )
    found = facts.evidence({"kernel": "6.1"}, exits, "")
    assert found == {
        "kernel": "6.1", "exits": "1034", "vmrun": "34", "nested_exits": "0",
        "exit_reasons": "0x7b:1000 0x80:34", "nested_exit_reasons": "",
    }  # fmt: skip
    fit = {"kvm_amd.nested": "1"}
    assert facts.unfit(fit) == ""
    assert "its parameter nested is 0" in facts.unfit({"kvm_amd.nested": "0"})
    assert "its parameter nested is unknown" in facts.unfit({})
    assert "refused a module: insmod" in facts.unfit({**fit, "refused": "insmod: no"})
    assert "/dev/kvm is not there" in facts.unfit({**fit, "no_kvm": "/dev/kvm is not there"})


def test_qemu_inside_has_the_same_line_but_for_its_wires(tmp_path: Path) -> None:
    scenario = Scenario(summary="", builds=(BootedBuild.ORIGINAL,), ports=(Port(),))
    load = media.payload(scenario, "original", tmp_path, {"image": "i", "guest": ""})
    inside = Wires(console="/dev/com1", ports=("/dev/com2",), monitor="/dev/monitor")
    outside = Wires(ports=(7,), monitor=8)
    kvm = Name.KVM
    words = arguments(load, kvm, wires=inside)
    assert set(words) - set(arguments(load, kvm, wires=outside)) == {
        "pipe,id=port1,path=/dev/com1", "chardev:port1", "pipe,id=port2,path=/dev/com2",
        "pipe,id=qmp,path=/dev/monitor",
    }  # fmt: skip
    assert (inside.handles, outside.handles) == ((), (7, 8))
    assert "EPYC,+svm" in words


def test_the_job_holds_what_qemu_opens_and_no_more(tmp_path: Path) -> None:
    scenario = Scenario(
        summary="", builds=(BootedBuild.ORIGINAL,), modules=(Module(file="m", name="config"),),
        disks=(Disk(file="d"),), machine=Machine(),
    )  # fmt: skip
    for name in ("i", "m", "d"):
        (tmp_path / name).write_bytes(b"\x7fELF" + name.encode())
    load = media.payload(scenario, "original", tmp_path, {"image": "i", "guest": ""})
    folder = tmp_path / "boot"
    folder.mkdir()
    media.prepare(folder, load)
    (folder / "serial.log").write_text("not for QEMU")
    packed = job.pack(load, folder, ["qemu", "-m", "a b"])
    with tarfile.open(fileobj=io.BytesIO(packed.content)) as tar:
        members = {m.name: m for m in tar}
        run = tar.extractfile("run")
        assert run is not None
        assert run.read() == b"exec qemu -m 'a b'\n"
    assert sorted(members) == ["disk.img", "disks", "image.elf", "last", "module0", "run"]
    assert all(m.isfile() and m.mtime == 0 for m in members.values()), "links were followed"
    assert list(packed.disks) == ["disk.img"]
    assert job.size(load, folder) == 15


def test_what_does_not_go_is_an_obstacle(tmp_path: Path) -> None:
    nested = Nested(tmp_path)
    peers = Network(peers=(Peer(address="10.0.2.7:80", command=("cat",)),))
    assert "peers are on this host" in nested.obstacle(Scenario(summary="", network=peers))
    huge = Machine(memory=1 << 30)
    assert "this host has" in nested.obstacle(Scenario(summary="", machine=huge))
    assert nested.obstacle(Scenario(summary="", network=Network())) == ""
    vmx = Scenario(summary="", machine=Machine(virtualization=Virtualization.VMX))
    assert interface.lacks(nested.abilities, vmx) == ["virtualisation by VMX"]


def test_firmware_gets_no_interrupt_controller_of_kvm(tmp_path: Path) -> None:
    nested = Nested(tmp_path)

    def kind(**machine: Any) -> str:
        scenario = Scenario(summary="", builds=(BootedBuild.ORIGINAL,), machine=Machine(**machine))
        load = media.payload(scenario, "original", tmp_path, {"image": "i", "guest": ""})
        once = nested.adapt(load)
        assert nested.adapt(once) == once
        return once.scenario.machine.type

    assert kind(type="q35,smm=off") == "q35,smm=off"
    assert kind(type="q35,smm=off", firmware=Firmware.OVMF) == "q35,smm=off,kernel-irqchip=off"
    theirs = "q35,kernel-irqchip=split"
    assert kind(type=theirs, firmware=Firmware.OVMF) == theirs


class Agent:
    """The other side of "control" and "data"."""

    def __init__(self) -> None:
        self.line, ours = socket.socketpair()
        self.data, data = socket.socketpair()
        self.stop = threading.Event()
        self.control = Control(ours, data, self.stop)


def test_the_agent_is_heard() -> None:
    agent = Agent()
    agent.line.sendall(b"fact kernel 6.1\nup 12.5\nended 8448\n")
    assert agent.control.wait("ended", 5)
    assert (agent.control.facts, agent.control.uptime) == ({"kernel": "6.1"}, "12.5")
    assert os.waitstatus_to_exitcode(agent.control.status or 0) == 33
    agent.data.sendall(b"3\nabc")
    assert agent.control.receive(5) == b"abc"
    agent.line.close()
    assert not agent.control.wait("never", 5), "it is gone: no need to wait"


def test_a_disk_that_comes_back_damaged_is_refused(tmp_path: Path) -> None:
    agent = Agent()
    agent.data.sendall(b"3\nabc")
    with pytest.raises(EnvironmentProblem, match=r"disk\.img: came back damaged"):
        agent.control.fetch("disk.img", "00", tmp_path / "disk.img", 5)
    assert not (tmp_path / "disk.img").exists()
    agent.data.sendall(b"5\nab")
    agent.data.close()
    with pytest.raises(Gone):
        agent.control.receive(5)
