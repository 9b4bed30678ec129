# SPDX-License-Identifier: MIT
"""Gather all that the page and the tables of a report show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tcbsplit import elffile
from tcbsplit.errors import BuildError
from tcbsplit.files import read_file
from tcbsplit.model.access import users_of_variables
from tcbsplit.model.page import Console, MemoryMap, Region
from tcbsplit.model.phase import Classification
from tcbsplit.model.report import Report
from tcbsplit.model.result import BootResult, BuildResult
from tcbsplit.model.retire import SectionKind
from tcbsplit.model.split import Split
from tcbsplit.model.trace import Audit
from tcbsplit.model.vocabulary import BuildName, SymbolId
from tcbsplit.phases.explain import dominators
from tcbsplit.phases.prices import borders, cut_prices
from tcbsplit.pipeline.components import component_of
from tcbsplit.pipeline.saved import Analysed
from tcbsplit.pipeline.workspace import load, saved
from tcbsplit.report.contents import Contents
from tcbsplit.report.html.data import Material, page_data

_CONSOLE = 60_000  # characters kept of a console; of a longer one its ends


def contents(
    analysed: Analysed,
    report: Report,
    split: Split,
    builds: Sequence[BuildResult],
    boots: Sequence[BootResult],
) -> Contents:
    """Return it; ``boots`` are those of ``report`` with their places on this machine."""
    settings, space = analysed.settings, analysed.space
    program, graph, request = analysed.program, analysed.graph, analysed.request()
    classes, scale = load(space.classes, Classification), analysed.scale(None)
    component = component_of(settings)

    def component_of_function(function: SymbolId) -> str:
        fact = program.functions.get(function)
        return component(fact.extent.file) if fact else "top"

    audit = load(space.audit, Audit) if saved(space.audit) else None
    images = {b.name: b.image for b in builds}
    material = Material(
        program=program,
        graph=graph,
        classes=classes,
        split=split,
        component_of=component,
        dominators=dominators(graph, classes),
        users=users_of_variables(program, graph, through_pointers=True),
        image=images.get(BuildName.ORIGINAL),
        audit=audit,
        lines=lambda path: _lines(settings.source / path),
    )
    return Contents(
        report=report,
        page=page_data(material),
        split=split,
        audit=audit,
        borders=borders(graph, request, scale, component_of_function),
        prices=cut_prices(graph, request, classes.cut_edges, scale),
        maps=tuple(_maps(builds)),
        consoles={
            shown.log: _console(boot) for shown, boot in zip(report.boots, boots, strict=True)
        },
    )


def _lines(path: Path) -> list[str]:
    """Return the lines of a source as far as it is there: the page shows less without it."""
    try:
        return read_file(path).decode("utf-8", "replace").split("\n")
    except OSError:
        return []


def _maps(builds: Iterable[BuildResult]) -> Iterable[MemoryMap]:
    """Yield the maps of the images that are still there."""
    for build in builds:
        try:
            sections = elffile.loaded_sections(Path(build.image.path))
        except BuildError:
            continue
        yield MemoryMap(build=build.name, regions=tuple(_region(s) for s in sections))


def _console(boot: BootResult) -> Console:
    log = Path(boot.log)
    try:
        text = read_file(log).decode("utf-8", "replace") if boot.log else ""
    except OSError:
        text = ""
    left_out = len(text) - _CONSOLE
    if left_out > 0:
        half = _CONSOLE // 2
        text = f"{text[:half]}\n… {left_out} characters left out: see the log …\n{text[-half:]}"
    return Console(name=log.parent.name, text=text, left_out=max(0, left_out))


def _region(section: elffile.LoadedSection) -> Region:
    retired = section.name in {kind.section for kind in SectionKind}
    return Region(**section._asdict(), retired=retired)
