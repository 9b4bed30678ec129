# SPDX-License-Identifier: MIT
"""Manage the folders of boots: one boot at a time, records complete or absent, old ones kept."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from tcbsplit import artifacts, process
from tcbsplit.errors import OutputError
from tcbsplit.process import locks

CONSOLE = "serial.log"  # of a boot: the raw output of the first serial port
STDERR = "qemu.log"


def console(port: int) -> str:
    """Return the file name of a serial port, counted from 1."""
    return CONSOLE if port == 1 else f"serial-{port}.log"


def run_folder(folder: Path, scenario: str, build: str, number: int = 1) -> Path:
    """Return the folder of a boot of a scenario on a build (its repetition ``number``)."""
    return folder / (f"{scenario}-{build}" + (f".{number}" if number > 1 else ""))


def error_folder(place: Path) -> Path:
    """Return the folder of a boot that ended in an error; an earlier record keeps ``place``."""
    return place.with_name(f"{place.name}.error")


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock ``folder`` for this process; raise ``OutputError`` if another boot uses it."""
    busy = f"{folder}: another boot is under way there; wait for it or give --out"
    with locks.locked(folder, OutputError, busy):
        # Left by a process that was killed: we hold the lock, so no other one uses them.
        for old in folder.glob(".*.old"):
            place = folder / old.name[1:].removesuffix(".old")
            if place.exists():
                shutil.rmtree(old, ignore_errors=True)
            else:
                old.rename(place)
        for stale in folder.glob(".*.running"):
            shutil.rmtree(stale, ignore_errors=True)
        yield


@contextlib.contextmanager
def workplace(place: Path) -> Iterator[Path]:
    """Yield a new folder for a boot; remove it on exit unless it was moved."""
    folder = place.with_name(f".{place.name}.{os.getpid()}.running")
    process.passing(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep(work: Path, place: Path) -> None:
    """Move the finished record to ``place``; at any time the old or the new record exists."""
    if not place.exists():
        work.rename(place)
    elif not artifacts.exchange(work, place):
        old = place.with_name(f".{place.name}.old")  # restored by ``locked`` if we are killed here
        place.rename(old)
        work.rename(place)
        shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(error_folder(place), ignore_errors=True)  # of an earlier attempt
