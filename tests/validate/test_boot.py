# SPDX-License-Identifier: MIT
"""Boots on a machine that is a script: it prints, asks, hangs, dies and floods on demand."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tcbsplit.config.scenario import Disk, Module, Scenario, Typed
from tcbsplit.errors import ConfigError, EnvironmentProblem, SourceError, TcbsplitError
from tcbsplit.model.vocabulary import BootedBuild, StartMethod
from tcbsplit.validate.boot import Bench, boot
from tcbsplit.validate.machine.folders import run_folder
from tcbsplit.validate.replay import replay
from tests.support.boots import ASKS, boot_one, wanted, with_kernel


def test_a_boot_passes_and_can_be_judged_again(bench: Bench) -> None:
    code = 'say("started\\n"); say("SUMMARY\\n"); sys.exit(33)'
    scenario = wanted("started", "SUMMARY", exit=33)
    result = boot_one(bench, code, scenario)
    assert (result.verdict, result.cause, result.exit_status) == ("pass", "", 33)
    assert (result.accelerator, result.accelerator_reason) == ("tcg", "asked for")
    assert Path(result.log).read_text() == "started\nSUMMARY\n"
    again = replay("case", scenario, bench.folder)
    assert [(r.verdict, r.log) for r in again] == [("pass", result.log)]
    other = replay("case", wanted("started", "goodbye", exit=33), bench.folder)
    assert other[0].verdict == "fail"
    assert "'goodbye'" in other[0].cause


def test_the_printed_command_is_the_one_that_ran(bench: Bench) -> None:
    # All but the monitor, which is a descriptor of ours.
    code = """
