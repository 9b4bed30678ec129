"""The accelerator ``nested``: what it is made of, and machines that it runs for real."""

from __future__ import annotations

import io
import lzma
import os
import selectors
import shutil
import signal
import socket
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tcbsplit import process
from tcbsplit.config.scenario import Disk, Machine, Module, Network, Peer, Port, Scenario
from tcbsplit.errors import EnvironmentProblem
from tcbsplit.model.accelerator import Name
from tcbsplit.validate import media
from tcbsplit.validate.accelerators import base
from tcbsplit.validate.accelerators.nested import (
    Nested,
    clear,
    cpio,
    facts,
    job,
    kernel,
    offered,
    size,
    snapshot,
)
from tcbsplit.validate.accelerators.nested.control import Control, Gone
from tcbsplit.validate.accelerators.nested.lines import Ending
from tcbsplit.validate.accelerators.nested.machine import Machine as Running
from tcbsplit.validate.accelerators.qemu import Wires, arguments
from tests.soak.images import AT_1_MIB, EXIT, link

VERSION = "6.1.0-10-cloud"


def module(folder: Path, name: str, *depends: str) -> bytes:
    content = b"\x7fELF name=" + name.encode() + b"\0depends=" + ",".join(depends).encode() + b"\0"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    if name.endswith(".xz"):
        file.write_bytes(lzma.compress(content))
    else:
        file.write_bytes(content)
    return content


def tree(root: Path, version: str = VERSION, ending: str = "") -> Path:
    """A host's files: a kernel with all modules that are needed."""
    (root / "boot").mkdir(parents=True, exist_ok=True)
    (root / "boot" / f"vmlinuz-{version}").write_text(version)
    folder = root / "lib/modules" / version
    module(folder / "arch", f"kvm-amd.ko{ending}", "kvm", "ccp")
    module(folder / "arch", "kvm.ko", "irqbypass")
    module(folder / "virt", "irqbypass.ko")
    module(folder / "crypto", "ccp.ko")
    module(folder / "virtio", "virtio_console.ko.xz", "virtio_ring")
    module(folder / "virtio", "virtio_ring.ko")
    (folder / "modules.builtin").write_text("kernel/virtio/virtio_pci.ko\n")
    return folder


