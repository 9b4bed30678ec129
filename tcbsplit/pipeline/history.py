# SPDX-License-Identifier: MIT
"""Follow the TCB over the revisions of a git repository; what was found is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from tcbsplit import artifacts
from tcbsplit.config.settings import Settings
from tcbsplit.errors import EnvironmentProblem, InputError, OutputError, UnknownNameError
from tcbsplit.model.history import HISTORY_VERSION, History, Revision, Snapshot
from tcbsplit.model.phase import Classification
from tcbsplit.phases import history as comparing
from tcbsplit.pipeline.extraction import Extraction, spread
from tcbsplit.pipeline.revisions import Job, Place, git, jobs, read, read_there, sweep
from tcbsplit.pipeline.uptodate import code_digest, digest_of
from tcbsplit.pipeline.workspace import Progress, Workspace, load, quiet, save
from tcbsplit.process import locks
from tcbsplit.report.history import history_csv, history_html


def history(
    settings: Settings,
    space: Workspace,
    revisions: str,
    build: Sequence[str],
    how: Extraction,
    progress: Progress = quiet,
    cluster: str = "",
) -> tuple[History, Path]:
    """Analyse each revision of ``A..B``, A included; return what was found, and its folder.

    Revisions that were read before with the same configuration, build and tcbsplit are not read
    again. One that does not build, or does not fit the configuration, is recorded with the reason.
    With ``cluster`` (``dask://HOST:PORT``), each revision is the task of a worker there.
    Raise ``UnknownNameError`` for revisions that git does not know.
    """
    place = Place(space.folder / "history")
    commits = _commits(settings.source, revisions)
    request = digest_of((_request(settings), tuple(build))) + code_digest()
    artifacts.mark(space.folder)
    busy = f"{place.folder}: another history is under way there"
    with locks.locked(place.folder, OutputError, busy):
        todo = jobs(settings, place, commits, request, build, how)
        total, before = len(commits), len(commits) - len(todo)
        progress("history", before, total, "" if cluster or not todo else _name(todo[0]))
        for done, job in enumerate(_read(todo, cluster), before + 1):
            progress("history", done, total, _name(job))
        found = _joined(settings.name, place, commits)
        save(place.folder / "history.json", found)
        for name, text in (
            ("history.csv", history_csv(found)),
            ("history.html", history_html(found)),
        ):
            artifacts.write_atomically(place.folder / name, text.encode())
    return found, place.folder


def _name(job: Job) -> str:
    return job.revision.commit[:12]


def _read(todo: Sequence[Job], cluster: str) -> Iterator[Job]:
    """Read revisions; yield each when it is done."""
    if not todo:
        return
    if not cluster:
        for job in todo:
            read(job)
            yield job
        return
    source, place = todo[0].settings.source, todo[0].place
    sweep(source, place)  # what a run that was killed has left
    sent = [replace(job, how=replace(job.how, executor=None)) for job in todo]
    yield from spread(cluster, read_there, sent)
    sweep(source, place)


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
            text = git(source, "log", form, *asked, "--")
        except EnvironmentProblem:
            raise
        except InputError as error:
            raise UnknownNameError(f"{revisions}: {str(error).splitlines()[-1].strip()}") from None
        for line in filter(None, text.splitlines()):
            commit, day, subject = line.split("\0")
            found.append(Revision(commit=commit, date=day, subject=subject))
    return found


def _joined(name: str, place: Place, commits: Sequence[Revision]) -> History:
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
