"""Bochs: its configuration as text, and short boots of a program that does as it is told."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tcbsplit.config import Scenario
from tcbsplit.config.scenario import Disk, Machine, Marker, Network, Port
from tcbsplit.errors import EnvironmentProblem, SourceError
from tcbsplit.validate.accelerators.base import Accelerator, Boot, Last, Line, Started, lacks
from tcbsplit.validate.accelerators.bochs import Bochs, accelerator, bochsrc, log
from tcbsplit.validate.accelerators.bochs.lines import Wire
from tcbsplit.validate.media import Payload, payload, prepare
from tests.soak.images import AT_1_MIB, link
from tests.validate.test_process import alive, until

REPOSITORY = Path(__file__).resolve().parents[2]
BOCHS: Accelerator = Bochs()


def scenario(**more: Any) -> Scenario:
    return Scenario(**{"summary": "", "expect": (Marker(text="ready"),), "seal": "", **more})


def loaded(wanted: Scenario, image: Path = Path("/k")) -> Payload:
    return BOCHS.adapt(payload(wanted, "original", Path("/"), {"image": str(image)}))


def text(*sizes: int, **more: Any) -> str:
    return bochsrc.text(loaded(scenario(**more)), sizes)


# Its configuration.


def test_the_machine_has_what_the_scenario_says() -> None:
    said = text(machine=Machine(memory=320, processors=2, virtualization="svm"))
    assert "memory: guest=320, host=320\n" in said
    assert "cpu: model=ryzen, count=2, ips=10000000, reset_on_triple_fault=1\n" in said
    assert "boot: cdrom\n" in said
    assert "ata1-master: type=cdrom, path=boot.iso, status=inserted\n" in said
    assert "com1: enabled=1, mode=file, dev=serial.log\n" in said
    assert "com2" not in said


@pytest.mark.parametrize(
    ("kind", "model"),
    [("svm", "ryzen"), ("vmx", "corei7_haswell_4770"), ("none", "athlon64_venice")],
)
def test_the_processor_has_what_the_image_uses(kind: Any, model: str) -> None:
    assert f"cpu: model={model}," in text(machine=Machine(virtualization=kind))


def test_disks_lie_where_qemu_has_them() -> None:
    disks = (Disk(file="d"),) * 3
    said = text(*[1 << 20] * 3, disks=disks)
    assert re.findall("^(ata.*): type=disk, mode=flat, path=(.*)", said, re.MULTILINE) == [
        ("ata0-master", "disk.img"), ("ata0-slave", "disk1.img"), ("ata1-slave", "disk2.img"),
    ]  # fmt: skip
    said = text(*[1 << 20] * 4, disks=(*disks, Disk(file="d")), start="disk")
    assert "ata1-master: type=disk, mode=flat, path=disk2.img\n" in said
    assert "boot: disk\n" in said
    assert "cdrom" not in said


def test_a_small_disk_has_a_cylinder() -> None:
    assert "path=disk.img, cylinders=3, heads=1, spt=1\n" in text(1536, disks=(Disk(file="d"),))


def test_every_port_has_its_line() -> None:
    said = text(ports=(Port(), Port(), Port()))
    assert re.findall("^com([0-9]): enabled=1, mode=file, dev=(.*)", said, re.MULTILINE) == [
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
        ({"disks": (Disk(file="d"),) * 4, "start": "grub"},
         "Bochs's machine has room for 3 disks beside GRUB's"),
        ({"disks": (Disk(file="d"),) * 4, "start": "kernel"},
         "Bochs's machine has room for 3 disks beside GRUB's"),
        ({"disks": (Disk(file="d"),) * 5, "start": "disk"},
         "Bochs's machine has room for 4 disks"),
    ],
)  # fmt: skip
def test_what_it_cannot_hold_is_an_obstacle(more: dict[str, Any], why: str) -> None:
    assert bochsrc.obstacle(scenario(**more)) == why


def test_what_it_has_not_is_lacking() -> None:
    wanted = scenario(
        start="uefi",
        machine=Machine(firmware="ovmf", extra=("-S",)),
        network=Network(),
        disks=(Disk(file="d", interface="nvme"),),
        ports=(Port(),) * 4,
    )
    assert lacks(BOCHS.abilities, wanted) == [
        "a start by uefi", "the firmware ovmf", "a network card", "5 serial ports",
        "further arguments of QEMU", "a disk by nvme",
    ]  # fmt: skip
    assert lacks(BOCHS.abilities, scenario(resets=3, ports=(Port(),) * 3)) == []


def test_it_boots_through_grub_and_has_no_exit_status() -> None:
    adapted = loaded(scenario(exit=33)).scenario
    assert (adapted.start, adapted.exit) == ("grub", None)
    assert loaded(scenario(start="disk")).scenario.start == "disk"


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
    assert told.virtualizes("svm")  # nothing is known yet
    (tmp_path / "log").write_text(TOLD + "00000000009i[SYS   ] bx_pc_system_c::Res")
    told.look_at_all()
    assert (told.version, told.story.resets, told.halted) == ("2.7", 0, False)
    assert (told.virtualizes("svm"), told.virtualizes("vmx")) == (True, False)
    with (tmp_path / "log").open("a") as stream:
        stream.write("et(SOFTWARE) called\n0i[CPU0  ] WARNING: HLT instruction with IF=0!\n")
    told.look_at_all()
    assert (told.story.resets, told.story.events, told.halted) == (1, ["RESET SOFTWARE"], True)


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


# Boots. The program says "ready" on its first port, and then does what it is told by one byte.

PROGRAM = """
.section .text
.align 4
.long 0x1BADB002, 0, -0x1BADB002
.globl _start
_start:
    mov $stack, %esp
    mov $0x3f8, %ebx            /* the port that is spoken to */
    call setup
    mov $0x2f8, %ebx
    call setup
    mov $0x3f8, %ebx
    mov $ready, %esi
    call say
