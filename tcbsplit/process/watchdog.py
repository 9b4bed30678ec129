# SPDX-License-Identifier: MIT
"""Clean up after this process if it is killed (SIGKILL): end programs, remove folders."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import threading
from pathlib import Path

_VARIABLE = "TCBSPLIT_RUN"

# Reads "+ GROUP", "- GROUP" and "/FOLDER". At the end of its input this process has ended. Then it
# kills the remaining groups, then processes outside of them with our mark ($1) in their
# environment, and removes the folders.
_SCRIPT = f"""
groups= folders=
while IFS= read -r line; do
    case "$line" in
    /*) folders="$folders$line
"; continue ;;
    esac
    rest=
    for g in $groups; do [ "$g" = "${{line#? }}" ] || rest="$rest $g"; done
    case "$line" in +*) rest="$rest ${{line#? }}" ;; esac
    groups=$rest
done
for g in $groups; do kill -s KILL -- "-$g"; done
for file in $(grep -slz "^{_VARIABLE}=$1" /proc/[0-9]*/environ); do
    file=${{file#/proc/}}
    kill -s KILL "${{file%/environ}}"
done
printf %s "$folders" | while IFS= read -r folder; do rm -rf -- "$folder"; done
"""


class Watchdog:
    """A process that outlives this one to clean up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._dog: subprocess.Popen[bytes] | None = None
        self._into = -1
        self._mark = f"{secrets.token_hex(8)}."
        self._marked = 0

    def tell(self, line: str) -> None:
        """Report that a group started (``+ GROUP``) or ended (``- GROUP``), or name a folder."""
        with self._lock, contextlib.suppress(OSError):
            os.write(self._into, os.fsencode(f"{line}\n"))

    def mark(self) -> dict[str, str]:
        """Return a new environment variable that identifies all descendants of a program."""
        with self._lock:
            self._marked += 1
            return {_VARIABLE: f"{self._mark}{self._marked}"}

    def wake(self) -> None:
        """Start the watchdog if it does not run yet."""
        with self._lock:
            if self._dog is None:
                out, self._into = os.pipe()
                self._dog = subprocess.Popen(
                    ["/bin/sh", "-c", _SCRIPT, "sh", self._mark], stdin=out,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                )  # fmt: skip
                os.close(out)

    def leave(self) -> None:
        """Drop the watchdog in a forked child; otherwise it would wait for the child as well."""
        if self._into >= 0:
            os.close(self._into)
        self.__init__()  # type: ignore[misc]


def kill_marked(mark: dict[str, str]) -> None:
    """Kill the processes with this mark in their environment."""
    ((name, value),) = mark.items()
    wanted = f"{name}={value}".encode()
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):  # it has ended, or belongs to another user
            if wanted in environment.read_bytes().split(b"\0"):
                os.kill(int(environment.parent.name), signal.SIGKILL)
