# SPDX-License-Identifier: MIT
"""The kinds of faults. Each harms one run of the tool and returns what was to hold and did not.

All but a few must end with the verdict ``error``, exit status 1 and the cause; where the tool
itself is ended or refused there is no verdict, but an exit status and a line on standard error.
"""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.soak.bed import Bed
from tests.soak.kinds import (
    KINDS,
    SHORT_CAUSE,
    Impossible,
    Kind,
    booted,
    kind,
    leftovers,
    passed,
    until,
    verdict,
)

MOST_MEMORY = 256 << 10  # KiB that the tool may have, whatever a machine says
MOST_RECORD = 17 << 20  # bytes of a flood that may be on disk: 16 MiB and what came with the last


@kind
def qemu_is_killed(bed: Bed, chance: random.Random) -> list[str]:
    """The machine's QEMU gets SIGKILL, up to two seconds after its start."""
    bed.configure(expect=[{"text": "here"}, {"text": "never", "within": 30}])
    with bed.boot("hangs") as tool:
        if not until(tool, lambda: tool.machine() is not None):
            return ["no machine was started"]
        time.sleep(chance.uniform(0, 2))
        pid = tool.machine()
        if pid is None:
            return ["the machine ended by itself"]
        _send(pid, signal.SIGKILL)
        outcome = tool.finish()
        return [*verdict(outcome, "QEMU was ended by signal 9"), *leftovers(tool)]


@kind
def asked_qemu_is_killed(bed: Bed, chance: random.Random) -> list[str]:
    """The QEMU that is asked what its processor has gets SIGKILL.

    Then nobody can tell, and whether the machine runs is for its boot to show: it passes.
    """
    bed.configure(exit=33)
    with bed.boot("passes") as tool:

        def asked() -> list[int]:
            return [p for p, w in tool.processes().items() if "-S -nodefaults" in w]

        if not until(tool, asked):
            return ["no QEMU was asked"]
        time.sleep(chance.uniform(0, 0.05))
        for pid in asked():
            _send(pid, signal.SIGKILL)
        return [*passed(tool.finish()), *leftovers(tool)]


def _send(pid: int, number: int) -> None:
    subprocess.run(["kill", f"-{number}", str(pid)], check=False, stderr=subprocess.DEVNULL)


def _ended(bed: Bed, chance: random.Random, number: signal.Signals, *statuses: int) -> list[str]:
    """The tool gets a signal at a moment of its start or its machine's run."""
    bed.configure(expect=[{"text": "here"}, {"text": "never", "within": 60}])
    with bed.boot("hangs") as tool:
        time.sleep(chance.uniform(0.3, 3))
        tool.signal(number)
        outcome = tool.finish()
        wrong = [*leftovers(tool)]
        if outcome.status not in statuses:
            wrong.append(f"exit status {outcome.status}, wanted {statuses}: {outcome.said}")
        lines = outcome.said.splitlines()
        # Before Python has set up what it needs it dies of these signals without a word.
        if len(lines) > 2 or (outcome.status > 0 and len(lines) == 0):
            wrong.append(f"{len(lines)} lines were said: {outcome.said[:SHORT_CAUSE]}")
        return wrong


@kind
def tool_is_interrupted(bed: Bed, chance: random.Random) -> list[str]:
    """SIGINT, as by Ctrl-C."""
    return _ended(bed, chance, signal.SIGINT, 130, -signal.SIGINT)


@kind
def tool_is_terminated(bed: Bed, chance: random.Random) -> list[str]:
    """SIGTERM, as by a CI that loses patience."""
    return _ended(bed, chance, signal.SIGTERM, 128 + signal.SIGTERM, -signal.SIGTERM)


@kind
def tool_is_killed(bed: Bed, chance: random.Random) -> list[str]:
    """SIGKILL, which nobody can answer."""
    return _ended(bed, chance, signal.SIGKILL, -signal.SIGKILL)