next:
    mov $0x3f8, %ebx
    call get
    cmp $'q', %al
    je shut
    cmp $'r', %al
    je reset
    cmp $'t', %al
    je triple
    cmp $'f', %al
    je flood
    cmp $'l', %al
    je log
    cmp $'h', %al
    je halt
    cmp $'s', %al
    je screen
    cmp $'d', %al
    je disk
    cmp $'2', %al
    jne next
    mov $0x2f8, %ebx            /* says a line of the second port again, reading slowly */
2:  mov $200000, %ecx
    loop .
    call get
    call put
    cmp $13, %al
    jne 2b
    jmp next
shut:
    mov $shutdown, %esi
    mov $0x8900, %dx
1:  lodsb
    out %al, %dx
    test %al, %al
    jnz 1b
    jmp halt
reset:
    mov $0xfe, %al
    out %al, $0x64
halt:
    cli
    hlt
    jmp halt
triple:
    lidt nothing
    int3
flood:
    xor %ecx, %ecx
1:  mov %cl, %al
    and $63, %al
    add $48, %al
    call put
    inc %ecx
    jmp 1b
log:
    mov $0x1234567, %ecx        /* no such register: a line of the log each */
    rdmsr
    jmp log
screen:
    mov $8, %ebp                /* more than a terminal holds, bold and not by turns */
1:  mov $0xb8000, %edi
    mov $1000, %ecx
    mov %ebp, %eax
    shl $16, %eax
    or $0x07410f41, %eax
    xor $0x00010000, %eax
    rep stosl
    mov $10000000, %ecx
    loop .
    dec %ebp
    jnz 1b
    mov $drawn, %esi
    call say
    jmp next
disk:
    mov $0x1f6, %dx             /* sector 1 of the first disk: command "write", 256 words */
    mov $0xe0, %al
    out %al, %dx
    mov $0x1f2, %dx
    mov $1, %al
    out %al, %dx
    inc %dx
    out %al, %dx
    xor %al, %al
    inc %dx
    out %al, %dx
    inc %dx
    out %al, %dx
    mov $0x1f7, %dx
    mov $0x30, %al
    out %al, %dx
1:  in %dx, %al
    and $0x88, %al
    cmp $8, %al
    jne 1b
    mov $0x1f0, %dx
    mov $256, %ecx
    mov $0x5757, %ax
1:  out %ax, %dx
    loop 1b
    mov $drawn, %esi
    call say
    jmp next

setup:                          /* 8 bits, no parity; FIFOs on: unlike QEMU, Bochs heeds it */
    lea 3(%ebx), %edx
    mov $3, %al
    out %al, %dx
    lea 2(%ebx), %edx
    mov $1, %al
    out %al, %dx
    ret
say:
    lodsb
    test %al, %al
    jz 1f
    call put
    jmp say
1:  ret
put:
    mov %al, %ah
    lea 5(%ebx), %edx
1:  in %dx, %al
    test $0x20, %al
    jz 1b
    mov %ah, %al
    mov %ebx, %edx
    out %al, %dx
    ret
get:
    lea 5(%ebx), %edx
1:  in %dx, %al
    test $1, %al
    jz 1b
    mov %ebx, %edx
    in %dx, %al
    ret