@pytest.mark.parametrize("program", ["cpio", "busybox"])
def test_other_programs_read_the_archive(tmp_path: Path, program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not there")
    files = {
        "init": cpio.program(b"#!/bin/sh\n"),
        "usr/share/empty": cpio.File(b""),
        "usr/share/odd": cpio.File(bytes(range(7))),
    }
    words = [program, "cpio"][program == "cpio" :]
    subprocess.run(
        [*words, "-i", "-d"], cwd=tmp_path, input=cpio.archive(files), check=True
    )  # fmt: skip
    found = {str(p.relative_to(tmp_path)): p for p in tmp_path.rglob("*") if p.is_file()}
    assert {n: p.read_bytes() for n, p in found.items()} == {n: f.content for n, f in files.items()}
    assert os.access(found["init"], os.X_OK)
    assert not found["usr/share/odd"].stat().st_mode & 0o111


def test_modules_come_after_what_they_need(tmp_path: Path) -> None:
    folder = tree(tmp_path, ending=".xz")
    order = kernel.ordered(folder)
    assert list(order) == ["virtio_ring", "virtio_console", "irqbypass", "kvm", "ccp", "kvm_amd"]
    assert order["kvm_amd"].startswith(b"\x7fELF"), "what was compressed is not any more"
    (folder / "virt/irqbypass.ko").unlink()
    with pytest.raises(EnvironmentProblem, match="has no module irqbypass; install linux-image"):
        kernel.ordered(folder)
    (folder / "virt/irqbypass.ko.zst").write_bytes(b"?")
    with pytest.raises(EnvironmentProblem, match="zst: is compressed by zstd, which is not read"):
        kernel.ordered(folder)
    (folder / "arch/kvm-amd.ko.xz").write_bytes(b"no such format")
    with pytest.raises(EnvironmentProblem, match=r"kvm-amd\.ko\.xz: cannot be read"):
        kernel.ordered(folder, ["kvm_amd"])


def test_the_newest_kernel_of_the_host_is_taken(tmp_path: Path) -> None:
    tree(tmp_path, "6.1.0-9-cloud")
    tree(tmp_path, "6.1.0-10-cloud")
    shutil.rmtree(tree(tmp_path, "6.12.0-cloud") / "arch")
    choice = kernel.choose(tmp_path / "store", tmp_path, {})
    assert choice.kernel is not None
    assert choice.kernel.version == "6.1.0-10-cloud"
    assert choice.line == f"{choice.kernel.image} (installed in {tmp_path / 'boot'})"


def test_the_users_kernel_comes_first(tmp_path: Path) -> None:
    tree(tmp_path / "host")
    tree(tmp_path / "mine", "5.10.0")
    shutil.copy(tmp_path / "mine/boot/vmlinuz-5.10.0", tmp_path / "mine/vmlinuz")
    for name in ("mine", "mine/vmlinuz", "mine/boot/vmlinuz-5.10.0"):
        path = str(tmp_path / name)
        choice = kernel.choose(tmp_path / "store", tmp_path / "host", {kernel.VARIABLE: path})
        assert choice.kernel is not None, choice
        assert choice.kernel.version == "5.10.0"
    choice = kernel.choose(tmp_path, tmp_path, {kernel.VARIABLE: str(tmp_path / "none")})
    assert choice.missing == f"TCBSPLIT_INNER_KERNEL={tmp_path / 'none'}: no such file or folder"


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(tree(tmp_path))
    folder = tree(tmp_path, ending=".zst")
    assert "apt-get" in kernel.choose(tmp_path / "store", tmp_path, {}).line
    monkeypatch.setenv("PATH", str(tmp_path))
    choice = kernel.choose(tmp_path / "store", tmp_path, {})
    assert choice.missing == (
        f"no kernel with kvm_amd; {folder}/arch/kvm-amd.ko.zst is compressed by zstd, which is not "
        "read; install linux-image-cloud-amd64 or set TCBSPLIT_INNER_KERNEL"
    )
    tree(tmp_path / "store/kernel-linux-image-7", "7.0.0-cloud")
    assert "downloaded as linux-image-7" in kernel.choose(tmp_path / "store", tmp_path, {}).line
    assert offered(tmp_path) == (
        "qemu-system-x86_64: not found; install it: apt-get install qemu-system-x86"
    )
    (tmp_path / "qemu-system-x86_64").write_text("")
    (tmp_path / "qemu-system-x86_64").chmod(0o755)
    assert offered(tmp_path) == "busybox: not found; install it: apt-get install busybox-static"


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
    scenario = Scenario(summary="", builds=("original",), start="disk", seal="")
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
    scenario = Scenario(summary="", builds=("original",), ports=(Port(),))
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
        summary="", builds=("original",), modules=(Module(file="m", name="config"),),
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
    vmx = Scenario(summary="", machine=Machine(virtualization="vmx"))
    assert base.lacks(nested.abilities, vmx) == ["virtualisation by VMX"]


def test_firmware_gets_no_interrupt_controller_of_kvm(tmp_path: Path) -> None:
    nested = Nested(tmp_path)

    def kind(**machine: Any) -> str:
        scenario = Scenario(summary="", builds=("original",), machine=Machine(**machine))
        load = media.payload(scenario, "original", tmp_path, {"image": "i", "guest": ""})
        once = nested.adapt(load)
        assert nested.adapt(once) == once
        return once.scenario.machine.type

    assert kind(type="q35,smm=off") == "q35,smm=off"
    assert kind(type="q35,smm=off", firmware="ovmf") == "q35,smm=off,kernel-irqchip=off"
    theirs = "q35,kernel-irqchip=split"
    assert kind(type=theirs, firmware="ovmf") == theirs


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


# Enables SVM and executes VMRUN on an empty control block, which cannot be a guest: the processor
# says so in the block's exit code, -1 (AMD64 Architecture Programmer's Manual, volume 2, 15.5).
# Paging is on (one page of 4 MiB): KVM takes VMRUN without it for an invalid opcode.
# Then it writes a sector on the first IDE disk.
VMRUN = f"""
.section .text
.align 4
.long 0x1BADB002, 0, -0x1BADB002
.globl _start
_start:
    movl $0x83, 0x203000
    mov $0x203000, %eax; mov %eax, %cr3
    mov $0x10, %eax; mov %eax, %cr4
    mov %cr0, %eax; or $0x80000000, %eax; mov %eax, %cr0
    mov $0xc0000080, %ecx; rdmsr; or $0x1000, %eax; wrmsr
    mov $0xc0010117, %ecx; mov $0x201000, %eax; xor %edx, %edx; wrmsr
    mov $0x200000, %eax
    .byte 0x0f, 0x01, 0xd8
    cmpl $-1, 0x200070
    jne 9f
    mov $text, %esi
    mov $0x3f8, %dx
1:  lodsb
    test %al, %al
    jz 2f
    outb %al, %dx
    jmp 1b
2:  mov $0x3fd, %dx
3:  inb %dx, %al
    test $1, %al
    jz 3b
    mov $0x3f8, %dx
    inb %dx, %al
    cmp $'y', %al
    jne 9f
    mov $0x1f6, %dx; mov $0xe0, %al; outb %al, %dx
    mov $0x1f2, %dx; mov $1, %al; outb %al, %dx
    inc %dx; xor %al, %al; outb %al, %dx
    inc %dx; outb %al, %dx
    inc %dx; outb %al, %dx
    mov $0x1f7, %dx; mov $0x30, %al; outb %al, %dx
4:  inb %dx, %al
    test $8, %al
    jz 4b
    mov $0x1f0, %dx; mov $_start, %esi; mov $256, %ecx; cld; rep outsw
    mov $0x1f7, %dx
5:  inb %dx, %al
    test $0x80, %al
    jnz 5b
    {EXIT}
9:  hlt
    jmp 9b
text: .asciz "VMRUN refused; write? "
"""


def skip_without_programs() -> None:
    if absent := Nested(Path("/nowhere")).absence():
        pytest.skip(f"no inner machine: {absent}")
    if kernel.choose(Path("/nowhere")).kernel is None:
        pytest.skip("no inner machine: no kernel with kvm_amd is installed")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    skip_without_programs()
    folder = tmp_path_factory.mktemp("inner, machines")
    yield folder
    assert size(folder) > 100 << 20
    clear(folder)
    assert list(folder.iterdir()) == []


def prepared(tmp_path: Path) -> base.Boot:
    image = link(tmp_path / "vmrun.elf", VMRUN, AT_1_MIB)
    (tmp_path / "disk").write_bytes(bytes(4096))
    scenario = Scenario(summary="", builds=("original",), disks=(Disk(file="disk"),), seal="")
    load = media.payload(scenario, "original", tmp_path, {"image": str(image)})
    folder = tmp_path / "a boot"
    folder.mkdir()
    media.prepare(folder, load)
    return base.Boot(load, folder)


def heard(machine: Running, until: bytes = b"\0", within: float = 60) -> bytes:
    console, said, end = machine.lines[0], b"", time.monotonic() + within
    with selectors.DefaultSelector() as selector:
        selector.register(console, selectors.EVENT_READ)
        while until not in said:
            assert time.monotonic() < end, said
            if selector.select(0.2):
                chunk = console.read()
                if not chunk:
                    break
                said += chunk
    return said


@pytest.mark.live
@pytest.mark.xdist_group("nested")
def test_vmrun_runs_in_kvm(store: Path, tmp_path: Path) -> None:
    boot = prepared(tmp_path)
    before = (boot.folder / "disk.img").read_bytes()
    with Nested(store).start(boot) as machine:
        assert heard(machine, b"write? ") == b"VMRUN refused; write? "
        assert (boot.folder / "disk.img").read_bytes() == before
        machine.lines[0].write(b"y")
        assert heard(machine) == b""
        assert machine.ended() == base.Last(33)
        assert machine.standing() == ""
        evidence = machine.finish()
        assert machine.story.resets == 0
    assert evidence["vmrun"] == "1"
    assert evidence["kvm_amd.nested"] == "1"
    assert int(evidence["exits"]) > 100
    written = (boot.folder / "disk.img").read_bytes()
    assert len(written) == len(before)
    assert written[:512] != before[:512], "what was written came back"
    assert written[512:] == before[512:]
    assert [p.name for p in store.iterdir() if p.name.startswith(".")] == []


@pytest.mark.live
@pytest.mark.xdist_group("nested")
def test_a_machine_that_runs_on_is_ended_and_its_disk_is_as_it_was(
    store: Path, tmp_path: Path
) -> None:
    boot = prepared(tmp_path)
    with Nested(store).start(boot) as machine:
        heard(machine, b"write? ")
        evidence = machine.finish()
    assert evidence["vmrun"] == "1"
    assert (boot.folder / "disk.img").read_bytes() == bytes(4096)


@pytest.mark.live
@pytest.mark.xdist_group("nested")
def test_a_killed_inner_machine_is_an_error_in_one_line(store: Path, tmp_path: Path) -> None:
    boot = prepared(tmp_path)
    with Nested(store).start(boot) as machine:
        heard(machine, b"write? ")
        (outer,) = (
            int(p.parent.name)
            for p in Path("/proc").glob("[0-9]*/cwd")
            if p.exists() and p.readlink() == boot.folder
        )
        os.kill(outer, signal.SIGKILL)
        assert heard(machine) == b"", "the console is closed"
        lost = "the inner machine is lost: the outer QEMU was ended by signal 9"
        assert machine.ended() == base.Last(None, lost)
        with pytest.raises(EnvironmentProblem, match=lost):
            machine.finish()


@pytest.mark.live
@pytest.mark.xdist_group("nested")
def test_an_inner_machine_that_does_not_nest_proves_nothing(store: Path, tmp_path: Path) -> None:
    nested = Nested(store, nests=False)
    before = sorted(store.iterdir())
    wrong = r"nested: kvm_amd in the inner machine does not nest \(its parameter nested is 0\)"
    with pytest.raises(EnvironmentProblem, match=wrong), nested.start(prepared(tmp_path)):
        pass
    assert sorted(store.iterdir()) == before, "nothing of it is kept"
