# SPDX-License-Identifier: MIT
"""Records of boots: earlier ones stay, folders are locked, a full disk is an error."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tcbsplit.errors import OutputError, SourceError
from tcbsplit.validate.boot import Bench, boot
from tcbsplit.validate.machine.folders import run_folder
from tcbsplit.validate.replay import replay_log
from tests.support.boots import boot_one, wanted, with_kernel


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
        "import sys; from pathlib import Path\n"
        "from tcbsplit.validate.machine.folders import locked\n"
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
        "from tcbsplit.validate.boot import Bench, boot\n"
        "from tests.support.boots import wanted\n"
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