ready: .asciz "ready\\n"
drawn: .asciz "drawn\\n"
shutdown: .asciz "Shutdown"
.align 8
nothing: .long 0, 0
.bss
.skip 4096
stack:
"""


@dataclass(frozen=True)
class Bench:
    """A folder with all files of a boot; each test has a copy."""

    folder: Path
    image: Path


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    if problem := BOCHS.absence():
        pytest.skip(problem)
    if shutil.which("grub-mkrescue") is None or shutil.which("xorriso") is None:
        pytest.skip("no grub-mkrescue or xorriso")
    base = tmp_path_factory.mktemp("bochs, here")
    image = link(base / "program.elf", PROGRAM, AT_1_MIB)
    (base / "disk").write_bytes(bytes(4096))
    folder = base / "boot"
    folder.mkdir()
    prepare(folder, with_disk(image))
    return Bench(folder, image)


def with_disk(image: Path, **more: Any) -> Payload:
    wanted = scenario(disks=(Disk(file=str(image.parent / "disk")),), ports=(Port(),), **more)
    return loaded(wanted, image)


@contextmanager
def started(bench: Bench, folder: Path, **more: Any) -> Iterator[Started]:
    """The program's machine, once it is ready."""
    place = folder / "boot"
    if not place.exists():
        shutil.copytree(bench.folder, place, symlinks=True)
    with BOCHS.start(Boot(load=with_disk(bench.image, **more), folder=place)) as started:
        assert hear(started.lines[0], b"ready\n").endswith(b"ready\n")
        yield started


def hear(line: Line, text: bytes = b"\0", seconds: float = 60.0) -> bytes:
    """What comes on a line until ``text`` is in it, the line is closed or time is up."""
    heard, end = b"", time.monotonic() + seconds
    while text not in heard and time.monotonic() < end:
        if select.select([line], [], [], 0.2)[0]:
            chunk = line.read()
            if not chunk:
                return heard
            heard += chunk
    return heard


