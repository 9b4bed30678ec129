# SPDX-License-Identifier: MIT
"""Boots under Bochs of a program that does as it is told, and of minivisor."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tcbsplit.config.scenario import Machine
from tcbsplit.errors import EnvironmentProblem
from tcbsplit.model.vocabulary import BuildName, Virtualization
from tcbsplit.validate.build.trees import build, make_assets
from tcbsplit.validate.machine.bochs import bochsrc
from tcbsplit.validate.machine.interface import LAUNCHES, Boot, Last
from tcbsplit.validate.machine.media import payload, prepare
from tcbsplit.validate.verdict.disks import look
from tests.soak.images import AT_1_MIB, link
from tests.support.bochs import BOCHS, Bench, hear, started, with_disk
from tests.support.minivisor import Minivisor
from tests.support.processes import alive, until

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = Path(__file__).with_name("bochs_program.S")
pytestmark = [pytest.mark.live, pytest.mark.xdist_group("bochs")]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    if problem := BOCHS.absence():
        pytest.skip(problem)
    if shutil.which("grub-mkrescue") is None or shutil.which("xorriso") is None:
        pytest.skip("no grub-mkrescue or xorriso")
    base = tmp_path_factory.mktemp("bochs, here")
    image = link(base / "program.elf", PROGRAM.read_text(), AT_1_MIB)
    (base / "disk").write_bytes(bytes(4096))
    folder = base / "boot"
    folder.mkdir()
    prepare(folder, with_disk(image))
    return Bench(folder, image)


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


def test_a_machine_that_is_not_to_be_reset_is_ended(bench: Bench, tmp_path: Path) -> None:
    with started(bench, tmp_path) as machine:
        machine.lines[0].write(b"r")
        assert b"ready" not in hear(machine.lines[0])
        assert machine.ended() == Last(None)
        assert (machine.story.ended, machine.story.resets) == ("guest-reset", 1)


# A keyboard controller's reset, and a triple fault, at which Bochs's debugger stops.
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


def test_a_killed_bochs_is_an_error(bench: Bench, tmp_path: Path) -> None:
    with started(bench, tmp_path) as machine:
        (pid,) = processes(tmp_path / "boot")
        os.kill(pid, signal.SIGKILL)
        assert hear(machine.lines[0]) == b""
        assert machine.ended() == Last(None, "Bochs was ended by signal 9")


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


def test_a_flood_of_the_log_is_an_error(bench: Bench, tmp_path: Path) -> None:
    with started(bench, tmp_path) as machine:
        machine.lines[0].write(b"l")
        hear(machine.lines[0])
        assert machine.ended() == Last(None, "flood of errors: more than 16 MiB of bochs.log")
        with pytest.raises(EnvironmentProblem, match="flood"):
            machine.finish()
    assert (tmp_path / "boot/bochs.log").stat().st_size < 64 << 20


def test_the_screen_does_not_hold_the_machine_up(bench: Bench, tmp_path: Path) -> None:
    """Bochs shows it as the host's clock goes: it is drawn until enough was shown."""
    shown = tmp_path / "boot/screen.log"
    with started(bench, tmp_path) as machine:
        end = time.monotonic() + 60
        while shown.stat().st_size < 40_000 and time.monotonic() < end:
            machine.lines[0].write(b"s")
            assert hear(machine.lines[0], b"drawn\n") == b"drawn\n"
        machine.finish()
    assert shown.stat().st_size >= 40_000


def test_a_machine_that_halts_for_good_is_no_fault_of_bochs(bench: Bench, tmp_path: Path) -> None:
    with started(bench, tmp_path) as machine:
        machine.lines[0].write(b"h")
        assert hear(machine.lines[0], seconds=2) == b""
        assert machine.standing() == ""
        evidence = machine.finish()
    assert (evidence["halted"], evidence[LAUNCHES]) == ("with interrupts off", "0")


def test_a_processor_without_svm_proves_nothing(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(bochsrc.MODELS, Virtualization.SVM, bochsrc.MODELS[Virtualization.NONE])
    why = "this Bochs has no SVM: its emulated processor does not show it"
    place = tmp_path / "boot"
    shutil.copytree(bench.folder, place, symlinks=True)
    with BOCHS.start(Boot(load=with_disk(bench.image), folder=place)) as machine:
        assert b"ready" not in hear(machine.lines[0])
        assert machine.ended() == Last(None, why)
        with pytest.raises(EnvironmentProblem, match=why):
            machine.finish()


@pytest.mark.parametrize("kind", [Virtualization.VMX, Virtualization.NONE])
def test_other_processors_boot(bench: Bench, tmp_path: Path, kind: Virtualization) -> None:
    with started(bench, tmp_path, machine=Machine(virtualization=kind, processors=2)) as machine:
        evidence = machine.finish()
    assert (evidence["processor"], LAUNCHES in evidence) == (bochsrc.MODELS[kind], False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_we_are_ended(
    bench: Bench, tmp_path: Path, number: signal.Signals
) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from tests.support.bochs import Bench, started\n"
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


def test_minivisor_runs_its_target_under_bochs(minivisor: Minivisor, tmp_path: Path) -> None:
    """Its own scenario, typed by hand: guests run, and none after what must be refused."""
    if problem := BOCHS.absence():
        pytest.skip(problem)
    settings = minivisor.settings
    tree, assets, place = tmp_path / "original", tmp_path / "assets", tmp_path / "boot"
    shutil.copytree(minivisor.original(), tree)
    image = build(
        "original", tree, settings.build[BuildName.ORIGINAL], tmp_path / "build.log"
    ).image.path
    assert settings.assets is not None
    make_assets(settings.assets, settings.source, assets, tmp_path / "assets.log")
    places = {"build": str(tree), "image": image, "assets": str(assets), "guest": ""}
    wanted = payload(settings.scenarios["second_try"], "original", settings.path.parent, places)
    place.mkdir()
    prepare(place, BOCHS.adapt(wanted))
    with BOCHS.start(Boot(load=BOCHS.adapt(wanted), folder=place)) as machine:
        heard = b""
        for pin in (b"1111\r", b"2718\r"):
            heard += hear(machine.lines[0], b"idman: PIN: ")
            machine.lines[0].write(pin)
        heard += hear(machine.lines[0], seconds=240)
        assert machine.ended() == Last(None)
        assert machine.story.ended == "guest-shutdown"
        evidence = machine.finish()
    assert b"idman: wrong PIN, 2 tries left" in heard
    assert b" tests, 0 failures" in heard
    assert b"FAIL" not in heard
    assert int(evidence["exits"].split()[0]) > 1000
    assert (evidence[LAUNCHES], "refused" in evidence) == ("1", False)
    assert not look(place, wanted.disks)[0].problem
