# SPDX-License-Identifier: MIT
"""Runs that are broken off at random moments, and started again: the result must be the same."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

import tcbsplit
from tcbsplit.model.result import BuildResult
from tests.conftest import REPOSITORY
from tests.soak.images import AT_1_MIB, COMES_UP, kernel, link
from tests.soak.tally import Tally
from tests.support.made import BUILD

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
STATUSES = {
    signal.SIGINT: (130, -signal.SIGINT), signal.SIGTERM: (143, -signal.SIGTERM),
    signal.SIGKILL: (-signal.SIGKILL,),
}  # fmt: skip
_MADE = shutil.ignore_patterns("build", "*.elf")  # not what a build in the source left
_MARK = "TCBSPLIT_BROKEN"
_LONGEST = 300.0  # seconds of a command
# Of the same inputs, these are other ones each time: they hold times of files or of boots.
_TIMES = re.compile(rb'"seconds": ?[\d.e-]+|\| \d+\.\d \||\b\d+\.\d s\b|"moments?": ?\[[^]]*\]')
_OURS = f"{Path(tcbsplit.__file__).parent}/"
_OTHERWISE = (
    "analysis.stamp", "stages.msgpack", "sums.msgpack", "serial.times", "report.html",
    "tables/boots.csv", "tables/tables.json",
)  # fmt: skip


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said on standard error."""

    status: int
    said: str

    def early(self) -> bool:
        """Whether Ctrl-C came while Python itself was starting, before any line of the tool."""
        # One that was dropped leaves the status as it was.
        return self.status != 0 and "KeyboardInterrupt" in self.said and _OURS not in self.said


