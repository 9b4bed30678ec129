# SPDX-License-Identifier: MIT
"""Make and cache snapshots of the inner machine waiting for a job, for use by all boots.

A snapshot is a folder named by a digest of its inputs: RAM (a sparse file, mapped copy on
write by each boot), the state of the devices, and the archive that was booted.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tcbsplit import process
from tcbsplit.errors import EnvironmentProblem
from tcbsplit.process.locks import opened
from tcbsplit.validate.machine import qemu
from tcbsplit.validate.machine.nested import facts, initramfs, kernel, migration, outer
from tcbsplit.validate.machine.nested.agent import Control

FOLDER = "nested"  # below the user's cache folder
RAM, STATE, ARCHIVE = "ram", "state", "initramfs"
# Bytes that must be free: RAM as far as it is used, the archive, a kernel's package.
_ROOM = 1 << 30
_BOOT = 180.0  # seconds for the inner Linux to come up; some 6 on an idle host
_SLICE = 0.1


@dataclass(frozen=True)
class Recipe:
    """The inputs of a snapshot."""

    program: Path  # QEMU, outside and inside
    linux: kernel.Kernel
    memory: int  # MiB
    nested: bool = True  # false makes an inner machine whose KVM does not nest, for tests


@dataclass(frozen=True)
class Snapshot:
    """A snapshot in its folder."""

    folder: Path
    memory: int  # MiB

    def arguments(self, program: str, ports: dict[str, int]) -> list[str]:
        """Return QEMU's command line that resumes the snapshot."""
        memory = outer.Memory(self.memory, self.folder / RAM, kept=False)
        more = ["-incoming", "defer", *migration.words(ports[migration.MONITOR])]
        return outer.arguments(program, memory, ports, more)


def obtain(recipe: Recipe, store: Path, stop: threading.Event) -> Snapshot:
    """Return the snapshot, made if it does not exist; raise ``EnvironmentProblem``.

    Concurrent callers wait for each other.
    """
    folder = place(recipe, store)
    if not folder.is_dir():
        with _locked(store, stop):
            if not folder.is_dir():
                _make(recipe, folder, stop)
    return Snapshot(folder, recipe.memory)


@lru_cache
def place(recipe: Recipe, store: Path) -> Path:
    """Return the folder of a snapshot, named by a digest of all that it depends on."""
    digest = hashlib.sha256(_archive(recipe))  # QEMU and its libraries are in it
    digest.update(recipe.linux.image.read_bytes())
    ports = dict.fromkeys(outer.PORTS, 0)
    memory = outer.Memory(recipe.memory, Path(RAM), kept=True)
    words = [*outer.arguments("", memory, ports, []), outer.parameters(recipe.program)]
    digest.update("\0".join(words).encode())
    return store / digest.hexdigest()[:32]


def size(store: Path) -> int:
    """Return the disk space of all snapshots and downloaded kernels, in bytes."""
    return sum(p.lstat().st_blocks * 512 for p in store.rglob("*")) if store.is_dir() else 0


def clear(store: Path) -> None:
    """Remove all of them; running machines keep what they have mapped."""
    if store.is_dir():
        with _locked(store, threading.Event()):
            for folder in store.iterdir():
                shutil.rmtree(folder, ignore_errors=True)


def _archive(recipe: Recipe) -> bytes:
    modules = kernel.ordered(recipe.linux.modules)
    parameters = {"kvm_amd": f"nested={int(recipe.nested)}"}
    return initramfs.build(modules, parameters, recipe.program)


@contextlib.contextmanager
def _locked(store: Path, stop: threading.Event) -> Iterator[None]:
    """Wait for the lock of the store, on the folder itself; it ends with this process."""
    with opened(store, EnvironmentProblem) as handle:
        while True:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            if stop.wait(_SLICE):
                raise EnvironmentProblem("interrupted")
        yield


def _make(recipe: Recipe, folder: Path, stop: threading.Event) -> None:
    work = folder.with_name(f".{folder.name}.{os.getpid()}.making")
    process.passing(work)
    for stale in folder.parent.glob(".*.making"):  # the host went down: we hold the lock
        shutil.rmtree(stale, ignore_errors=True)
    try:
        work.mkdir(parents=True)
        free = shutil.disk_usage(work).free
        if free < _ROOM:
            raise EnvironmentProblem(
                f"{work.parent}: {free >> 20} MiB are free, the inner machine's snapshot needs "
                f"{_ROOM >> 20}; make room or set TCBSPLIT_CACHE to another place"
            )
        (work / ARCHIVE).write_bytes(_archive(recipe))
        _boot(recipe, work, stop)
        work.rename(folder)
    except OSError as error:
        raise EnvironmentProblem(f"{work.parent}: cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _boot(recipe: Recipe, work: Path, stop: threading.Event) -> None:
    """Boot up to the agent's "ready" and save."""
    began = time.monotonic()
    with outer.Wires() as wires:
        for name in (*outer.PORTS, migration.MONITOR):
            wires.add(name)
        ports = {name: end.fileno() for name, end in wires.theirs.items()}
        argv = outer.arguments(
            str(recipe.program), outer.Memory(recipe.memory, work / RAM, kept=True), ports,
            ["-kernel", str(recipe.linux.image), "-initrd", str(work / ARCHIVE),
             "-append", outer.parameters(recipe.program),
             *migration.words(ports[migration.MONITOR])],
        )  # fmt: skip
        with process.running(
            argv, cwd=work, stderr=work / outer.STDERR, handles=tuple(ports.values())
        ) as machine:
            wires.given()
            control = Control(wires.ours[outer.CONTROL], wires.ours[outer.DATA], stop)
            if not control.wait("ready", _BOOT):
                seconds = time.monotonic() - began
                raise EnvironmentProblem(_not_ready(machine, work, stop, seconds))
            if problem := facts.unfit(control.facts):
                raise EnvironmentProblem(f"nested: {problem}")
            migration.save(wires.ours[migration.MONITOR], work / STATE)


def _not_ready(
    machine: process.Running, work: Path, stop: threading.Event, seconds: float
) -> str:  # fmt: skip
    if stop.is_set():
        return "interrupted"
    why = ended(machine, work) or f"it said nothing for {seconds:.0f} s"
    said = last_line(work / outer.CONSOLE)
    return f"the inner machine did not come up: {why}" + (f"; it said last: {said}" if said else "")


def ended(machine: process.Running, work: Path) -> str:
    """Return how the outer QEMU ended; empty if it runs."""
    status = machine.wait(1.0)
    if status is None:
        return ""
    if status == -7:
        return "QEMU was ended by SIGBUS: the disk is full"
    if status < 0:
        return f"the outer QEMU was ended by signal {-status}"
    return last_line(work / outer.STDERR) or "the inner Linux ended the machine"


def last_line(path: Path) -> str:
    """Return the last line of the log ``path`` that is not a warning; empty if there is none."""
    with contextlib.suppress(OSError):
        return qemu.last_line(path.read_text(encoding="utf-8", errors="replace"))
    return ""
