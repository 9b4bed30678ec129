"""Holds what ran against what the analysis says can run."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.model.result import Symbol
from tcbsplit.model.trace import Audit, Coverage, Entered, ExecutedFunction, Trace, Violation

RUNTIME = "runtime"
# What compilers append to the names of parts and copies of a function.
_COPY = re.compile(r"(\.(constprop|isra|part|cold|lto_priv|localalias|llvm)(\.\d+)*)+$")


class Names:
    """Which functions of the program a symbol may stand for."""

    def __init__(self, program: Program) -> None:
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._file: dict[str, str] = {}
        for function in program.functions.values():
            self._by_name[function.name].append(function.id)
            self._file[function.id] = PurePosixPath(function.extent.file).name

    def ids(self, name: str, file: str) -> tuple[str, ...]:
        """Ids that fit; several where static functions of one name lie in files of one name.

        ``file`` is empty for a global symbol. A static function of a header has the symbol's file
        of whoever includes it.
        """
        found = self._by_name.get(_COPY.sub("", name), [])
        if file:
            here = [i for i in found if self._file[i] == file and ":" in i]
            found = here or [i for i in found if ":" in i] or found
        else:
            found = [i for i in found if ":" not in i] or found
        return tuple(found)


@dataclass(frozen=True)
class Image:
    """What is known of a build's image: its functions, and base names of files that we wrote."""

    symbols: Sequence[Symbol]
    generated: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Expected:
    """What the analysis says."""

    program: Program
    graph: ReferenceGraph
    classes: Classification
    moved: frozenset[str]  # to the preprocessing guest alone

    def may(self, function: str, phase: str) -> bool:
        """Whether a function has the phase."""
        known = self.classes.functions.get(function)
        return known is not None and phase in known.phases


def audit(traces: Sequence[Trace], expected: Expected, images: Mapping[str, Image]) -> Audit:
    """Compare traces with classes.

    Each function that ran after the boundary (in the phase ``runtime``) must have that phase; no
    function that moved may run in a split; nothing that ran may be unreached. ``images`` are
    those of the builds.
    """
    names = Names(expected.program)
    found: list[Violation] = []
    unknown: set[str] = set()
    coverage: dict[str, Coverage] = {}
    for build in dict.fromkeys(t.build for t in traces):
        image = images[build]
        there = frozenset(i for s in image.symbols for i in names.ids(s.name, s.file))
        mine = [t for t in traces if t.build == build]
        for trace in mine:
            for function in trace.functions:
                if function.file and function.file in image.generated:
                    continue
                found += _judge(trace, function, names, expected, there)
                if RUNTIME in function.phases and not names.ids(function.name, function.file):
                    unknown.add(function.name)
        coverage[build] = _coverage(mine, there, names, expected)
    return Audit(
        traces=tuple(traces),
        violations=tuple(found),
        coverage=coverage,
        unknown=tuple(sorted(unknown)),
    )


def _judge(
    trace: Trace,
    function: ExecutedFunction,
    names: Names,
    expected: Expected,
    there: frozenset[str],
) -> Iterable[Violation]:
    ids = names.ids(function.name, function.file)
    if not ids:
        return  # not of the program that was analysed
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


def _kind(
    trace: Trace, entry: Entered, ids: Sequence[str], expected: Expected, there: frozenset[str]
) -> str:
    """What is wrong with one of ``ids`` running in a phase; it is nothing if it may be for one."""
    if trace.build == "split" and all(i in expected.moved for i in ids):
        return "moved"
    if all(expected.classes.of(i) == "unreached" for i in ids):
        return "unreached"
    if entry.phase != RUNTIME or any(expected.may(i, RUNTIME) for i in ids):
        return ""
    if entry.inside and any(_inlines(i, expected, there) for i in ids):
        return ""
    return "not-runtime"


def _inlines(function: str, expected: Expected, there: frozenset[str]) -> bool:
    """Whether a run-time function may be part of this one's code.

    It has to be called directly, through nothing but functions that the image has no symbol of.
    """
    seen, todo = {function}, [function]
    while todo:
        for edge in expected.graph.outgoing.get(todo.pop(), ()):
            if edge.kind != "call" or edge.callee in there or edge.callee in seen:
                continue
            if expected.may(edge.callee, RUNTIME):
                return True
            seen.add(edge.callee)
            todo.append(edge.callee)
    return False


def _reason(function: str, why: Sequence[str], classes: Classification) -> str:
    cuts = [c for c in classes.cut_edges if c.edge.callee == function]
    if cuts:
        callers = ", ".join(dict.fromkeys(c.edge.caller for c in cuts))
        return f"a declared cut severs it from {callers}"
    if why:
        return f"reached only so: {' ; '.join(why)}"
    return "no chain of edges leads to it from any root"


def _edge(callers: Sequence[str], ids: Sequence[str], graph: ReferenceGraph) -> str:
    if not callers:
        return ""
    for caller in callers:
        for edge in graph.outgoing.get(caller, ()):
            if edge.callee in ids:
                return ""
    return f"{callers[0]} -> {ids[0]} is not in the call graph"


def _coverage(
    traces: Sequence[Trace], there: frozenset[str], names: Names, expected: Expected
) -> Coverage:
    can = {i for i in there if expected.may(i, RUNTIME)}
    ran = {
        i
        for t in traces
        for f in t.functions
        if RUNTIME in f.phases
        for i in names.ids(f.name, f.file)
    }
    return Coverage(runtime=len(can), executed=len(can & ran), never=tuple(sorted(can - ran)))