@kind
def tool_is_killed_at_the_end(bed: Bed, chance: random.Random) -> list[str]:
    """SIGKILL while the finished record takes the place of the earlier one."""
    bed.configure(exit=33)
    with bed.boot("passes") as tool:
        until(tool, lambda: list(bed.out.glob("boots/.*running/boot.json")))
        time.sleep(chance.uniform(0, 0.004))
        tool.signal(signal.SIGKILL)
        tool.finish()
        wrong = [*leftovers(tool)]
    # One record is there, the old or the new; ``--replay`` reads all of it.
    with bed.boot("passes", "--replay", str(bed.out / "boots/case-original")) as tool:
        return [*wrong, *passed(tool.finish())]


@kind
def full_disk(bed: Bed, chance: random.Random) -> list[str]:
    """Results go to a file system with a few bytes left: no disk, image or console fits."""
    with _small(bed) as small:
        out = small / "out"
        subprocess.run(["cp", "-r", str(bed.out), str(out)], check=True)
        (small / "filler").write_bytes(bytes(chance.randrange(0, 900 << 10)))
        bed.configure(expect=[{"text": "never", "within": 30}])
        with bed.boot("floods", out=out) as tool:
            wrong = [*verdict(tool.finish(), "No space left on device"), *leftovers(tool)]
        before, after = bed.out / "boots/case-original", out / "boots/case-original"
        done = subprocess.run(["diff", "-r", str(before), str(after)], capture_output=True)
        if done.returncode:
            wrong.append(f"earlier results changed: {done.stdout.decode()}")
        stray = [str(p) for p in out.rglob(".*")]
        return wrong + ([f"files are left: {stray}"] if stray else [])


