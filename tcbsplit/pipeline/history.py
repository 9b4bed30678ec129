# SPDX-License-Identifier: MIT
"""Follow the TCB over the revisions of a git repository; what was found is kept."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tcbsplit import artifacts, process
from tcbsplit.config.settings import Settings
from tcbsplit.errors import EnvironmentProblem, InputError, OutputError, UnknownNameError
from tcbsplit.files import decoded
from tcbsplit.model.history import HISTORY_VERSION, History, Revision, Snapshot
from tcbsplit.model.phase import Classification
from tcbsplit.phases import history as comparing
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.capture import capture
from tcbsplit.pipeline.extraction import Extraction
from tcbsplit.pipeline.saved import Analysed
from tcbsplit.pipeline.uptodate import code_digest, digest_of
from tcbsplit.pipeline.workspace import Progress, Workspace, load, quiet, save
from tcbsplit.process import locks
from tcbsplit.report.history import history_csv, history_html

_GIT_TIMEOUT = 600.0  # seconds


@dataclass(frozen=True)
class _Place:
    """The folder of one history: a worktree, and a folder for each commit."""

    folder: Path

    @property
    def tree(self) -> Path:
        """The worktree; always the same, so that facts of unchanged units are found again."""
        return self.folder / "worktree"

    def of(self, commit: str) -> Workspace:
        return Workspace(self.folder / commit)

    def record(self, commit: str) -> Path:
        return self.folder / commit / "snapshot.json"


def history(
    settings: Settings,
    space: Workspace,
    revisions: str,
    build: Sequence[str],
    how: Extraction,
    progress: Progress = quiet,
) -> tuple[History, Path]:
    """Analyse each revision of ``A..B``, A included; return what was found, and its folder.

    Revisions that were read before with the same configuration, build and tcbsplit are not read
    again. One that does not build, or does not fit the configuration, is recorded with the reason.
    Raise ``UnknownNameError`` for revisions that git does not know.
    """
    place = _Place(space.folder / "history")
    commits = _commits(settings.source, revisions)
    request = digest_of((_request(settings), tuple(build))) + code_digest()
    artifacts.mark(space.folder)
    busy = f"{place.folder}: another history is under way there"
    with locks.locked(place.folder, OutputError, busy):
        for done, revision in enumerate(commits):
            progress("history", done, len(commits), revision.commit[:12])
            if not _known(place, revision, request):
                _read(settings, place, revision, request, build, how)
        progress("history", len(commits), len(commits))
        found = _joined(settings.name, place, commits)
        save(place.folder / "history.json", found)
        for name, text in (
            ("history.csv", history_csv(found)),
            ("history.html", history_html(found)),
        ):
            artifacts.write_atomically(place.folder / name, text.encode())
    return found, place.folder


def _request(settings: Settings) -> Settings:
    """Return the settings without what an analysis does not depend on."""
    return msgspec.structs.replace(
        settings, source=Path(), path=Path(), artifacts=Path(), compdb=None, scenarios={},
        parameters={}, given={},
    )  # fmt: skip


def _commits(source: Path, revisions: str) -> list[Revision]:
    """Return the first parents of a range, the oldest first, with the one before them."""
    first, dots, last = revisions.partition("..")
    if not dots or not first or not last or last.startswith("."):
        raise UnknownNameError(f"{revisions}: must be two revisions of git, REV..REV")
    found = []
    form = "--format=%H%x00%cs%x00%s"
    for asked in (("-1", first), ("--reverse", "--first-parent", f"{first}..{last}")):
        try:
            text = _git(source, "log", form, *asked, "--")
        except EnvironmentProblem:
            raise
        except InputError as error:
            raise UnknownNameError(f"{revisions}: {str(error).splitlines()[-1].strip()}") from None
        for line in filter(None, text.splitlines()):
            commit, day, subject = line.split("\0")
            found.append(Revision(commit=commit, date=day, subject=subject))
    return found


def _git(tree: Path, *arguments: str) -> str:
    return process.run(["git", *arguments], cwd=tree, timeout=_GIT_TIMEOUT).output


def _known(place: _Place, revision: Revision, request: bytes) -> bool:
    try:
        return decoded(place.record(revision.commit), Snapshot).request == request
    except (OSError, ValueError):
        return False


def _read(
    settings: Settings,
    place: _Place,
    revision: Revision,
    request: bytes,
    build: Sequence[str],
    how: Extraction,
) -> None:
    """Build and analyse one revision; keep its classes and its snapshot."""
    space = place.of(revision.commit)
    shutil.rmtree(space.folder, ignore_errors=True)
    space.folder.mkdir(parents=True)
    try:
        with _worktree(settings.source, place.tree, revision.commit) as source:
            capture(build, source, space.compdb, space.folder / "capture.log")
            here = msgspec.structs.replace(settings, source=source, compdb=None)
            analyze(here, space, how=how)
            analysed = Analysed.of(here, space)
            classes = load(space.classes, Classification)
            found = comparing.snapshot(revision, request, classes, analysed.scale(None))
    except InputError as error:
        told = " ".join(str(error).split()).replace(f"{place.folder}/", "")
        found = Snapshot(revision=revision, request=request, error=told)
    save(place.record(revision.commit), found)
    # What the comparison does not need would take the room of an analysis for each revision.
    for path in (space.program, space.graph, space.analysis, space.stamp, space.compdb):
        path.unlink(missing_ok=True)
    shutil.rmtree(space.degraded, ignore_errors=True)


@contextmanager
def _worktree(source: Path, tree: Path, commit: str) -> Iterator[Path]:
    """Yield the folder of the source in a worktree of a commit; it is gone afterwards."""
    inside = _git(source, "rev-parse", "--show-prefix").strip()
    _drop(source, tree)  # of a run that was killed
    _git(source, "worktree", "add", "--detach", "--force", str(tree), commit)
    try:
        if not (tree / inside).is_dir():
            raise UnknownNameError(f"{inside}: is not there in this revision")
        yield tree / inside
    finally:
        _drop(source, tree)


def _drop(source: Path, tree: Path) -> None:
    shutil.rmtree(tree, ignore_errors=True)
    _git(source, "worktree", "prune")


def _joined(name: str, place: _Place, commits: Sequence[Revision]) -> History:
    """Compare each revision with the last one before it that could be read."""
    steps = []
    before: tuple[Snapshot, Classification] | None = None
    for revision in commits:
        found = load(place.record(revision.commit), Snapshot)
        classes = None if found.error else load(place.of(revision.commit).classes, Classification)
        steps.append(comparing.step(found, classes, before))
        if classes is not None:
            before = found, classes
    return History(version=HISTORY_VERSION, name=name, steps=tuple(steps))
