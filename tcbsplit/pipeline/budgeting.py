"""check, diff, matrix: the TCB against its lock, another analysis, other configurations."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from tcbsplit import artifacts, process
from tcbsplit.config.settings import Settings
from tcbsplit.errors import ConfigError
from tcbsplit.model.machine import Findings
from tcbsplit.model.phase import Classification
from tcbsplit.phases import budget
from tcbsplit.phases.bounds import Interval
from tcbsplit.phases.bounds import bounds as interval
from tcbsplit.phases.diff import Difference, difference
from tcbsplit.phases.matrix import Matrix
from tcbsplit.phases.matrix import matrix as joined
from tcbsplit.pipeline.advice import Analysed
from tcbsplit.pipeline.analysis import request_of
from tcbsplit.pipeline.capturing import capture
from tcbsplit.pipeline.components import component_of
from tcbsplit.pipeline.current import analyze
from tcbsplit.pipeline.extraction import Extraction
from tcbsplit.pipeline.workspace import Progress, Workspace, load, quiet, save
from tcbsplit.report import contradiction
from tcbsplit.report.findings import Finding

RULES = {
    "tcb-growth": "no function enters the run-time TCB without being agreed",
    "tcb-slack": "what has left the run-time TCB has left the lock",
    "tcb-size": "components have the size that was agreed",
    "tcb-declared": "entry points and cuts are those that were agreed",
    "machine-code": "machine code has nothing that the graph or a class denies",
}


def check(
    settings: Settings, space: Workspace, baseline: Path, update: bool, reason: str
) -> budget.Verdict:
    """Compare a saved analysis with the lock; with ``update``, agree to what it says now."""
    analysed = Analysed.of(settings, space)
    classes = load(space.classes, Classification)
    scale = analysed.scale(None)
    lock = _read(baseline, update)
    now = budget.lock_of(
        settings.name,
        classes,
        scale,
        {i: f.extent.file for i, f in analysed.program.functions.items()},
        component_of(settings),
        tuple(map(str, (*settings.roots.boot, *settings.roots.runtime, *settings.launch))),
        lock.raises if lock else (),
    )
    if lock is None:
        verdict = budget.compare(now, now, classes, scale)
    else:
        verdict = budget.compare(lock, now, classes, scale)
    if update:
        if lock is not None and verdict.larger:
            if not reason.strip():
                raise ConfigError(
                    f"{baseline}: the TCB grew; to agree to that say why: --update --reason TEXT"
                )
            now = msgspec.structs.replace(now, raises=(*now.raises, reason.strip()))
        artifacts.write_atomically(baseline, budget.write(now).encode())
    return verdict


def findings(verdict: budget.Verdict, machine: Mapping[str, Findings]) -> tuple[Finding, ...]:
    """The verdict as findings, growth grouped by the edge that caused it; and contradictions."""
    grown: dict[object, list[budget.Growth]] = {}
    for growth in verdict.grown:
        grown.setdefault(growth.edge, []).append(growth)
    found = []
    for group in grown.values():
        edge, way = group[0].edge, group[0].chain
        names = ", ".join(g.function for g in group[:5])
        more = f" and {len(group) - 5} more" if len(group) > 5 else ""
        lines = sum(g.lines for g in group)
        by = f"{edge.caller} -> {edge.callee}" if edge else "a new root"
        found.append(
            Finding(
                rule="tcb-growth",
                message=f"{by} brings in {names}{more} ({lines} lines); {' -> '.join(way.ids)}",
                file=edge.file if edge else "",
                line=edge.line if edge else 0,
                steps=tuple((e.file, e.line, f"{e.caller} -> {e.callee}") for e in way.edges),
            )
        )
    found += [Finding(rule="tcb-slack", message=f"{i} is not there any more") for i in verdict.gone]
    found += [Finding(rule="tcb-size", message=c) for c in verdict.components]
    found += [Finding(rule="tcb-declared", message=c) for c in verdict.changed]
    found += [
        Finding(rule="machine-code", message=contradiction(c), file=c.file, line=c.line)
        for held in machine.values()
        for c in held.contradictions
    ]
    return tuple(found)


def bounds(settings: Settings, space: Workspace, image: Path | None = None) -> Interval:
    """The reduction with certain edges only, and with all."""
    analysed = Analysed.of(settings, space)
    scale = analysed.scale(image)
    return interval(analysed.graph, analysed.directory, request_of(settings), scale)


def matrix(
    settings: Settings,
    space: Workspace,
    databases: Mapping[str, Path],
    how: Extraction,
    progress: Progress = quiet,
) -> Matrix:
    """Analyse a source with several compile databases; each variant has a folder of its own."""
    found = {}
    for name, database in databases.items():
        variant = Workspace(space.folder / "variants" / name)
        own = msgspec.structs.replace(settings, compdb=database.resolve())
        analyze(own, variant, progress, how)
        found[name] = load(variant.classes, Classification)
    result = joined(found)
    save(space.folder / "matrix.json", result)
    return result


def diff(before: Path, after: Path) -> Difference:
    """Compare two folders of artifacts."""
    return difference(
        load(Workspace(before).classes, Classification),
        load(Workspace(after).classes, Classification),
    )


def diff_revisions(
    settings: Settings, revisions: tuple[str, str], build: Sequence[str], how: Extraction
) -> Difference:
    """Check out two revisions of the source tree, capture the same build in each, compare."""
    with tempfile.TemporaryDirectory(prefix="tcbsplit-diff-") as scratch:
        folders = []
        for number, revision in enumerate(revisions):
            folder = Path(scratch) / str(number)
            tree = folder / "source"
            tree.mkdir(parents=True)
            archive = folder / "source.tar"
            _git(settings.source, "archive", "--output", str(archive), revision, ".")
            process.run(["tar", "-xf", str(archive)], cwd=tree, timeout=600)
            space = Workspace(folder / "artifacts")
            capture(build, tree, space.compdb, folder / "capture.log")
            analyze(msgspec.structs.replace(settings, source=tree, compdb=None), space, how=how)
            folders.append(space.folder)
        return diff(*folders)


def _git(tree: Path, *arguments: str) -> None:
    process.run(["git", *arguments], cwd=tree, timeout=600)


def _read(baseline: Path, update: bool) -> budget.Lock | None:
    try:
        return budget.read(baseline.read_text(encoding="utf-8"), str(baseline))
    except FileNotFoundError:
        if update:
            return None
        raise ConfigError(
            f"{baseline}: no lock file yet; make it with: tcbsplit check CONFIG --update"
        ) from None