def processes(folder: Path) -> list[int]:
    """The processes that run in a folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if place.readlink() == folder:
                found.append(int(place.parent.name))
        except OSError:
            continue
    return found


def live(function: Any) -> Any:
    return pytest.mark.live(pytest.mark.xdist_group("live")(function))


@live
def test_lines_go_both_ways_and_the_guest_ends_it(bench: Bench, tmp_path: Path) -> None:
    with started(bench, tmp_path) as machine:
        machine.lines[0].write(b"2")
        line = b"a line that is longer than what a receiver holds, %d\r" % (1 << 20)
        machine.lines[1].write(line)
        assert hear(machine.lines[1], b"\r") == line
        machine.lines[0].write(b"q")
        assert hear(machine.lines[0]) == b""
        assert machine.ended() == Last(None)
        assert (machine.story.ended, machine.story.resets) == ("guest-shutdown", 0)
        evidence = machine.finish()
    assert (evidence["processor"], evidence["bochs"]) == ("ryzen", BOCHS.describe().split()[-1])
    assert re.fullmatch("revision 1, [0-9]+ ASIDs, features 0x[0-9a-f]+", evidence["svm"])


@live
def test_a_machine_that_is_not_to_be_reset_is_ended(bench: Bench, tmp_path: Path) -> None:
    with started(bench, tmp_path) as machine:
        machine.lines[0].write(b"r")
        assert b"ready" not in hear(machine.lines[0])
        assert machine.ended() == Last(None)
        assert (machine.story.ended, machine.story.resets) == ("guest-reset", 1)


# A keyboard controller's reset, and a triple fault, at which Bochs's debugger stops.
@live
@pytest.mark.parametrize("how", [b"r", b"t"])
def test_resets_are_counted(bench: Bench, tmp_path: Path, how: bytes) -> None:
    with started(bench, tmp_path, resets=1) as machine:
        machine.lines[0].write(how)
        assert b"ready\n" in hear(machine.lines[0], b"ready\n")
        assert machine.story.resets == 1
        machine.lines[0].write(b"q")
        assert hear(machine.lines[0]) == b""
        assert machine.ended() == Last(None)
        assert (machine.story.ended, machine.story.resets) == ("guest-shutdown", 1)


@live
def test_what_is_written_to_a_disk_stays_and_a_stale_lock_does_not(
    bench: Bench, tmp_path: Path
) -> None:
    for _ in range(2):
        with started(bench, tmp_path) as machine:
            machine.lines[0].write(b"d")
            hear(machine.lines[0], b"drawn\n")
            lock = tmp_path / "boot/disk.img.lock"
            assert lock.exists()
            machine.finish()
        assert not lock.exists()
        lock.write_text("")
    assert (tmp_path / "boot/disk.img").read_bytes() == bytes(512) + b"W" * 512 + bytes(3072)


@live
def test_a_killed_bochs_is_an_error(bench: Bench, tmp_path: Path) -> None:
    with started(bench, tmp_path) as machine:
        (pid,) = processes(tmp_path / "boot")
        os.kill(pid, signal.SIGKILL)
        assert hear(machine.lines[0]) == b""
        assert machine.ended() == Last(None, "Bochs was ended by signal 9")


@live
def test_what_bochs_cannot_run_is_said(bench: Bench, tmp_path: Path) -> None:
    place = tmp_path / "boot"
    shutil.copytree(bench.folder, place, symlinks=True)
    (place / "disk.img").write_bytes(bytes(1000))
    with BOCHS.start(Boot(load=with_disk(bench.image), folder=place)) as machine:
        assert hear(machine.lines[0]) == b""
        assert machine.ended() == Last(
            None,
            "Bochs could not run the machine: "
            "[IMG   ] size of disk image must be multiple of 512 bytes",
        )


def test_what_is_no_multiboot_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(b"\x7fELF" + bytes(10000))
    with pytest.raises(SourceError, match=r"/k: is no multiboot image$"):
        prepare(tmp_path, loaded(scenario(), tmp_path / "k"))


@live
def test_a_flood_of_the_console_is_heard_in_whole(bench: Bench, tmp_path: Path) -> None:
    with started(bench, tmp_path) as machine:
        machine.lines[0].write(b"f")
        heard = b""
        while len(heard) < 100_000:
            heard += hear(machine.lines[0], b"o")
            time.sleep(0.1)  # busy with something else
        machine.finish()
    pattern = bytes(range(48, 112)) * (len(heard) // 64 + 1)
    assert heard == pattern[: len(heard)]
    assert processes(tmp_path / "boot") == []


@live
def test_a_flood_of_the_log_is_an_error(bench: Bench, tmp_path: Path) -> None:
    with started(bench, tmp_path) as machine:
        machine.lines[0].write(b"l")
        hear(machine.lines[0])
        assert machine.ended() == Last(None, "flood of errors: more than 16 MiB of bochs.log")
        with pytest.raises(EnvironmentProblem, match="flood"):
            machine.finish()
    assert (tmp_path / "boot/bochs.log").stat().st_size < 64 << 20


@live
def test_the_screen_does_not_hold_the_machine_up(bench: Bench, tmp_path: Path) -> None:
    with started(bench, tmp_path) as machine:
        machine.lines[0].write(b"s")
        assert hear(machine.lines[0], b"drawn\n") == b"drawn\n"
        machine.finish()
    assert (tmp_path / "boot/screen.log").stat().st_size > 30_000


@live
def test_a_halted_machine_stands(bench: Bench, tmp_path: Path) -> None:
    with started(bench, tmp_path) as machine:
        assert machine.standing() == ""
        machine.lines[0].write(b"h")
        assert until(lambda: machine.standing() != "")
        assert machine.standing() == "the processor halted with interrupts off"
        machine.finish()


@live
def test_a_processor_without_svm_proves_nothing(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(bochsrc.MODELS, "svm", bochsrc.MODELS["none"])
    why = "this Bochs has no SVM: its emulated processor does not show it"
    place = tmp_path / "boot"
    shutil.copytree(bench.folder, place, symlinks=True)
    with BOCHS.start(Boot(load=with_disk(bench.image), folder=place)) as machine:
        assert b"ready" not in hear(machine.lines[0])
        assert machine.ended() == Last(None, why)
        with pytest.raises(EnvironmentProblem, match=why):
            machine.finish()


@live
@pytest.mark.parametrize("kind", ["vmx", "none"])
def test_other_processors_boot(bench: Bench, tmp_path: Path, kind: Any) -> None:
    with started(bench, tmp_path, machine=Machine(virtualization=kind, processors=2)) as machine:
        assert machine.finish()["processor"] == bochsrc.MODELS[kind]


@live
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_we_are_ended(
    bench: Bench, tmp_path: Path, number: signal.Signals
) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from tests.validate.test_bochs import Bench, started\n"
        "with started(Bench(Path(sys.argv[1]), Path(sys.argv[2])), Path(sys.argv[3])) as machine:\n"
        "    machine.lines[0].write(b'f'); print('up', flush=True); time.sleep(60)"
    )
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    parent = subprocess.Popen(
        [sys.executable, "-c", code, bench.folder, bench.image, tmp_path],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=REPOSITORY,
        env={**os.environ, "TMPDIR": str(temporary)},
    )  # fmt: skip
    assert parent.stdout is not None
    try:
        assert parent.stdout.readline() == b"up\n"
        pids = processes(tmp_path / "boot")
        assert pids
        os.kill(parent.pid, number)
        assert parent.wait(10) != 0
    finally:
        parent.kill()
        parent.communicate()
    assert until(lambda: not any(alive(pid) for pid in pids))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["boot", "temporary"]
    assert list(temporary.iterdir()) == []
