# SPDX-License-Identifier: MIT
"""Check one revision out, build and analyse it, and keep what was found: here or on a cluster."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tcbsplit import process
from tcbsplit.config.settings import Settings
from tcbsplit.errors import InputError, OutputError, UnknownNameError
from tcbsplit.files import decoded
from tcbsplit.model.history import Revision, Snapshot
from tcbsplit.model.phase import Classification
from tcbsplit.phases import history as comparing
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.capture import capture
from tcbsplit.pipeline.extraction import Extraction
from tcbsplit.pipeline.saved import Analysed
from tcbsplit.pipeline.workspace import Workspace, load, save
from tcbsplit.process import locks

_GIT_TIMEOUT = 600.0  # seconds
_TREE = "worktree"
_CACHE = "facts.sqlite"


@dataclass(frozen=True)
class Place:
    """The folder of one history: worktrees, and a folder for each commit."""

    folder: Path

    @property
    def tree(self) -> Path:
        """The worktree of this process; always the same, so that facts are found again."""
        return self.folder / _TREE

    @property
    def workers(self) -> Path:
        """Folders of workers of a cluster: a worktree each, and the facts of its units."""
        return self.folder / "workers"

    def of(self, commit: str) -> Workspace:
        return Workspace(self.folder / commit)

    def record(self, commit: str) -> Path:
        return self.folder / commit / "snapshot.json"


@dataclass(frozen=True)
class Job:
    """One revision to read. It travels to workers, who see all paths as we do."""

    settings: Settings
    place: Place
    revision: Revision
    request: bytes  # digest of the configuration, the build and tcbsplit
    build: tuple[str, ...]
    how: Extraction


def known(place: Place, revision: Revision, request: bytes) -> bool:
    """Return whether the revision was read with the same request."""
    try:
        return decoded(place.record(revision.commit), Snapshot).request == request
    except (OSError, ValueError):
        return False


def read(job: Job, tree: Path | None = None) -> None:
    """Build and analyse one revision in the worktree ``tree``; keep its classes and snapshot."""
    place, revision = job.place, job.revision
    tree = tree or place.tree
    space = place.of(revision.commit)
    shutil.rmtree(space.folder, ignore_errors=True)
    space.folder.mkdir(parents=True)
    try:
        with _worktree(job.settings.source, tree, revision.commit) as source:
            capture(job.build, source, space.compdb, space.folder / "capture.log")
            here = msgspec.structs.replace(job.settings, source=source, compdb=None)
            analyze(here, space, how=job.how)
            analysed = Analysed.of(here, space)
            classes = load(space.classes, Classification)
            found = comparing.snapshot(revision, job.request, classes, analysed.scale(None))
    except InputError as error:
        told = " ".join(str(error).split()).replace(str(tree), _TREE)
        told = told.replace(f"{place.folder}/", "")
        found = Snapshot(revision=revision, request=job.request, error=told)
    save(place.record(revision.commit), found)
    # What the comparison does not need would take the room of an analysis for each revision.
    for path in (space.program, space.graph, space.analysis, space.stamp, space.compdb):
        path.unlink(missing_ok=True)
    shutil.rmtree(space.degraded, ignore_errors=True)


def read_there(job: Job) -> None:
    """Read one revision in a worker of a cluster: with a worktree and facts of its own.

    The worker is locked while it works, so that nobody takes its folder for one that was left.
    """
    from tcbsplit.frontend.pool import in_place

    name = f"{socket.gethostname()}-{os.getpid()}-{threading.get_ident()}"
    folder = job.place.workers / name
    with locks.locked(folder, OutputError, f"{folder}: is in use"):
        cache = folder / _CACHE if job.how.cache else None
        how = Extraction(cache=cache, executor=in_place, trust=job.how.trust)
        settings, place = job.settings, job.place
        read(Job(settings, place, job.revision, job.request, job.build, how), folder / _TREE)


def sweep(source: Path, place: Place) -> None:
    """Remove the folders of workers that work no more."""
    for folder in sorted(place.workers.glob("*")):
        try:
            with locks.locked(folder, OutputError, ""):
                _drop(source, folder)
        except OutputError:
            continue


def git(tree: Path, *arguments: str) -> str:
    """Return the output of git in ``tree``; raise ``BuildError`` if it fails."""
    return process.run(["git", *arguments], cwd=tree, timeout=_GIT_TIMEOUT).output


@contextmanager
def _worktree(source: Path, tree: Path, commit: str) -> Iterator[Path]:
    """Yield the folder of the source in a worktree of a commit; it is gone afterwards."""
    inside = git(source, "rev-parse", "--show-prefix").strip()
    _drop(source, tree)  # of a run that was killed
    git(source, "worktree", "add", "--detach", "--force", str(tree), commit)
    try:
        if not (tree / inside).is_dir():
            raise UnknownNameError(f"{inside}: is not there in this revision")
        yield tree / inside
    finally:
        _drop(source, tree)


def _drop(source: Path, tree: Path) -> None:
    shutil.rmtree(tree, ignore_errors=True)
    git(source, "worktree", "prune")


def jobs(
    settings: Settings, place: Place, revisions: Sequence[Revision], request: bytes,
    build: Sequence[str], how: Extraction,
) -> list[Job]:  # fmt: skip
    """Return what is still to be read."""
    return [
        Job(settings, place, r, request, tuple(build), how)
        for r in revisions
        if not known(place, r, request)
    ]