@contextmanager
def _small(bed: Bed) -> Iterator[Path]:
    """A file system of 1 MiB. Its mount lives in a namespace and goes with the process there."""
    place = bed.folder / "given"
    place.mkdir()
    script = 'mount -t tmpfs -o size=1m,mode=777 none "$1" && echo "$$" && exec cat'
    holder = subprocess.Popen(
        ["unshare", "-rm", "sh", "-c", script, "sh", str(place)], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with holder:
        assert holder.stdout is not None
        if not (pid := holder.stdout.readline().strip()):
            assert holder.stderr is not None
            raise Impossible(f"no small file system can be mounted: {holder.stderr.read()}")
        yield Path(f"/proc/{pid}/root{place}")


@kind
def missing_image(bed: Bed, chance: random.Random) -> list[str]:
    """The image, a module or a disk is not there."""
    what = chance.choice(["image", "module", "disk"])
    absent = bed.folder / "absent"
    extra = {
        "image": {},
        "module": {"modules": [{"file": str(absent), "name": "m"}]},
        "disk": {"disks": [{"file": str(absent)}]},
    }[what]
    bed.configure(**extra)
    return booted(bed, absent if what == "image" else "passes", f"{absent}: ")


@kind
def corrupt_image(bed: Bed, chance: random.Random) -> list[str]:
    """The image is empty, noise, cut off, or has lost its header."""
    whole = bed.images["passes"].read_bytes()
    content = {
        "empty": b"",
        "noise": chance.randbytes(chance.randrange(1, 100_000)),
        "cut off": whole[: chance.randrange(1, 0x1000)],
        "headless": whole.replace(b"\x02\xb0\xad\x1b", bytes(4)),
    }[chance.choice(["empty", "noise", "cut off", "headless"])]
    given = bed.folder / "given"
    given.write_bytes(content)
    bed.configure(expect=[{"text": "here", "within": 5}])
    return booted(bed, given, "is no multiboot, ELF or Linux image", "ELF", "elf kernel")


@kind
def port_in_use(bed: Bed, chance: random.Random) -> list[str]:
    """A port of this machine that the scenario forwards, or serves the debugger on, is taken."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = chance.choice(
            [
                ["-netdev", f"user,id=more,hostfwd=tcp:127.0.0.1:{port}-:22"],
                ["-gdb", f"tcp:127.0.0.1:{port}"],
                ["-chardev", f"socket,id=more,host=127.0.0.1,port={port},server=on,wait=off"],
            ]
        )
        bed.configure(machine={"extra": words})
        return booted(bed, "passes", str(port), "Address already in use")


@kind
def serial_flood(bed: Bed, chance: random.Random) -> list[str]:
    """100 MB on the first or the second port: stopped at 16 MiB, in memory and on disk."""
    ports: list[dict[str, object]]
    image, second = chance.choice((("floods", False), ("floods2", True)))
    ports = [{}] if second else []
    bed.configure(expect=[{"text": "never", "within": 240}], ports=ports)
    with bed.boot(image) as tool:
        outcome = tool.finish()
        wrong = [*verdict(outcome, "serial flood"), *leftovers(tool)]
    size = sum(p.stat().st_size for p in bed.out.glob("boots/*.error/*"))
    told["serial flood: MiB of memory"] = max(
        told.get("serial flood: MiB of memory", 0), outcome.memory >> 10
    )
    told["serial flood: MiB on disk"] = max(told.get("serial flood: MiB on disk", 0), size >> 20)
    if outcome.memory > MOST_MEMORY:
        wrong.append(f"the tool took {outcome.memory >> 10} MiB of memory")
    if size > MOST_RECORD:
        wrong.append(f"the record takes {size >> 20} MiB")
    return wrong


told: dict[str, int] = {}  # the most that was measured


@kind
def error_flood(bed: Bed, chance: random.Random) -> list[str]:
    """QEMU itself writes without end: it was told to print every block that runs."""
    bed.configure(
        expect=[{"text": "never", "within": 60}], machine={"extra": ["-d", "exec,nochain"]}
    )
    with bed.boot("lingers") as tool:
        wrong = [*verdict(tool.finish(), "qemu.log"), *leftovers(tool)]
    size = sum(p.stat().st_size for p in bed.out.glob("boots/*.error/*"))
    told["flood of errors: MiB on disk"] = max(
        told.get("flood of errors: MiB on disk", 0), size >> 20
    )
    return wrong + ([f"the record takes {size >> 20} MiB"] if size > 4 * MOST_RECORD else [])


@kind
def silent_guest(bed: Bed, chance: random.Random) -> list[str]:
    """Nothing comes at all."""
    bed.configure(expect=[{"text": "here", "within": chance.randrange(1, 4)}])
    return booted(bed, "silent", "the machine was silent")


@kind
def reboot_loop(bed: Bed, chance: random.Random) -> list[str]:
    """The machine is reset again and again."""
    allowed = chance.randrange(4)
    disks = [{"file": str(bed.images["sector"])}]
    bed.configure(
        start="disk", disks=disks, resets=allowed, expect=[{"text": "never", "within": 30}]
    )
    return booted(bed, "passes", "the machine was reset")


@kind
def two_at_once(bed: Bed, chance: random.Random) -> list[str]:
    """Two runs in one folder: whoever comes second is refused and the other passes."""
    bed.configure(exit=33)
    with bed.boot("lingers") as one:
        time.sleep(chance.uniform(0, 0.4))
        with bed.boot("lingers") as other:
            outcomes = sorted([one.finish(), other.finish()], key=lambda o: o.status)
            wrong = [*leftovers(one), *leftovers(other), *passed(outcomes[0])]
    refused = outcomes[1]
    if refused.status != 2 or "another tcbsplit works there" not in refused.said:
        wrong.append(f"exit status {refused.status}, wanted 2, refused: {refused.said}")
    return wrong


# What ends with a pass replaces the earlier record, as it should.
PASSING: Mapping[str, Kind] = {
    n: KINDS[n] for n in ("asked-qemu-is-killed", "tool-is-killed-at-the-end", "two-at-once")
}
