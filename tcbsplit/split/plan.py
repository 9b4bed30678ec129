"""Classes and settings -> the plan: every edit and generated file, before a byte is written."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from tcbsplit.config.select import Symbols
from tcbsplit.config.settings import Settings, SplitSettings
from tcbsplit.errors import ConfigError, SourceError
from tcbsplit.model.edit import EXCISED, Edit, Emission, NewFile
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.handoff import HandoffEntry
from tcbsplit.model.layout import Layout
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program, Unit
from tcbsplit.model.split import Placement, Sides, Split, SplitPlan, Stub
from tcbsplit.model.vocabulary import SymbolId
from tcbsplit.split.decide import boundary
from tcbsplit.split.decide.blob import layout_hash
from tcbsplit.split.decide.boundary import Handoff
from tcbsplit.split.decide.images import elsewhere
from tcbsplit.split.decide.placement import conflict_error, place
from tcbsplit.split.edit.apply import merge_removals
from tcbsplit.split.edit.excise import Sources, excise
from tcbsplit.split.edit.guard import GUEST
from tcbsplit.split.edit.stubs import stub_edits, stubs_for
from tcbsplit.split.prove.needs import needs, skeleton
from tcbsplit.split.write import guest, handoff, thin

EMPTIED = b"/* tcbsplit: all that this file defined moved to the preprocessing guest. */\n"


def no_layouts(_: Collection[SymbolId]) -> Mapping[SymbolId, Layout]:
    """Return no layouts: nobody can say what pointers point to."""
    return {}


def plan_split(
    program: Program,
    graph: ReferenceGraph,
    classes: Classification,
    settings: Settings,
    designated: frozenset[str],
    used: frozenset[str] = frozenset(),
    others: Program | None = None,
    emission: Emission = EXCISED,
    layouts: Callable[[Collection[SymbolId]], Mapping[SymbolId, Layout]] = no_layouts,
) -> Split:
    """Plan the split of ``program`` as ``settings.split`` asks. Writes nothing.

    ``designated`` are the ids of the functions that the settings move, ``used`` of those that the
    guest's adapter calls, ``others`` the units of the tree that are not of this image;
    ``layouts`` reads the layouts of variables together with those of what they point to.

    Raises ``ConfigError`` when the configuration has no split section, and what ``place`` and
    ``handoff`` raise.
    """
    split = settings.split
    if split is None:
        raise ConfigError(f"{settings.path}: no section split: say where the glue joins the build")
    if classes.conflicts:
        raise conflict_error(classes.conflicts)
    sources = Sources(Path(program.root))
    definitions = Symbols({**program.functions, **program.variables})
    needed = definitions.all_ids(split.guest.entries) | used
    provided = _provided(program, definitions, split.guest.provides, designated, classes)
    sides = place(
        program,
        graph,
        classes,
        designated,
        needed,
        provided,
        _unreached(program, classes, others) if emission.drop_unreached else frozenset(),
    )
    stubs = stubs_for(classes.cut_edges, sides.moved, sides.thin)
    more = elsewhere(program, others, sides.moved, settings.cuts)
    stubs += stubs_for(more, sides.moved, frozenset(c.edge.caller for c in more))
    calls, returns = _calls(program, settings, split, stubs)
    crossing = boundary.crossings(program, graph, sides, settings.handoff)
    deep = [c.variable for c in crossing if not program.variables[c.variable].layout.plain]
    handed = boundary.handoff(program, crossing, settings.handoff, layouts(deep))
    variables = handed.entries
    sizes = {c: program.long_size(program.functions[c]) for c in returns}
    values = handoff.return_entries(sizes, len(variables))
    entries = (*variables, *values)
    symbols = {callee: e.symbol for callee, e in zip(returns, values, strict=True)}
    digest = layout_hash(entries)
    shared = handoff.table_files(entries, digest) | {"returns.c": handoff.returns_c(values)}
    units = guest.guest_units(program, sides)
    adapter = _adapter(split.guest.adapter_path)
    parts = [_adapter(path) for path in split.guest.image_paths.values()]
    missing = needs(program, graph, sides, needed, b"\n".join((adapter, *parts)))
    generated = shared | {
        "entries.c": handoff.entries_c([(_name(program, c), symbols.get(c, "")) for c in calls])
    }
    return Split(
        plan=SplitPlan(
            thin_edits=_thin_edits(program, sources, sides, stubs, symbols, handed, split, others),
            guest_edits=_guest_edits(program, sources, sides, units, handed),
            thin_files=tuple(
                thin.glue_files(
                    split.glue,
                    shared,
                    _adapter(split.glue.adapter_path),
                    _any(entries, stubs),
                    guard=emission.style == "guard",
                )
            ),
            guest_files=(
                *guest.runtime_files(split.guest),
                *(NewFile(path=f"guest/tcbsplit/{n}", content=c) for n, c in generated.items()),
                NewFile(path="guest/tcbsplit/adapter.c", content=adapter),
                *(
                    NewFile(path=f"guest/tcbsplit/image_{n}.c", content=_adapter(path))
                    for n, path in split.guest.image_paths.items()
                ),
                *([NewFile(path="guest/needs.c", content=skeleton(missing))] if missing else ()),
                NewFile(
                    path="guest/Makefile",
                    content=guest.makefile(
                        program,
                        units,
                        split.guest,
                        [f"-D{GUEST}"] if emission.style == "guard" else [],
                    ),
                ),
            ),
            guest_sources=guest.guest_sources(program, units),
            entries=entries,
            placements=_placements(program, sources, classes, sides),
            layout_hash=digest,
            emission=emission,
        ),
        sides=sides,
        stubs=tuple(stubs),
        needs=missing,
    )


def _unreached(program: Program, classes: Classification, others: Program | None) -> frozenset[str]:
    """Functions that no phase reaches, and that no other image of the tree mentions."""
    mentioned = {r.target for r in others.references} if others is not None else set()
    return frozenset(
        i for i in program.functions if classes.of(i) == "unreached" and i not in mentioned
    )


def _any(entries: Sequence[HandoffEntry], stubs: Sequence[Stub]) -> bool:
    """Whether tcbsplit's handoff has anything to do."""
    return bool(entries) or any(s.cut.policy == "handoff" for s in stubs)


