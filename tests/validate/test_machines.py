"""Machines of every kind: GRUB, the firmware's shell, several ports, resets, disks, networks."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
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
    Typed,
)
from tcbsplit.errors import EnvironmentProblem, OutputError, SourceError
from tcbsplit.model.accelerator import Name
from tcbsplit.model.result import BootResult
from tcbsplit.report.findings import boots_junit
from tcbsplit.validate import Bench, boot, replay, replay_log, run_folder
from tcbsplit.validate.accelerators.qemu import Wires, arguments
from tcbsplit.validate.media import grub_cfg, ovmf, payload
from tests.soak.images import AT_1_MIB, EXIT, RESET, SECTOR, link
from tests.validate.test_boot import bench, boot_one, wanted, with_kernel

__all__ = ["bench"]  # a fixture

# Says where it is on the first serial port (8250 at 0x3f8), then what %eax = CODE says.
PROGRAM = """
.section .text
.align 4
.long 0x1BADB002, 0, -0x1BADB002
.globl _start
_start:
    mov $text, %esi
1:  lodsb
    test %al, %al
    jz 2f
    mov $0x3f8, %dx
    outb %al, %dx
    jmp 1b
2:  CODE
3:  hlt
    jmp 3b
text: .asciz "program: here\\n"
"""
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


def program(folder: Path, code: str, name: str = "program") -> Path:
    return link(folder / f"{name}.elf", PROGRAM.replace("CODE", code), AT_1_MIB)


def real(bench: Bench, image: Path, **more: Any) -> Bench:
    fields = {
        **vars(bench),
        "builds": {"original": (image.parent, image)},
        "program": "qemu-system-x86_64",
        **more,
    }
    return Bench(**fields)


@pytest.mark.parametrize("start", ["kernel", "grub"])
def test_the_image_starts_from_either(bench: Bench, tmp_path: Path, start: str) -> None:
    if start == "grub" and shutil.which("grub-mkrescue") is None:
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
        "from a file", "the script ends", within=60, start="uefi",
        machine=Machine(firmware="ovmf", virtualization="none"),
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
    scenario = wanted(*texts, start="disk", disks=disk, resets=resets)
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
        (
            {"sha256": "0" * 64},
            "",
            "has SHA-256 9f9f5111f7b27a781f1f1ddde5ebc2dd",
        ),
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


LUCK = """
with open(os.path.join(os.path.dirname(os.path.dirname(os.getcwd())), "count"), "a+") as f:
    f.write("x"); f.seek(0); number = len(f.read())