words = sys.argv[1:]
at = words.index("-chardev") if "-chardev" in words else len(words)
print("ran with", words[:at] + words[at + 5:], flush=True)
"""
    result = boot_one(bench, code, wanted("ran with"))
    ran = subprocess.run(["sh", "-c", result.command], capture_output=True, text=True)
    assert ran.stdout == Path(result.log).read_text()
    assert str(run_folder(bench.folder, "case", "original")) in result.command


def test_lines_are_typed(bench: Bench) -> None:
    typed = (Typed(after="PIN: ", line="1111"), Typed(after="PIN: ", line="2718"))
    result = boot_one(bench, ASKS + ASKS, wanted("wrong", "right", type=typed))
    assert result.verdict == "pass", result.cause


@pytest.mark.parametrize(
    ("code", "scenario", "verdict", "cause"),
    [
        ('say("started\\n"); time.sleep(60)', wanted("started", "never", within=1), "fail",
         "no 'never' within 1 s after 'started'; the last line was 'started'"),
        ("time.sleep(60)", wanted("started", within=1), "error",
         "the machine was silent: no 'started' within 1 s after the start; the console is empty"),
        ('say("started\\n"); sys.exit(35)', wanted("started", exit=33), "fail",
         "QEMU ended with status 35, wanted 33"),
        ('say("started\\n"); time.sleep(60)', wanted("started", within=1, exit=33), "fail",
         "QEMU did not end within 1 s after 'started', wanted exit status 33"),
        ('say("started\\n"); sys.exit(0)', wanted("started", "SUMMARY"), "fail",
         "QEMU ended with status 0 before 'SUMMARY'; the last line was 'started'"),
        ('say("kernel panic: x\\n"); time.sleep(60)', wanted("started", forbid=("panic",)), "fail",
         "forbidden 'panic' on the console: 'kernel panic: x'"),
        ('say("started\\n"); time.sleep(0.3); say("panic\\n"); time.sleep(60)',
         wanted("started", forbid=("panic",)), "fail",
         "forbidden 'panic' on the console: 'panic'"),
        ('print("warning: w\\nqemu: no such machine", file=sys.stderr); sys.exit(1)',
         wanted("started"), "error",
         "QEMU could not run the machine: qemu: no such machine"),
        ('say("started\\n"); os.kill(os.getpid(), 11)', wanted("SUMMARY"), "error",
         "QEMU was ended by signal 11"),
    ],
)  # fmt: skip
def test_unhappy_boots_have_causes(
    bench: Bench, code: str, scenario: Scenario, verdict: str, cause: str
) -> None:
    began = time.monotonic()
    result = boot_one(bench, code, scenario)
    assert (result.verdict, result.cause) == (verdict, cause)
    assert time.monotonic() - began < 15
    assert [r.verdict for r in replay("case", scenario, bench.folder)] == [verdict]


def test_a_machine_that_runs_on_is_ended(bench: Bench) -> None:
    result = boot_one(bench, 'say("started\\n"); time.sleep(60)', wanted("started", settle=0))
    assert (result.verdict, result.exit_status) == ("pass", None)


def test_a_chatterbox_cannot_delay_its_deadline(bench: Bench) -> None:
    code = 'while True: say("x\\n"); time.sleep(0.001)'
    assert boot_one(bench, code, wanted("started", within=1)).cause.startswith("no 'started'")


def test_a_flood_is_stopped(bench: Bench) -> None:
    small = Bench(**{**vars(bench), "most_console": 1})
    result = boot_one(small, 'while True: say("x" * 65536 + "\\n")', wanted("started"))
    assert (result.verdict, result.cause) == ("error", "serial flood: more than 1 MiB of console")
    assert Path(result.log).parent.name == "case-original.error"
    assert Path(result.log).stat().st_size < 2 * 1024 * 1024


def test_a_flood_of_errors_is_stopped(bench: Bench) -> None:
    small = Bench(**{**vars(bench), "most_console": 1})
    code = 'say("started\\n")\nwhile True: os.write(2, b"x" * 65536); time.sleep(0.01)'
    result = boot_one(small, code, wanted("never"))
    assert (result.verdict, result.cause) == (
        "error",
        "flood of errors: more than 1 MiB of qemu.log",
    )
    assert (Path(result.log).parent / "qemu.log").stat().st_size < 8 * 1024 * 1024


def test_both_builds_must_print_the_same(bench: Bench) -> None:
    scenario = wanted("sector", builds=("original", "split"), capture="^sector")
    same = with_kernel(bench, original='say("sector aa\\n")', split='say("x\\nsector aa\\n")')
    assert [r.verdict for r in boot({"read": scenario}, same)] == ["pass", "pass"]
    other = with_kernel(bench, original='say("sector aa\\n")', split='say("sector bb\\n")')
    results = boot({"read": scenario}, other)
    cause = "captured line 1 differs: original 'sector aa', split 'sector bb'"
    assert [(r.verdict, r.cause) for r in results] == [("pass", ""), ("fail", cause)]
    assert [(r.verdict, r.cause) for r in replay("read", scenario, bench.folder)] == [
        ("pass", ""),
        ("fail", cause),
    ]


def test_modules_and_disks_have_simple_names(bench: Bench) -> None:
    for name in ("a, b", "c d", "disk,1"):
        (bench.base / name).write_text(name)
    scenario = wanted(
        "a, b|c d|disk,1",
        modules=(
            Module(file="{assets}/a, b", name="first"),
            Module(file="not there", name="other", builds=(BootedBuild.SPLIT,)),
            Module(file="c d", name="second"),
        ),
        disks=(Disk(file="disk,1"),),
    )
    code = (
        'say("|".join(open(f).read() for f in ("module0", "module1", "disk.img")) + "\\n")\n'
        'open("disk.img", "w").write("gone")'
    )
    result = boot_one(bench, code, scenario)
    assert result.verdict == "pass", result.cause
    assert "-initrd 'module0 first,module1 second'" in result.command
    assert (bench.base / "disk,1").read_text() == "disk,1"


def test_what_is_missing_is_named(bench: Bench) -> None:
    boots = with_kernel(bench, original="")
    (result,) = boot({"x": wanted("t", modules=(Module(file="token.bin", name="token"),))}, boots)
    assert result.verdict == "error"
    assert result.cause.endswith(
        "token.bin: is needed for the boot and not there; run the build first"
    )
    for start, kinds in (
        (StartMethod.KERNEL, "multiboot, ELF or Linux"),
        (StartMethod.GRUB, "multiboot"),
    ):
        boots.builds["original"][1].write_bytes(bytes(range(256)) * 200)
        (result,) = boot({"x": wanted("t", start=start)}, boots)
        assert result.verdict == "error"
        assert result.cause.endswith(f"original/image: is no {kinds} image")
    with pytest.raises(TcbsplitError, match="there is no split build to boot"):
        boot({"x": wanted("t", builds=(BootedBuild.SPLIT,))}, boots)
    with pytest.raises(ConfigError, match=r"there is no \{nothing\} here; there is: \{assets\}"):
        boot({"x": wanted("t", disks=(Disk(file="{nothing}/disk"),))}, boots)
    with pytest.raises(EnvironmentProblem, match="qemu-none: not found; install it"):
        boot({"x": wanted("t")}, Bench(**{**vars(boots), "program": "qemu-none"}))
    with pytest.raises(SourceError, match="no boot was recorded there; boot first"):
        replay("y", wanted("t"), bench.folder)


def test_results_come_in_order_with_progress(bench: Bench) -> None:
    boots = with_kernel(bench, original='time.sleep(0.3 if "slow" in os.getcwd() else 0); say("t")')
    seen: list[tuple[str, int, int]] = []
    scenarios = {name: wanted("t") for name in ("slow", "fast", "last")}
    results = boot(scenarios, boots, lambda *step: seen.append(step))
    assert [r.scenario for r in results] == ["slow", "fast", "last"]
    assert seen[0] == ("boot", 0, 3)
    assert seen[-1] == ("boot", 3, 3)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_machine_outlives_the_tool(bench: Bench, tmp_path: Path, number: signal.Signals) -> None:
    boots = with_kernel(bench, original="time.sleep(60)")
    code = (
        "import sys; from pathlib import Path\n"
        "from tcbsplit.config.scenario import Marker, Scenario\n"
        "from tcbsplit.validate.boot import Bench, boot\n"
        "folder, base, image, program = map(Path, sys.argv[1:])\n"
        "scenario = Scenario(summary='', builds=('original',), expect=(Marker(text='t'),))\n"
        "boot({n: scenario for n in 'abc'}, Bench(folder=folder, base=base, places={},\n"
        "     builds={'original': (base, image)}, mode='tcg', program=str(program), jobs=2))\n"
    )
    image = boots.builds["original"][1]
    tool = subprocess.Popen(
        [sys.executable, "-c", code, bench.folder, bench.base, image, bench.program],
        stderr=subprocess.DEVNULL,
    )
    try:
        files = [bench.folder / f".{n}-original.{tool.pid}.running/pid" for n in "ab"]
        end = time.monotonic() + 20
        while not all(f.is_file() and f.read_text() for f in files):
            assert time.monotonic() < end
            time.sleep(0.05)
        pids = [int(f.read_text()) for f in files]
        tool.send_signal(number)
        assert tool.wait(15) != 0
    finally:
        tool.kill()
        tool.wait()
    end = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < end:
        time.sleep(0.05)
    states = [Path(f"/proc/{pid}/stat") for pid in pids]
    assert all(not s.exists() or s.read_text().rpartition(")")[2].split()[0] == "Z" for s in states)
    while list(bench.folder.iterdir()) and time.monotonic() < end:
        time.sleep(0.05)
    assert list(bench.folder.iterdir()) == []
