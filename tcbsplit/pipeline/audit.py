# SPDX-License-Identifier: MIT
"""Compare traces, or machine code, with the saved analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from tcbsplit.config.select import glob
from tcbsplit.config.settings import Settings
from tcbsplit.errors import BrokenContract, SourceError, UnknownNameError, near
from tcbsplit.frontend.cache import Cache, default_path
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.machine import Findings
from tcbsplit.model.manifest import Manifest
from tcbsplit.model.program import Program
from tcbsplit.model.trace import Audit, Trace
from tcbsplit.model.vocabulary import (
    BootedBuild,
    BuildName,
    DefinitionKind,
    Phase,
    Side,
    SymbolId,
    bare_name,
)
from tcbsplit.pipeline import machine_code
from tcbsplit.pipeline.build import hold_builds
from tcbsplit.pipeline.holding import alone
from tcbsplit.pipeline.saved import directory_of, load_analysis, load_builds, request_of
from tcbsplit.pipeline.trace import saved_traces
from tcbsplit.pipeline.workspace import Workspace, load, save, saved
from tcbsplit.split.write.manifest import commands_in, read_manifest
from tcbsplit.validate.build.image import read_image
from tcbsplit.validate.evidence.audit import Expected, Names
from tcbsplit.validate.evidence.audit import audit as audit_traces
from tcbsplit.validate.evidence.erased import erased_code
from tcbsplit.validate.evidence.symbols import Image, read_code
from tcbsplit.validate.evidence.watching import phase_names


@alone
def audit(settings: Settings, space: Workspace, out: Path, traces: Sequence[Trace] = ()) -> Audit:
    """Compare traces (by default all saved ones) with the analysis."""
    found = list(traces) or saved_traces(space)
    if not any(Phase.RUNTIME in t.reached for t in found):
        raise BrokenContract("no boot reached the phase runtime: nothing was audited")
    _check_phases(settings, found)
    program, graph, classes = load_analysis(space)
    names = Names(program)
    moved, stubs = frozenset[SymbolId](), frozenset[SymbolId]()
    generated, glue = frozenset[str](), frozenset[str]()
    if any(t.build == BootedBuild.SPLIT for t in found):
        made = read_manifest(out)
        moved = frozenset(
            d.id
            for d in made.definitions
            if d.kind is DefinitionKind.FUNCTION and d.where == (Side.GUEST,)
        )
        stubs = frozenset(c.callee for c in made.cuts if c.stub == bare_name(c.callee))
        thin = {o.removeprefix("thin/") for o in made.outputs if o.startswith("thin/")}
        ours = frozenset(thin - made.inputs.keys())
        generated = frozenset(PurePosixPath(o).name for o in ours)
        glue = _functions_of(made, out / "thin", ours)
    images: dict[str, Image] = {}
    for t in found:
        if read_image(Path(t.image)).digest != t.digest:
            raise SourceError(f"{t.image}: is not what {t.scenario} was traced with; trace again")
        codes = read_code(Path(t.image), names.knows)
        split = t.build == BootedBuild.SPLIT
        erased = erased_code(Path(t.image))
        images[t.build] = (
            Image(codes, generated, glue, stubs, erased) if split else Image(codes, erased=erased)
        )
    _check_excuses(settings, names, images)
    excuses = {e.name: e.reason for e in settings.audit.excuse}
    result = audit_traces(found, Expected(program, graph, classes, moved, excuses), images)
    save(space.audit, result)
    return result


def _check_phases(settings: Settings, traces: Sequence[Trace]) -> None:
    """Raise ``SourceError`` if a trace is not of the configured scenario's phases."""
    for t in traces:
        scenario = settings.scenarios.get(t.scenario)
        wanted = tuple(phase_names(scenario)) if scenario is not None else ()
        if t.phases != wanted:
            raise SourceError(
                f"trace of {t.scenario} ({t.build}): has the phases {', '.join(t.phases)}; "
                f"in the configuration they are: {', '.join(wanted) or 'none'}; trace again"
            )


@alone
def audit_machine(
    settings: Settings, space: Workspace, images: Sequence[Path] = ()
) -> dict[str, Findings]:
    """Compare machine code with the analysis: ``images``, or everything built and analysed.

    Raise ``SourceError`` if there is nothing to compare.
    """
    if images:
        directory = directory_of(settings, load(space.program, Program))
        return machine_code.hold(
            space, directory, request_of(settings), {str(p): p for p in images}
        )
    builds = load_builds(space) if saved(space.builds) else []
    hold_builds(settings, space, [b for b in builds if b.name != BuildName.ORIGINAL])
    found = machine_code.machine_code(space)
    if not any(f.branches for f in found.values()):
        raise SourceError(
            f"{space.folder}: the analysis found no objects and no linked image, and nothing was "
            "built: build the tree and analyze again, or give --image ELF"
        )
    return found


def _functions_of(made: Manifest, tree: Path, files: frozenset[str]) -> frozenset[str]:
    """Return the global functions defined by ``files`` of the thin tree."""
    root = tree.resolve()
    commands = commands_in(made.commands[Side.THIN], root)
    # The files are separate units, or included by an existing file.
    units = [c for c in commands if c.file in files] or commands
    with Cache(default_path()) as cache:
        program = read_program(units, root, made.image, cache=cache)
    return frozenset(
        f.name for f in program.functions.values() if not f.static and f.extent.file in files
    )


def _check_excuses(settings: Settings, names: Names, images: Mapping[str, Image]) -> None:
    """Raise ``UnknownNameError`` if an excuse matches no code, once every build has an image."""
    builds = {b for s in settings.scenarios.values() if s.boundaries for b in s.builds}
    if builds - images.keys():
        return
    symbols = {
        n.name
        for image in images.values()
        for code in image.codes
        if code.label or not names.of(code.names)
        for n in code.names
    }
    idle = [
        f"{settings.path}: audit.excuse {e.name}: no code of {' or '.join(images)} that the "
        f"analysis does not know has such a name{near(e.name, symbols)}"
        for e in settings.audit.excuse
        if not any(map(glob(e.name), symbols))
    ]
    if idle:
        raise UnknownNameError("\n".join(idle))