say("up\\n" if number % 3 else "down\\n")
"""


def test_what_passes_sometimes_is_flaky(bench: Bench) -> None:
    many = with_kernel(Bench(**{**vars(bench), "repeat": 4, "seed": 7}), original=LUCK)
    (result,) = boot({"luck": wanted("up", within=1)}, many)
    assert result.verdict == "flaky"
    assert result.cause.startswith("1 of 4 runs did not pass; run 3, seed 9: QEMU ended")
    assert [(r.seed, r.verdict) for r in result.runs] == [
        (7, "pass"), (8, "pass"), (9, "fail"), (10, "pass"),
    ]  # fmt: skip
    assert "-seed 9" in result.command
    assert Path(result.log).read_text() == "down\n"
    (result,) = boot({"steady": wanted("n", within=1)}, with_kernel(many, original="say('on')"))
    assert (result.verdict, len(result.runs)) == ("pass", 4)


def both(bench: Bench, original: str, split: str, **more: Any) -> list[BootResult]:
    comparing = with_kernel(
        Bench(**{**vars(bench), "compare": True}), original=original, split=split
    )
    scenario = wanted("up", builds=("original", "split"), **more)
    results = boot({"both": scenario}, comparing)
    again = replay("both", scenario, bench.folder, compare=True)
    assert [(r.verdict, r.cause) for r in again] == [(r.verdict, r.cause) for r in results]
    return results


COMPARED = Comparison(
    since="up", ignore=("^chatter",), replace={"0x[0-9a-f]+": "ADDRESS", "^t=.*": "time"}
)


def test_a_split_that_does_as_the_original_did(bench: Bench) -> None:
    ours = "up\\n[    0.5] at 0xabc\\nchatter 1\\nt=12\\nend\\n"
    theirs = "tcbsplit: more\\n\\x1b[2Jup\\r\\n[    0.7] at 0x9\\nt=13\\nend\\n"
    results = both(bench, f'say("{ours}")', f'say("{theirs}")', compare=COMPARED)
    assert [(r.verdict, r.cause) for r in results] == [("pass", ""), ("pass", "")]


@pytest.mark.parametrize(
    ("split", "cause", "context"),
    [
        ('say("up\\na\\nX\\nc\\n")', "consoles differ: original line 3, split line 3",
         ("  up", "  a", "- b", "- c", "+ X", "+ c")),
        ('say("up\\na\\n")', "split ended where original went on at line 3",
         ("  up", "  a", "- b", "- c")),
        ('say("up\\na\\nb\\nc\\nd\\n")', "split went on at line 5, where original had ended",
         ("  a", "  b", "  c", "+ d")),
        ('say("up\\na\\nb\\nc\\n"); sys.exit(3)',
         "original ended with status 0, split with status 3", ()),
        ('say("up\\na\\nb\\nc\\n"); open("disk.img", "a").write("!")',
         "disk.img differs afterwards: original ", ()),
    ],
)  # fmt: skip
def test_the_first_divergence_is_shown(
    bench: Bench, split: str, cause: str, context: tuple[str, ...]
) -> None:
    (bench.base / "d").write_text("disk")
    results = both(bench, 'say("up\\na\\nb\\nc\\n")', split, disks=(Disk(file="d"),))
    assert results[1].verdict == "fail"
    assert results[1].cause.startswith(cause)
    assert results[1].divergence == context


def test_nothing_to_compare_is_no_pass(bench: Bench) -> None:
    results = both(bench, 'say("down")', 'say("up\\n")')
    assert [r.verdict for r in results] == ["fail", "error"]
    results = both(bench, 'say("up")', 'say("up")', compare=Comparison(since="target:"))
    assert results[1].cause == "original never printed 'target:': nothing to compare"


def test_an_error_leaves_the_earlier_record(bench: Bench) -> None:
    scenario = wanted("up")
    assert boot_one(bench, 'say("up\\n")', scenario).verdict == "pass"
    place = run_folder(bench.folder, "case", "original")
    before = {p.name: p.read_bytes() for p in place.iterdir()}
    result = boot_one(bench, 'say("half"); os.kill(os.getpid(), 9)', scenario)
    assert (result.verdict, result.cause) == ("error", "QEMU was ended by signal 9")
    assert {p.name: p.read_bytes() for p in place.iterdir()} == before
    assert Path(result.log).read_text() == "half"
    assert replay_log(Path(result.log), {"case": scenario}).verdict == "error"
    assert replay_log(place, {"case": scenario}).verdict == "pass"
    assert boot_one(bench, 'say("up\\n")', scenario).verdict == "pass"
    assert not Path(result.log).exists()
    with pytest.raises(SourceError, match="no boot was recorded there"):
        replay_log(bench.folder, {"case": scenario})


def test_two_boots_cannot_share_a_folder(bench: Bench) -> None:
    boots = with_kernel(bench, original="time.sleep(60)")
    code = (
        "import sys; from pathlib import Path; from tcbsplit.validate.places import locked\n"
        "with locked(Path(sys.argv[1])): print('locked', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, bench.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    try:
        assert other.stdout.readline() == b"locked\n"
        with pytest.raises(OutputError, match="another boot is under way there"):
            boot({"case": wanted("t")}, boots)
    finally:
        other.communicate(timeout=10)
    assert list(bench.folder.iterdir()) == []


def test_what_a_killed_run_left_goes(bench: Bench) -> None:
    left = bench.folder / ".case-original.running"
    left.mkdir(parents=True)
    (left / "disk.img").write_text("x")
    assert boot_one(bench, 'say("up\\n")', wanted("up")).verdict == "pass"


def test_a_full_disk_is_an_error(bench: Bench, tmp_path: Path) -> None:
    """A file system of one MiB, where this machine lets us have one."""
    small = tmp_path / "small"
    small.mkdir()
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from tests.validate.test_machines import Bench, boot, wanted\n"
        "image, program, folder = map(Path, sys.argv[1:])\n"
        "bench = Bench(folder=folder, base=folder, places={}, mode='tcg', program=str(program),\n"
        "              builds={'original': (image.parent, image)})\n"
        "(r,) = boot({'case': wanted('never')}, bench)\n"
        "print(r.verdict, '|', r.cause, '|', *sorted(p.name for p in folder.iterdir()))"
    )
    loud = with_kernel(bench, original='while True: say("x" * 4096 + "\\n")')
    image = loud.builds["original"][1]
    mount = f"mount -t tmpfs -o size=1m none '{small}'"
    try:
        subprocess.run(["unshare", "-rm", "sh", "-c", mount], check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError) as problem:
        pytest.skip(f"no file system can be mounted here: {problem}")
    began = time.monotonic()
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", f'{mount} && exec "$@"', "sh", sys.executable, "-c", code,
         image, bench.program, small], capture_output=True, text=True, timeout=60,
        cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    assert done.stdout.startswith("error | "), done.stderr
    assert done.stdout.rstrip().endswith("No space left on device |")
    assert time.monotonic() - began < 30


def test_verdicts_for_other_tools(bench: Bench) -> None:
    results = both(bench, 'say("up\\na\\n")', 'say("up\\n\\x01b\\n")')
    text = boots_junit(results, "demo")
    assert 'tests="2" failures="1" errors="0"' in text
    assert 'classname="demo.split" name="both"' in text
    assert "- a" in text
    assert "\x01" not in text
    assert json.loads((Path(results[1].log).parent / "boot.json").read_text())["verdict"] == "fail"
