# SPDX-License-Identifier: MIT
"""Compare the code that ran with what the analysis says can run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from tcbsplit.config.select import glob
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.machine import MachineName
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.model.trace import Audit, Coverage, Entered, ExecutedFunction, Stray, Trace, Violation
from tcbsplit.model.vocabulary import (
    BootedBuild,
    CodeClass,
    EdgeKind,
    Phase,
    SymbolId,
    ViolationKind,
)
from tcbsplit.validate.evidence.symbols import Image

RUNTIME = Phase.RUNTIME
NOWHERE = "unknown to the analysis"
_ADVICE = "add its source to the compile database, or excuse it in audit.excuse"


class Names:
    """The functions of a program that a symbol may stand for."""

    def __init__(self, program: Program) -> None:
        self._by_name: dict[str, list[SymbolId]] = defaultdict(list)
        self._file: dict[SymbolId, str] = {}
        self._assembly = frozenset(f.id for f in program.functions.values() if f.assembly)
        for function in program.functions.values():
            self._by_name[function.name].append(function.id)
            self._file[function.id] = PurePosixPath(function.extent.file).name

    def ids(self, name: str, file: str) -> tuple[SymbolId, ...]:
        """Return fitting ids; several if static functions of one name are in files of one name.

        ``file`` is empty for a global symbol. The symbol of a static function of a header has the
        file that includes the header.
        """
        found = self._by_name.get(MachineName(name).plain, [])
        if file:
            here = [i for i in found if self._file[i] == file and ":" in i]
            found = here or [i for i in found if ":" in i] or found
        else:
            found = [i for i in found if ":" not in i] or found
        return tuple(found)

    def of(self, names: Iterable[MachineName]) -> tuple[SymbolId, ...]:
        """Return the ids that fit any of ``names``."""
        return tuple(dict.fromkeys(i for n in names for i in self.ids(n.name, n.file)))

    def knows(self, name: str, file: str) -> bool:
        """Return whether a symbol without a type is a function.

        A local label is one only if its assembly file has that function: label names recur.
        Linkers give the object's name where an assembler gives none.
        """
        ids = self.ids(name, file)
        if not file:
            return bool(ids)
        return any(i in self._assembly and _compiled(self._file[i], file) for i in ids)


def _compiled(source: str, file: str) -> bool:
    """Return whether ``file`` of the symbol table is the source or its object."""
    if source == file:
        return True
    name, stem = PurePosixPath(file).stem, PurePosixPath(source).stem
    # make names it x.o, CMake x.S.o, automake program-x.o, Meson folder_x.S.o.
    return name in (stem, source) or name.endswith((f"-{stem}", f"_{source}"))


@dataclass(frozen=True)
class Expected:
    """The results of the analysis."""

    program: Program
    graph: ReferenceGraph
    classes: Classification
    moved: frozenset[SymbolId]  # to the preprocessing guest alone
    excuses: Mapping[str, str] = field(default_factory=dict)  # glob over symbols -> reason

    def may(self, function: SymbolId, phase: str) -> bool:
        """Return whether a function has the phase."""
        known = self.classes.functions.get(function)
        return known is not None and phase in known.phases

    def excuse(self, symbol: str) -> str:
        """Return why code unknown to the analysis may run; "" if it may not."""
        for pattern, reason in self.excuses.items():
            if glob(pattern)(symbol):
                return reason
        return ""


def audit(traces: Sequence[Trace], expected: Expected, images: Mapping[str, Image]) -> Audit:
    """Compare traces with classes.

    Each function that ran after the boundary (in the phase ``runtime``) must have that phase; no
    function that moved may run in a split; nothing that ran may be unreached; after the boundary
    no code may run that the analysis does not know; code without a symbol may never run.
    ``images`` are those of the builds.
    """
    names = Names(expected.program)
    found: list[Violation] = []
    unknown: set[str] = set()
    excused: dict[str, str] = {}
    coverage: dict[str, Coverage] = {}
    for build in dict.fromkeys(t.build for t in traces):
        image = images[build]
        there = frozenset(i for c in image.codes if not c.label for i in names.of(c.names))
        mine = [t for t in traces if t.build == build]
        for trace in mine:
            for function in trace.functions:
                ids = names.of(_names(function))
                if image.erases(function.address) and RUNTIME in function.phases:
                    found.append(_erased(trace, function, ids, expected))
                    continue
                if image.wrote(function, ids):
                    continue
                if ids:
                    found += _judge(trace, function, ids, names, expected, there)
                elif RUNTIME in function.phases:
                    unknown.add(function.name)
                    if any(n.name in image.made for n in _names(function)):
                        continue
                    if reason := _excuse(function, expected):
                        excused[function.name] = reason
                    else:
                        found.append(_unknown(trace, function))
            for stray in trace.strays:
                if reason := expected.excuse(stray.near):
                    excused[stray.near] = reason
                else:
                    found += _outside(trace, stray)
        coverage[build] = _coverage(mine, there, names, expected)
    return Audit(
        traces=tuple(traces),
        violations=tuple(found),
        coverage=coverage,
        unknown=tuple(sorted(unknown)),
        excused=dict(sorted(excused.items())),
    )


def _judge(
    trace: Trace,
    function: ExecutedFunction,
    ids: Sequence[SymbolId],
    names: Names,
    expected: Expected,
    there: frozenset[SymbolId],
) -> Iterable[Violation]:
    for entry in function.entered:
        kind = _kind(trace, entry, ids, expected, there)
        if not kind:
            continue
        one = ids[0]
        known = expected.classes.functions.get(one)
        phases = ", ".join(known.phases) if known and known.phases else "none"
        callers = names.ids(entry.caller, "") if entry.caller else ()
        yield Violation(
            kind=kind,
            scenario=trace.scenario,
            build=trace.build,
            function=one,
            phase=entry.phase,
            classified=f"{expected.classes.of(one)} (phases: {phases})",
            reason=_reason(one, known.why if known else (), expected.classes),
            caller=callers[0] if callers else entry.caller,
            indirect=entry.indirect,
            edge=_edge(callers, ids, expected.graph),
        )


def _names(function: ExecutedFunction) -> list[MachineName]:
    return [MachineName(function.name, function.file), *(MachineName(*a) for a in function.aliases)]


def _excuse(function: ExecutedFunction, expected: Expected) -> str:
    return next(filter(None, (expected.excuse(n.name) for n in _names(function))), "")


def _unknown(trace: Trace, function: ExecutedFunction) -> Violation:
    reason = f"no source of the program has it (at {function.address:#x}); {_ADVICE}"
    return _late(ViolationKind.UNKNOWN, trace, function, function.name, (NOWHERE, reason))


def _erased(
    trace: Trace, function: ExecutedFunction, ids: Sequence[SymbolId], expected: Expected
) -> Violation:
    name, why = (ids[0] if ids else function.name), (NOWHERE, "glue of the handoff")
    if ids:
        known = expected.classes.functions[ids[0]]
        why = known.kind, _reason(ids[0], known.why, expected.classes)
    return _late(ViolationKind.ERASED, trace, function, name, why)


def _late(
    kind: ViolationKind, trace: Trace, ran: ExecutedFunction, name: str, why: tuple[str, str]
) -> Violation:
    entry = next(e for e in ran.entered if e.phase == RUNTIME)
    return Violation(
        kind=kind, scenario=trace.scenario, build=trace.build, function=name, phase=RUNTIME,
        classified=why[0], reason=why[1], caller=entry.caller, indirect=entry.indirect,
    )  # fmt: skip


def _outside(trace: Trace, stray: Stray) -> Iterable[Violation]:
    near = f"; {stray.near} begins last before it" if stray.near else ""
    for phase in stray.phases:
        yield Violation(
            kind=ViolationKind.OUTSIDE,
            scenario=trace.scenario,
            build=trace.build,
            function=f"{stray.near or 'code'} … {stray.address:#x}",
            phase=phase,
            classified=NOWHERE,
            reason=f"no symbol stands for the code at {stray.address:#x}{near}; {_ADVICE}",
        )


def _kind(
    trace: Trace,
    entry: Entered,
    ids: Sequence[SymbolId],
    expected: Expected,
    there: frozenset[SymbolId],
) -> ViolationKind | None:
    """Return the violation if none of ``ids`` may run in the phase of ``entry``, else None."""
    if trace.build == BootedBuild.SPLIT and all(i in expected.moved for i in ids):
        return ViolationKind.MOVED
    if all(expected.classes.of(i) is CodeClass.UNREACHED for i in ids):
        return ViolationKind.UNREACHED
    if entry.phase != RUNTIME or any(expected.may(i, RUNTIME) for i in ids):
        return None
    if entry.inside and any(_inlines(i, expected, there) for i in ids):
        return None
    return ViolationKind.NOT_RUNTIME


def _inlines(function: SymbolId, expected: Expected, there: frozenset[SymbolId]) -> bool:
    """Return whether a run-time function may be inlined into this one.

    It must be called directly, through functions only that have no symbol in the image.
    """
    seen, todo = {function}, [function]
    while todo:
        for edge in expected.graph.outgoing.get(todo.pop(), ()):
            if edge.kind is not EdgeKind.CALL or edge.callee in there or edge.callee in seen:
                continue
            if expected.may(edge.callee, RUNTIME):
                return True
            seen.add(edge.callee)
            todo.append(edge.callee)
    return False


def _reason(function: SymbolId, why: Sequence[str], classes: Classification) -> str:
    cuts = [c for c in classes.cut_edges if c.edge.callee == function]
    if cuts:
        callers = ", ".join(dict.fromkeys(c.edge.caller for c in cuts))
        return f"a declared cut severs it from {callers}"
    if why:
        return f"reached only so: {' ; '.join(why)}"
    return "no chain of edges leads to it from any root"


def _edge(callers: Sequence[SymbolId], ids: Sequence[SymbolId], graph: ReferenceGraph) -> str:
    if not callers:
        return ""
    for caller in callers:
        for edge in graph.outgoing.get(caller, ()):
            if edge.callee in ids:
                return ""
    return f"{callers[0]} -> {ids[0]} is not in the call graph"


def _coverage(
    traces: Sequence[Trace], there: frozenset[SymbolId], names: Names, expected: Expected
) -> Coverage:
    can = {i for i in there if expected.may(i, RUNTIME)}
    ran = {
        i for t in traces for f in t.functions if RUNTIME in f.phases for i in names.of(_names(f))
    }
    return Coverage(runtime=len(can), executed=len(can & ran), never=tuple(sorted(can - ran)))
