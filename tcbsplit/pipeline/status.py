# SPDX-License-Identifier: MIT
"""Tell which stages of a configuration are up to date, why others are not, and what comes next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tcbsplit.config.settings import Settings
from tcbsplit.frontend.cache import Cache, default_path
from tcbsplit.model.accelerator import Mode
from tcbsplit.model.edit import Emission
from tcbsplit.model.status import StageStatus, State, Status
from tcbsplit.model.vocabulary import BuildName, Stage
from tcbsplit.pipeline import stages, uptodate
from tcbsplit.pipeline.workspace import Workspace

Found = tuple[State, tuple[str, ...]]


def status(
    settings: Settings,
    space: Workspace,
    out: Path,
    emission: Emission,
    mode: Mode = Mode.AUTO,
    config: str = "CONFIG",
) -> Status:
    """Return the state of every stage; ``config`` is the configuration in the next command."""
    looks: dict[Stage, Callable[[], Found]] = {
        Stage.CAPTURE: lambda: _captured(settings, space),
        Stage.ANALYZE: lambda: _analysed(settings, space),
        Stage.SPLIT: lambda: _emitted(settings, space, out, emission),
        Stage.BUILD: lambda: _built(settings, space, out),
        Stage.BOOT: lambda: _booted(settings, space, mode),
        Stage.REPORT: lambda: stages.changes(
            space, Stage.REPORT, stages.report_inputs(settings, space, out)
        ),
    }
    found: list[StageStatus] = []
    before: Stage | None = None  # the first stage that is not up to date
    for stage, look in looks.items():
        state, reasons = look()
        if before and state is State.CURRENT:
            state, reasons = State.STALE, (f"{before} comes before it",)
        if before is None and state not in (State.CURRENT, State.NONE):
            before = stage
        found.append(StageStatus(stage=stage, state=state, reasons=reasons))
    return Status(
        name=settings.name,
        artifacts=str(space.folder),
        stages=tuple(found),
        next=_next(settings, space, before, config),
    )


def _next(settings: Settings, space: Workspace, due: Stage | None, config: str) -> str:
    if due is Stage.CAPTURE and BuildName.ORIGINAL not in settings.build:
        return "tcbsplit capture -- BUILD COMMAND"
    if due in (None, Stage.CAPTURE, Stage.ANALYZE):
        return "" if due is None else f"tcbsplit run {config} --until {due}"
    if settings.split is None:
        return f"tcbsplit {'config check' if settings.preprocess else 'suggest'} {config}"
    return f"tcbsplit run {config}"


def _captured(settings: Settings, space: Workspace) -> Found:
    if settings.compdb is not None:
        there = settings.compdb.is_file()
        return (State.NONE if there else State.MISSING), (
            f"{settings.compdb} {'is given' if there else 'is not there'}",
        )
    if BuildName.ORIGINAL not in settings.build:
        return State.MISSING, ("give --compdb FILE, or configure build.original",)
    return stages.changes(space, Stage.CAPTURE, stages.capture_inputs(settings, space))


def _analysed(settings: Settings, space: Workspace) -> Found:
    if not space.analysis.is_file():
        return State.MISSING, ()
    with Cache(default_path()) as cache:
        reasons = uptodate.stale(settings, space, cache.digests)
    return (State.STALE if reasons else State.CURRENT), reasons


def _emitted(settings: Settings, space: Workspace, out: Path, emission: Emission) -> Found:
    if settings.split is None:
        return State.NONE, ("there is no section split",)
    return stages.changes(space, Stage.SPLIT, stages.split_inputs(settings, space, out, emission))


def _built(settings: Settings, space: Workspace, out: Path) -> Found:
    missing = [n for n in BuildName if n not in settings.build]
    if missing:
        return State.NONE, (f"build: there is no {', '.join(missing)}",)
    return stages.changes(space, Stage.BUILD, stages.build_inputs(settings, space, out))


def _booted(settings: Settings, space: Workspace, mode: Mode) -> Found:
    if not settings.scenarios:
        return State.NONE, ("there are no scenarios",)
    found = stages.changes(space, Stage.BOOT, stages.boot_inputs(settings, space, mode))
    wrong = stages.failed(space)
    return (State.FAILED, wrong) if found[0] is State.CURRENT and wrong else found