def _provided(
    program: Program,
    definitions: Symbols,
    patterns: tuple[str, ...],
    designated: frozenset[str],
    classes: Classification,
) -> frozenset[SymbolId]:
    """Return the ids of what the environment defines, as ``patterns`` say.

    A file that holds code that moves is needed as it is: no pattern for files means it.
    """
    moving = {
        f.extent.file
        for f in program.functions.values()
        if f.id in designated or classes.of(f.id) == "preprocess"
    }
    named = {i for pattern in patterns for i in definitions.named(pattern)}
    return frozenset(
        d.id
        for i in definitions.all_ids(patterns)
        for d in (program.functions.get(i) or program.variables[i],)
        if not d.static  # nobody else can define it
        if d.extent.file not in moving or i in named
    )


def _name(program: Program, callee: str) -> str:
    return program.functions[callee].name


def _adapter(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path}: the adapter cannot be read: {error.strerror}") from None


def _calls(
    program: Program, settings: Settings, split: SplitSettings, stubs: list[Stub]
) -> tuple[list[str], list[str]]:
    """(functions the guest calls in order, those whose return value is handed over)."""
    by_name = {f.name: i for i, f in program.functions.items()}
    problems = []
    calls = []
    for name in split.guest.entries:
        identity = str(name) if name in program.functions else by_name.get(name, "")
        function = program.functions.get(identity)
        if function is None:
            problems.append(f"split.guest.entries: no function {name}")
        elif function.parameters or function.static:
            problems.append(f"split.guest.entries: {name} must be external and take no parameters")
        elif function.result_kind not in ("void", "integer"):
            problems.append(f"split.guest.entries: {name} must return an integer or nothing")
        else:
            calls.append(identity)
    for stub in stubs:
        if stub.cut.policy == "handoff" and stub.callee not in calls:
            problems.append(
                f"{stub.cut.where}: policy handoff, but {stub.callee} is not among "
                "split.guest.entries: the guest would never run it"
            )
    if problems:
        raise ConfigError("\n".join(f"{settings.path}: {p}" for p in problems))
    return calls, [c for c in calls if program.functions[c].result_kind == "integer"]


def _thin_edits(
    program: Program,
    sources: Sources,
    sides: Sides,
    stubs: list[Stub],
    returns: Mapping[str, str],
    handed: Handoff,
    split: SplitSettings,
    others: Program | None,
) -> tuple[Edit, ...]:
    gone = dict.fromkeys(sides.moved, "runs in the preprocessing guest")
    gone |= dict.fromkeys(sides.dropped, "unreached, and mentions what moved")
    gone |= {i: "used only by code that moved" for i in program.variables if i not in sides.thin}
    emptied = _emptied(program, sides.thin)
    edits = [
        e for e in excise(program, sources, dict(sorted(gone.items()))) if e.file not in emptied
    ]
    edits += [
        Edit(f, 0, len(sources[f].content), EMPTIED, "every definition moved") for f in emptied
    ]
    edits += stub_edits(program, sources, stubs, returns, others)
    edits += thin.descriptors(handed, sources)
    edits.append(thin.joining_edit(split.glue, sources, _any(handed.entries, stubs)))
    return tuple(sorted(edits))


def _emptied(program: Program, kept: frozenset[str]) -> list[str]:
    """Unit sources that lose every definition they had."""
    stays: dict[str, bool] = defaultdict(bool)
    for table in (program.functions, program.variables):
        for identity, definition in table.items():
            assembly = identity in program.functions and program.functions[identity].assembly
            stays[definition.extent.file] |= identity in kept or assembly
    held = {f for i, files in program.templates.items() if i in kept for f in files}
    units = {
        u.command.file
        for u in program.units
        if u.command.file not in held
        and not any(stays[h] for h in u.headers if h.endswith(".c") and h in stays)
    }
    return sorted(f for f, any_kept in stays.items() if not any_kept and f in units)


def _guest_edits(
    program: Program,
    sources: Sources,
    sides: Sides,
    units: list[Unit],
    handed: Handoff,
) -> tuple[Edit, ...]:
    files = {u.command.file for u in units}
    gone = {
        i: "not needed in the preprocessing guest"
        for table in (program.functions, program.variables)
        for i, d in table.items()
        if i not in sides.guest and d.extent.file in files
    }
    edits = excise(program, sources, dict(sorted(gone.items())))
    edits += thin.descriptors(handed, sources, files)
    return tuple(sorted(merge_removals(edits)))


def _placements(
    program: Program, sources: Sources, classes: Classification, sides: Sides
) -> tuple[Placement, ...]:
    result = []
    for kind, table in (("function", program.functions), ("variable", program.variables)):
        for identity, definition in table.items():
            extent = definition.extent
            content = sources[extent.file].content[extent.start : extent.end]
            where = tuple(
                s for s, ids in (("thin", sides.thin), ("guest", sides.guest)) if identity in ids
            )
            result.append(
                Placement(
                    id=identity,
                    kind=kind,
                    file=extent.file,
                    line=extent.line,
                    klass=classes.of(identity) if kind == "function" else None,
                    where=where,
                    start=extent.start,
                    end=extent.end,
                    sha256=hashlib.sha256(content).hexdigest(),
                )
            )
    return tuple(result)
