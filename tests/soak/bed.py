# SPDX-License-Identifier: MIT
"""The test bed: a workspace with an earlier passing boot, and the tool run in it as users do."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.conftest import REPOSITORY

MARK = "TCBSPLIT_SOAK"  # environment variable by which a run's processes are known
_LONGEST = 300.0  # seconds for a run of the tool
_LAST_ONES = 3.0  # seconds for the watchdog to do its duty


@dataclass(frozen=True)
class Outcome:
    """What one run of the tool came to."""

    status: int
    results: list[dict[str, Any]]  # as --json gave them; none if there was no verdict
    said: str  # on standard error
    memory: int  # KiB, of the tool itself at most


@dataclass
class Tool:
    """A run of the tool that is under way; it and all it starts carry ``mark``."""

    child: subprocess.Popen[bytes]
    mark: str
    folder: Path
    began: float = field(default_factory=time.monotonic)

    def runs(self) -> bool:
        """Whether it still does; its status stays for ``finish`` to take."""
        kind = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.child.pid, kind) is None

    def signal(self, number: int) -> None:
        """Send it a signal. (Nobody waited for it yet, so its id is still its own.)"""
        os.kill(self.child.pid, number)

    def finish(self) -> Outcome:
        """Wait for its end; one that does not end is killed and raises ``TimeoutError``."""
        end = self.began + _LONGEST
        # wait4 tells the memory as well; nobody else waits for this child.
        while not (told := os.wait4(self.child.pid, os.WNOHANG))[0]:
            if time.monotonic() > end:
                self.kill()
                raise TimeoutError(f"the tool did not end within {_LONGEST:g} s")
            time.sleep(0.02)
        self.child.returncode = os.waitstatus_to_exitcode(told[1])
        said = (self.folder / "stderr").read_text(errors="replace")
        text = (self.folder / "stdout").read_text(errors="replace")
        results = json.loads(text) if text.strip() else []
        return Outcome(self.child.returncode, results, said.strip(), told[2].ru_maxrss)

    def kill(self) -> None:
        """End the tool and what carries its mark, by their ids."""
        if self.child.returncode is None:
            self.child.kill()
            self.child.wait()
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def processes(self) -> dict[int, str]:
        """The living processes of this run (zombies have no environment): id -> command line."""
        wanted = f"{MARK}={self.mark}".encode()
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it ended, or is another user's
                if wanted in (folder / "environ").read_bytes().split(b"\0"):
                    words = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                    found[int(folder.name)] = words.decode(errors="replace").strip()
        return found

    def machine(self) -> int | None:
        """The process of the machine that boots; not of the one that is asked what it can."""
        for pid, words in self.processes().items():
            if words.startswith("qemu-system") and "-S -nodefaults" not in words:
                return pid
        return None

    def left(self) -> dict[int, str]:
        """What still lives a little after the end."""
        end = time.monotonic() + _LAST_ONES
        while (found := self.processes()) and time.monotonic() < end:
            time.sleep(0.05)
        return found


class Bed:
    """A folder for one run: ``out`` holds the earlier boots, ``tmp`` is all temporary files'."""

    def __init__(self, folder: Path, images: Mapping[str, Path], earlier: Path | None) -> None:
        self.folder, self.images = folder, images
        self.out, self.tmp = folder / "out", folder / "tmp"
        for place in (folder / "src", self.tmp, folder / "said"):
            place.mkdir(parents=True, exist_ok=True)
        if earlier is not None:
            shutil.copytree(earlier, self.out)

    def configure(self, **scenario: Any) -> None:
        """Write the configuration: one scenario, ``case``, with these keys besides the usual."""
        usual = {
            "summary": "a boot of the soak", "builds": ["original"], "seal": "", "settle": 0,
            "expect": [{"text": "here", "within": 20}],
        }  # fmt: skip
        text = {
            "version": 1, "name": "bed", "source": "src", "image": "x",
            "roots": {"boot": ["start"]}, "scenarios": {"case": {**usual, **scenario}},
        }  # fmt: skip
        (self.folder / "bed.yaml").write_text(json.dumps(text))  # YAML, too

    @contextlib.contextmanager
    def boot(self, image: str | Path, *more: str, out: Path | None = None) -> Iterator[Tool]:
        """The tool as a user starts it, booting ``image`` (a name of ours, or a file)."""
        file = image if isinstance(image, Path) else self.images[image]
        folder = self.folder / "said" / str(len(list((self.folder / "said").iterdir())))
        folder.mkdir()
        mark = f"{self.folder}-{folder.name}"
        words = [
            sys.executable, "-m", "tcbsplit", "boot", "bed.yaml", "case", "--accel", "tcg",
            "--json", "--artifacts", str(out or self.out), "--set", f"original={file}", *more,
        ]  # fmt: skip
        environment = {
            **os.environ, MARK: mark, "TMPDIR": str(self.tmp), "PYTHONPATH": str(REPOSITORY),
        }  # fmt: skip
        with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
            child = subprocess.Popen(
                words, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=stdout,
                stderr=stderr, start_new_session=True,
            )  # fmt: skip
        tool = Tool(child, mark, folder)
        try:
            yield tool
        finally:
            tool.kill()

    def stray(self) -> list[str]:
        """Files that are no result and were not put here by us."""
        ours = {"src", "tmp", "said", "out", "bed.yaml", "given"}
        found = [p for p in self.folder.iterdir() if p.name not in ours]
        found += [*self.tmp.iterdir(), *(p for p in self.out.rglob("*") if p.name[0] == ".")]
        return sorted(str(p.relative_to(self.folder)) for p in found)


def hashes(folder: Path) -> dict[str, str]:
    """Of every file below ``folder``: its name there -> SHA-256."""
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }
