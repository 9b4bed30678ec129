# SPDX-License-Identifier: MIT
"""Measure a split: the one table that every percentage comes from."""

from __future__ import annotations

from pathlib import Path

from tcbsplit.model.lines import count_code_lines, language_of
from tcbsplit.model.manifest import NAME
from tcbsplit.model.phase import Classification
from tcbsplit.model.resident import Resident
from tcbsplit.model.result import BuildResult, LocTable
from tcbsplit.model.size import Interval
from tcbsplit.model.split import Split
from tcbsplit.model.vocabulary import BuildName
from tcbsplit.phases.bounds import bounds, rebased
from tcbsplit.phases.measure import Scale
from tcbsplit.pipeline.components import component_of
from tcbsplit.pipeline.extraction import DIRECTLY, Extraction
from tcbsplit.pipeline.saved import Analysed, request_of
from tcbsplit.pipeline.split import reread
from tcbsplit.pipeline.workspace import Progress, load, quiet, saved
from tcbsplit.report.loc import loc_table
from tcbsplit.report.resident import resident
from tcbsplit.split.write.guest import FAULT
from tcbsplit.validate.evidence.erased import erased_code, unnamed_constants


def sizes(
    analysed: Analysed, out: Path, progress: Progress = quiet, how: Extraction = DIRECTLY
) -> LocTable:
    """Return the line table of the trees in ``out``; without bytes if nothing was built."""
    return measured(analysed, out, progress, how)[0]


def measured(
    analysed: Analysed, out: Path, progress: Progress = quiet, how: Extraction = DIRECTLY
) -> tuple[LocTable, Resident]:
    """Return the line table of the trees in ``out``, and what is resident beside the target."""
    settings, space = analysed.settings, analysed.space
    thin, guest = reread(out, progress, how)
    builds = load(space.builds, list[BuildResult]) if saved(space.builds) else []
    images = {b.name: b.image for b in builds}
    plan = load(space.plan, Split).plan
    glue = settings.split.glue.folder if settings.split else "tcbsplit"
    built = images.get(BuildName.THIN)
    erased = erased_code(Path(built.path)) if built else (0, 0)
    unnamed = unnamed_constants(Path(built.path)) if built else 0
    component = component_of(settings)
    beside = resident(
        analysed.program, thin, plan.retired, component, glue, images, erased, unnamed
    )
    table = loc_table(
        analysed.program,
        thin,
        guest,
        load(space.classes, Classification),
        component_of=component,
        glue_folder=glue,
        guest_runtime=_runtime_lines(load(space.plan, Split)),
        images=images,
    )
    return table, beside


def sizes_if_split(analysed: Analysed, out: Path, how: Extraction = DIRECTLY) -> LocTable | None:
    """Return the line table of the trees in ``out``; None if no split is there."""
    there = analysed.space.plan.is_file() and (out / NAME).is_file()
    return sizes(analysed, out, how=how) if there else None


def interval(analysed: Analysed, table: LocTable | None, scale: Scale) -> Interval:
    """Return the reduction for certain edges and for all, on the base of the line table."""
    found = bounds(analysed.graph, analysed.directory, request_of(analysed.settings), scale)
    return rebased(found, analysed.program, table)


def _runtime_lines(split: Split) -> dict[str, int]:
    """Return the code lines of the guest's own C and assembly files."""
    return {
        f.path: len(count_code_lines(f.content.decode("utf-8", "replace")))
        for f in split.plan.guest_files
        if language_of(f.path) == "c" and not f.path.endswith((FAULT, ".lds"))
    }
