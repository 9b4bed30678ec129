# SPDX-License-Identifier: MIT
"""Collect all results in report.html, REPORT.md and report.json."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from tcbsplit import __version__, artifacts, process
from tcbsplit.config.settings import Settings
from tcbsplit.errors import TcbsplitError
from tcbsplit.model.phase import WrittenCut
from tcbsplit.model.report import REPORT_VERSION, Report
from tcbsplit.model.result import BootResult, BuildResult
from tcbsplit.model.split import Split, Stub
from tcbsplit.model.table import FOLDER, PICTURES
from tcbsplit.model.vocabulary import Stage
from tcbsplit.pipeline.check import check
from tcbsplit.pipeline.contents import contents
from tcbsplit.pipeline.extraction import DIRECTLY, Extraction
from tcbsplit.pipeline.holding import alone
from tcbsplit.pipeline.machine_code import machine_code
from tcbsplit.pipeline.saved import Analysed
from tcbsplit.pipeline.sizes import interval, measured
from tcbsplit.pipeline.stages import remember, report_inputs
from tcbsplit.pipeline.workspace import Progress, Workspace, encoded, load, quiet, saved
from tcbsplit.report.exports import exports
from tcbsplit.report.exports.png import pictures
from tcbsplit.report.html.page import html
from tcbsplit.report.markdown import markdown
from tcbsplit.report.portable import portable
from tcbsplit.validate.conversation.record import AGAIN

RECORD = "report.json"  # of the folder of the trees: all that a report says
_GIT_TIMEOUT = 60.0  # seconds


@alone
def report(
    settings: Settings,
    space: Workspace,
    out: Path,
    progress: Progress = quiet,
    how: Extraction = DIRECTLY,
    baseline: Path | None = None,
) -> tuple[Report, Path]:
    """Collect the results of all stages, write them in three formats; return (data, REPORT.md).

    Omit builds and boots that have not run. What grew is told against the lock file ``baseline``.
    """
    analysed = Analysed.of(settings, space)
    graph = analysed.graph
    split = load(space.plan, Split)
    table, beside = measured(analysed, out, progress, how)
    builds = load(space.builds, list[BuildResult]) if saved(space.builds) else []
    boots = load(space.verdicts, list[BootResult]) if saved(space.verdicts) else []
    result = Report(
        version=REPORT_VERSION,
        name=settings.name,
        table=table,
        cuts=tuple(map(_written, split.stubs)),
        entries=split.plan.entries,
        boots=tuple(map(_repeatable, boots)),
        unresolved=graph.unresolved,
        degraded=analysed.program.degraded,
        collisions=analysed.program.collisions,
        bounds=interval(analysed, table, analysed.scale(None)),
        agreed=None if baseline is None else check(settings, space, baseline, False, ""),
        assumed=graph.assumed_calls,
        resident=beside,
        machine=tuple(machine_code(space).values()),
        inputs=(
            f"tcbsplit {__version__}, Python {platform.python_version()}",
            f"configuration {settings.path.name}",
            *_revision(settings.source),
            *(f"image {b.name}: SHA-256 {b.image.digest}" for b in builds),
        ),
    )
    places = {space.folder: "", out: "split", settings.source: "", settings.path.parent: ""}
    result = portable(result, places)
    target = out / "REPORT.md"
    artifacts.write_atomically(target, markdown(result).encode())
    record = out / RECORD
    artifacts.write_atomically(record, encoded(record, result))
    shown = contents(analysed, result, split, builds, boots)
    artifacts.write_atomically(out / "report.html", html(shown).encode())
    _export(out / FOLDER, exports(shown))
    remember(space, Stage.REPORT, report_inputs(settings, space, out), target, record)
    return result, target


def _export(folder: Path, texts: Mapping[str, str]) -> None:
    """Write tables and pictures; pictures that cannot be drawn now are not left from before."""
    for name, text in texts.items():
        artifacts.write_atomically(folder / name, text.encode())
    drawn = pictures(texts)
    for name in PICTURES.values():
        if name in drawn:
            artifacts.write_atomically(folder / name, drawn[name])
        else:
            (folder / name).unlink(missing_ok=True)


def _written(stub: Stub) -> WrittenCut:
    sites = tuple(f"{e.file}:{e.line}" for e in stub.sites)
    return WrittenCut.of(stub.cut, callee=stub.callee, sites=sites, expression="")


def _repeatable(boot: BootResult) -> BootResult:
    """Return a boot with the script that repeats it, if it has left one."""
    script = Path(boot.log).with_name(AGAIN) if boot.log else None
    return msgspec.structs.replace(boot, again=str(script) if script and script.is_file() else "")


def _revision(source: Path) -> Iterator[str]:
    """Yield the last commit of the source tree, if git has it."""
    try:
        commit = process.run(
            ["git", "log", "-1", "--format=%h of %cs", "--abbrev=12", "--", "."],
            cwd=source, timeout=_GIT_TIMEOUT,
        ).output.strip()  # fmt: skip
        changed = process.run(
            ["git", "status", "--porcelain", "--untracked-files=no", "--", "."],
            cwd=source, timeout=_GIT_TIMEOUT,
        ).output.strip()  # fmt: skip
    except TcbsplitError:
        return
    if commit:
        yield f"source: commit {commit}{', and changes' if changed else ''}"
