# SPDX-License-Identifier: MIT
"""Runs the commands that documents show with their output, and compares: the tool made the screen.

A block of code with the language ``console`` has commands (``$ COMMAND``), each with the lines that
it prints. A line ``…`` stands for any lines, one at the end of a line for the rest of it.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.support.cli import tcbsplit

_MORE = "…"
# What differs from run to run, and from compiler to compiler.
_OTHERWISE = (
    re.compile(r"\d+\.\d+ s\b"),
    re.compile(r"\d+ functions, \d+ bytes of code"),
    re.compile(r"-?[\d.]+ % bytes of functions \(\d+ -> \d+\)"),
)


class Screen(NamedTuple):
    """A command of a document, the lines that are shown, and where these are (from 0)."""

    command: str
    shown: tuple[str, ...]
    start: int
    end: int


def screens(text: str) -> list[Screen]:
    """Return the screens of a document."""
    found: list[Screen] = []
    lines, inside = text.splitlines(), False
    for number, line in enumerate(lines):
        if not inside:
            inside = line.startswith("```console")
        elif line == "```":
            inside = False
        elif line.startswith("$ "):
            found.append(Screen(line[2:], (), number + 1, number + 1))
        else:
            last = found.pop()
            found.append(last._replace(shown=(*last.shown, line), end=number + 1))
    return found


class Shell:
    """Runs commands one after the other, as a reader does; ``home`` is shown as ``~``."""

    def __init__(self, home: Path) -> None:
        self.home, self.folder, self.status = home, home, 0

    def run(self, command: str) -> str:
        """Return what a command prints; ``status`` has how it ended."""
        if command == "echo $?":
            return f"{self.status}\n"
        words = shlex.split(command)
        if words[0] == "cd":
            self.folder = self.folder / re.sub(r"^~(?=/|$)", str(self.home), words[1])
            self.status = 0 if self.folder.is_dir() else 1
            return ""
        if words[0] == "tcbsplit" and not set(command) & set("|<>&;$*\\"):
            done = tcbsplit(*words[1:], cwd=self.folder)
        else:
            done = self._by_bash(command)
        self.status = done.returncode
        return (done.stdout + done.stderr).replace(str(self.home), "~")

    def _by_bash(self, command: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            cwd=self.folder, env=os.environ | {"PATH": path, "HOME": str(self.home)},
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip


def same(shown: tuple[str, ...], printed: str) -> bool:
    """Whether lines that are shown are what a command printed."""
    pattern = ""
    for line in shown:
        if line == _MORE:
            pattern += r"(?:[^\n]*\n)*"
        elif line.endswith(_MORE):
            pattern += re.escape(_plain(line[:-1])) + r"[^\n]*\n"
        else:
            pattern += re.escape(_plain(line.rstrip())) + r"\n"
    return re.fullmatch(pattern, "".join(f"{_plain(x)}\n" for x in _lines(printed))) is not None


def _lines(printed: str) -> list[str]:
    return [line.rstrip() for line in printed.splitlines()]


def _plain(line: str) -> str:
    for pattern in _OTHERWISE:
        line = pattern.sub("#", line)
    return line


def run_through(text: str, shell: Shell) -> tuple[str, list[str]]:
    """Run the commands of a document; return it with true screens, and what is stale."""
    lines, stale, shift = text.splitlines(), [], 0
    found = screens(text)
    for screen, after in zip(found, [*found[1:], None], strict=True):
        printed = shell.run(screen.command)
        expected = after is not None and after.command == "echo $?"
        if shell.status and screen.command != "echo $?" and not expected:
            stale.append(f"{screen.command}: exit status {shell.status}\n{printed}")
        elif not same(screen.shown, printed):
            stale.append(f"{screen.start}: {screen.command}: prints\n{printed}")
            made = _lines(printed)
            lines[screen.start + shift : screen.end + shift] = made
            shift += len(made) - (screen.end - screen.start)
    return "\n".join(lines) + "\n", stale
