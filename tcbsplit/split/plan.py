# SPDX-License-Identifier: MIT
"""Plans a split step by step: every edit and generated file, before a byte is written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from tcbsplit.config.least import no_split
from tcbsplit.config.select import Symbols
from tcbsplit.config.settings import Settings, SplitSettings
from tcbsplit.errors import ConfigError
from tcbsplit.model.access import DataAccess
from tcbsplit.model.edit import EXCISED, Emission
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.layout import Layout
from tcbsplit.model.parts import Part
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.model.retire import Boundary, Retirement
from tcbsplit.model.split import Placement, Sides, Split, SplitPlan, Stub
from tcbsplit.model.unit import FunctionFact
from tcbsplit.model.vocabulary import DefinitionKind, Side, SymbolId
from tcbsplit.split.decide.archived import archived
from tcbsplit.split.decide.blob import layout_hash
from tcbsplit.split.decide.boundary import hand_over
from tcbsplit.split.decide.entries import entry_calls, provided_ids
from tcbsplit.split.decide.images import elsewhere
from tcbsplit.split.decide.placement import conflict_error, decide_sides, unreached
from tcbsplit.split.decide.pulled import pulled
from tcbsplit.split.decide.retired import retire
from tcbsplit.split.edit.sourcefile import Sources
from tcbsplit.split.edit.stubs import stubs_for
from tcbsplit.split.edit.written import written
from tcbsplit.split.prove.needs import needs, needs_skeleton
from tcbsplit.split.prove.readable import check_read
from tcbsplit.split.write.guest import guest_edits, guest_files, guest_sources, guest_units
from tcbsplit.split.write.handoff import entries_c, shared_files
from tcbsplit.split.write.templates import adapter_texts
from tcbsplit.split.write.thin import thin_edits, thin_files


def no_layouts(_: Collection[SymbolId]) -> Mapping[SymbolId, Layout]:
    """Return no layouts: what pointers point to is not known."""
    return {}


def plan_split(
    program: Program,
    graph: ReferenceGraph,
    classes: Classification,
    settings: Settings,
    designated: frozenset[SymbolId],
    data: DataAccess,
    used: frozenset[SymbolId] = frozenset(),
    others: Program | None = None,
    emission: Emission = EXCISED,
    layouts: Callable[[Collection[SymbolId]], Mapping[SymbolId, Layout]] = no_layouts,
    boundary: Boundary | None = None,
    parts: Sequence[Part] = (),
) -> Split:
    """Plan the split of ``program`` as ``settings.split`` asks. Writes nothing.

    ``designated`` functions move, the guest's adapter calls those ``used``, ``others`` are units of
    other images; ``data`` says what is done through pointers, ``layouts`` reads the layouts of
    variables and pointees, ``boundary`` says what lasts, ``parts`` what linkers joined. Raises
    ``ConfigError``, ``ConflictError`` and ``HandoffError``.
    """
    split = _ready(program, classes, settings, designated)
    sources = Sources(Path(program.root))
    definitions = Symbols({d.id: d for d in program.definitions})
    needed = definitions.all_ids(split.guest.entries) | used
    provided = provided_ids(program, definitions, split.guest.provides, designated, classes)
    unwanted = unreached(program, classes, others) if emission.drop_unreached else frozenset()
    stays = definitions.all_ids(split.glue.uses)
    sides = decide_sides(program, graph, classes, designated, needed, provided, unwanted, stays)
    stubs = _stubs(program, classes, settings, sides, others)
    calls = entry_calls(program, settings, split.guest.entries, stubs)
    adapters = adapter_texts(split.guest)
    code = b"\n".join(adapters.values())
    handed = hand_over(program, graph, classes, sides, settings.handoff, calls, layouts, data, code)
    shared = shared_files(handed)
    missing = needs(program, graph, sides, needed, code)
    skeleton = needs_skeleton(missing)
    retired = _retired(program, graph, classes, sources, boundary, data, sides, stubs)
    units = guest_units(program, sides)
    generated = shared | {"entries.c": entries_c(calls, handed.returns, handed.inputs)} | adapters
    references = archived(program, graph, sides, parts, pulled(program, graph, sides, stubs))
    plan = SplitPlan(
        thin_edits=thin_edits(
            program, sources, sides, stubs, handed, split, others, references, retired
        ),
        guest_edits=guest_edits(program, sources, sides, units, handed, calls),
        thin_files=thin_files(split, shared, handed, stubs, emission.style),
        guest_files=guest_files(program, units, split.guest, generated, skeleton, emission.style),
        guest_sources=guest_sources(program, units),
        entries=handed.entries,
        given=handed.given,
        inputs=handed.inputs,
        unknown=handed.unknown,
        again=handed.again,
        placements=tuple(_placements(program, sources, classes, sides)),
        layout_hash=layout_hash(handed.entries),
        emission=emission,
        retired=retired,
    )
    return Split(plan=plan, sides=sides, stubs=stubs, needs=missing)


def _ready(
    program: Program, classes: Classification, settings: Settings, designated: frozenset[SymbolId]
) -> SplitSettings:
    """Return the section split; raise if it is not there, or what moves cannot be moved."""
    if settings.split is None:
        raise ConfigError(no_split(settings))
    if classes.conflicts:
        raise conflict_error(classes.conflicts)
    check_read(program, designated)
    return settings.split


def _stubs(
    program: Program,
    classes: Classification,
    settings: Settings,
    sides: Sides,
    others: Program | None,
) -> tuple[Stub, ...]:
    """Return the stubs for this image and for other images that link the same sources."""
    more = elsewhere(program, others, sides.moved, settings.cuts)
    stays = sides.thin | {c.edge.caller for c in more}
    return stubs_for(program, (*classes.cut_edges, *more), sides.moved, stays, settings.cuts)


def _retired(
    program: Program,
    graph: ReferenceGraph,
    classes: Classification,
    sources: Sources,
    boundary: Boundary | None,
    data: DataAccess,
    sides: Sides,
    stubs: Collection[Stub],
) -> Retirement | None:
    """Return what is erased beyond the boundary, if the split erases."""
    if boundary is None:
        return None
    own = written(program, sources, boundary)
    return retire(program, graph, classes, boundary, data, sides, stubs, own)


def _placements(
    program: Program, sources: Sources, classes: Classification, sides: Sides
) -> Iterator[Placement]:
    for definition in program.definitions:
        identity, extent = definition.id, definition.extent
        function = isinstance(definition, FunctionFact)
        content = sources.text(extent)
        yield Placement(
            id=identity,
            kind=DefinitionKind.FUNCTION if function else DefinitionKind.VARIABLE,
            file=extent.file,
            line=extent.line,
            start=extent.start,
            end=extent.end,
            sha256=hashlib.sha256(content).hexdigest(),
            klass=classes.of(identity) if function else None,
            inline=isinstance(definition, FunctionFact) and definition.inline,
            where=tuple(s for s in Side if identity in sides.of(s)),
        )