class Work:
    """The small program in a folder, with all that the stages keep of it in ``tree/reports``."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.tree = folder, folder / "tree"
        self.chain = self._laid()

    def _laid(self) -> tuple[list[str], ...]:
        """Make the tree; return the commands that work on it."""
        shutil.copytree(REPOSITORY / "tests/data/tiny", self.tree)
        config = self.tree / "tiny.yaml"
        config.write_text(config.read_text() + BUILD + COMES_UP)
        image = link(self.folder / "kernel.elf", kernel(), AT_1_MIB)
        return (
            ["run", "tree/tiny.yaml", "--until", "build"],
            ["boot", "tree/tiny.yaml", "--accel", "tcg", "--set", f"original={image}"],
            ["report", "tree/tiny.yaml"],
        )

    def change(self) -> None:
        """Change a source, so that all stages are stale."""
        self._append("secret.c", "\nint\nadded (void)\n{\n\treturn 4;\n}\n")

    def _append(self, source: str, text: str) -> None:
        with (self.tree / source).open("a") as file:
            file.write(text)

    def start(self, words: list[str]) -> subprocess.Popen[bytes]:
        """Start the tool as a user does."""
        environment = {
            **os.environ, "PYTHONPATH": str(REPOSITORY), _MARK: str(self.folder),
            "TCBSPLIT_CACHE": str(self.folder / "facts.sqlite"),
        }  # fmt: skip
        with (self.folder / "said").open("wb") as said:
            return subprocess.Popen(
                [sys.executable, "-m", "tcbsplit", *words], cwd=self.folder, env=environment,
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip

    def run(self, words: list[str], after: float = _LONGEST, number: int = 0) -> Done:
        """Run a command; send it the signal ``number`` once ``after`` seconds have passed."""
        child = self.start(words)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(after)
        if child.returncode is None:
            child.send_signal(number or signal.SIGKILL)
            child.wait(60)
        return Done(child.returncode, (self.folder / "said").read_text(errors="replace"))

    def finish(self) -> str:
        """Run all stages to their end; return what went wrong."""
        for words in self.chain:
            done = self.run(words)
            if done.status:
                return f"{' '.join(words)}: status {done.status}: {done.said.strip()}"
        return ""

    def state(self) -> dict[str, str]:
        """Digests of all that is kept and emitted, by name, without the times."""
        found = {}
        for path in sorted(self.tree.rglob("*")):
            name = str(path.relative_to(self.tree))
            if path.is_file() and not name.endswith((*_OTHERWISE, ".log")):
                content = _TIMES.sub(b"", path.read_bytes())
                if path.name == "builds.msgpack":  # whether they were built anew
                    builds = msgspec.msgpack.decode(content, type=list[BuildResult])
                    content = repr([msgspec.structs.replace(b, anew="") for b in builds]).encode()
                found[name] = hashlib.sha256(content).hexdigest()
            elif path.is_dir():
                found[name] = "folder"
        return found

    def left(self) -> list[str]:
        """Processes of the last command that still live, a moment after its end."""
        wanted = f"{_MARK}={self.folder}".encode()
        end = time.monotonic() + 3
        while True:
            found = []
            for place in Path("/proc").glob("[0-9]*/environ"):
                with contextlib.suppress(OSError):
                    if wanted in place.read_bytes().split(b"\0"):
                        found.append(place.parent.name)
            if not found or time.monotonic() > end:
                return found
            time.sleep(0.05)


class Embedded(Work):
    """The embedded hypervisor, with one of its scenarios."""

    def _laid(self) -> tuple[list[str], ...]:
        for name in ("configs", "corpora"):
            shutil.copytree(REPOSITORY / name, self.tree / name, ignore=_MADE)
        config = "tree/configs/minivisor.yaml"
        return (
            ["run", config, "--until", "build"],
            ["boot", config, "read", "--accel", "tcg"],
            ["report", config],
        )

    def change(self) -> None:
        text = "\nint added (void);\nint\nadded (void)\n{\n\treturn 4;\n}\n"
        self._append("corpora/minivisor/core/main.c", text)


class Bed:
    """States to begin with, and the one that all of them must come to."""

    def __init__(self, folder: Path, kind: type[Work] = Work) -> None:
        folder.joinpath("work").mkdir()
        self.work = kind(folder / "work")
        self._kept = folder / "kept"
        self._keep("new")
        self._finish()
        self.work.change()
        self._keep("stale")
        began = time.monotonic()
        self._finish()
        self.longest = time.monotonic() - began
        self.wanted = self.work.state()
        self._keep("complete")
        self._lay("new")
        self.work.change()
        self._keep("new")
        self._finish()
        if differ(self.wanted, self.work.state()):
            raise RuntimeError(f"two runs differ: {differ(self.wanted, self.work.state())}")

    def _finish(self) -> None:
        if wrong := self.work.finish():
            raise RuntimeError(f"the unbroken run fails: {wrong}")

    def _keep(self, name: str) -> None:
        shutil.rmtree(self._kept / name, ignore_errors=True)
        shutil.copytree(self.work.folder, self._kept / name, symlinks=True)

    def _lay(self, name: str) -> None:
        shutil.rmtree(self.work.folder)
        shutil.copytree(self._kept / name, self.work.folder, symlinks=True)

    def broken(self, chance: random.Random) -> list[str]:
        """Break runs off once to three times, then run to the end; what was wrong."""
        self._lay(chance.choice(("new", "stale", "stale")))
        wrong = []
        for _ in range(chance.choice((1, 1, 2, 3))):
            at = chance.choice((0, 0, 0, 0, 1, 2))
            for words in self.work.chain[:at]:
                self.work.run(words)
            number = chance.choice(SIGNALS)
            after = chance.uniform(0, self.longest * (0.7 if at == 0 else 0.3))
            done = self.work.run(self.work.chain[at], after, number)
            if done.early():
                continue
            where = f"{self.work.chain[at][0]}, {number.name} after {after:.3f} s"
            if done.status not in (0, *STATUSES[number]):
                wrong.append(f"{where}: status {done.status}: {done.said}")
            if "Traceback" in done.said:
                wrong.append(f"{where}: {done.said}")
            if left := self.work.left():
                wrong.append(f"{where}: processes are left: {left}")
        if problem := self.work.finish():
            return [*wrong, f"{where}: then {problem}"]
        return [*wrong, *(f"{where}: {d}" for d in differ(self.wanted, self.work.state()))]


def differ(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """What one state has, lacks or has otherwise."""
    found = [f"{n} is missing" for n in sorted(one.keys() - other.keys())]
    found += [f"{n} is there" for n in sorted(other.keys() - one.keys())]
    return found + [f"{n} differs" for n in sorted(one.keys() & other.keys()) if one[n] != other[n]]


def broken(number: int, seed: int, kind: type[Work] = Work) -> int:
    """Break ``number`` runs off at random moments; return how many came to another result."""
    base = Path(tempfile.mkdtemp(prefix="tcbsplit-broken-"))
    bed, tally = Bed(base, kind), Tally(number, base)
    for at in range(number):
        complaints = bed.broken(random.Random(f"{seed}:{at}"))
        kept = base / str(at + 1)
        if complaints:
            shutil.copytree(bed.work.folder, kept, symlinks=True)
        else:
            kept.mkdir()
        tally.add("broken off", f"run {at + 1}", kept, complaints)
        tally.progress(at + 1)
    return tally.end("broken off", seed)
