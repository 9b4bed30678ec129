# SPDX-License-Identifier: MIT
"""Decide what else is entered: by hardware, and assembly that nothing refers to."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from tcbsplit.discover.alike import stem
from tcbsplit.discover.freed import freed, is_freed
from tcbsplit.discover.onward import shared_entries, starts_in_c
from tcbsplit.errors import some
from tcbsplit.model.draft import Beginnings, Believed
from tcbsplit.model.graph import CONTROL, UNSHOWN, ReferenceGraph
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import CodeClass, EdgeKind, Phase, SymbolId

# What the names of labels that only hardware or a copy of the code enters say of their phase.
_LATE = re.compile(
    r"exit|handler|vector|intr|interrupt|irq|excp|exception|trap|fault|nmi|syscall|sysenter|cstar"
    r"|lstar|hypercall|wakeup|resume|s3_"
)
_EARLY = re.compile(r"start|boot|trampoline|secondary|reset|head|(^|_)(ap|smp|efi)(_|\d|$)")
_STARTS = "its name says that a processor starts there"
_ENTERS = "its name says that the processor enters it"
_UNREFERRED = "assembly that nothing refers to"
_ALIKE = "there are many of its kind, as for interrupts"
_VECTORS = 16  # labels of one kind: fewer may be variants of a routine
_POINTER = "through a pointer"
_THUNK = re.compile(r"thunk|_end$|_begin$|_stack$")  # replaced by compilers, or no code
_PIECES = (("_end", "_start"), ("_end", "_begin"))  # of code that is copied
_SHOWN = 12  # names in a question
_ENDLESS = re.compile(r"idle|loop|run|launch|enter|halt")


def complete(
    found: Beginnings, program: Program, graph: ReferenceGraph, classes: Classification
) -> Beginnings:
    """Return the beginnings with what an analysis with the first ones shows besides them."""
    boot = {b.value: b for b in found.boot}
    runtime = {b.value: b for b in found.runtime}
    ended = freed(program)
    gone = frozenset(i for i, f in program.functions.items() if ended and is_freed(f))
    for believed, late in _entrances(found, program, graph):
        if late and believed.value in gone:
            continue
        (runtime if late else boot).setdefault(believed.value, believed)
    placed = found.names | boot.keys() | runtime.keys() | gone
    lonely = list(_lonely(program, graph, classes, placed))
    for believed, late in _guessed(lonely, program):
        (runtime if late else boot)[believed.value] = believed
    for believed in (
        *_siblings(runtime, program, graph),
        *shared_entries(runtime.values(), program, graph),
    ):
        runtime.setdefault(believed.value, believed)
    launched = {b.value for b in found.launch}
    for believed in starts_in_c(boot.values(), runtime.keys() | launched, program, graph):
        boot.setdefault(believed.value, believed)
    unknown = [i for i in lonely if i not in boot and i not in runtime]
    questions = (*found.questions, *_questions(list(boot.values()), unknown))
    return Beginnings(
        boot=tuple(boot.values()),
        runtime=tuple(runtime.values()),
        boot_only=(*found.boot_only, *_before(gone, graph, classes, ended.why if ended else "")),
        launch=tuple(_run_by(b, program, graph) for b in found.launch),
        questions=(*questions, *_no_launch(found, program, classes)),
    )


def _guessed(lonely: list[SymbolId], program: Program) -> Iterator[tuple[Believed, bool]]:
    """Yield those of assembly that nothing refers to whose name speaks; whether of run time."""
    unknown = []
    for identity in lonely:
        name = program.functions[identity].name.lower()
        if _LATE.search(name):
            yield Believed(value=identity, why=f"{_UNREFERRED}; {_ENTERS}"), True
        elif _EARLY.search(name):
            yield Believed(value=identity, why=f"{_UNREFERRED}; {_STARTS}"), False
        else:
            unknown.append(identity)
    for group in _families(unknown):
        yield from ((Believed(value=i, why=f"{_UNREFERRED}; {_ALIKE}"), True) for i in group)


def _questions(boot: list[Believed], unknown: list[SymbolId]) -> Iterator[str]:
    """Ask about what was placed by its name, and what was not placed."""
    if guessed := [b.value for b in boot if _STARTS in b.why]:
        yield f"Which of {some(guessed, _SHOWN)} is not only entered at boot? That is runtime."
    if unknown:
        yield (
            f"Nothing refers to {some(unknown, _SHOWN)} (assembly). Is anything of it entered at "
            "boot (another processor's start) or at run time (an interrupt)? Then it is a root."
        )


def _families(names: list[SymbolId]) -> Iterator[list[SymbolId]]:
    """Yield labels that are so many of one kind that they must be entries for interrupts."""
    groups: dict[str, list[SymbolId]] = defaultdict(list)
    for name in names:
        groups[stem(name)].append(name)
    yield from (group for group in groups.values() if len(group) >= _VECTORS)


def _siblings(
    runtime: Mapping[str, Believed], program: Program, graph: ReferenceGraph
) -> Iterator[Believed]:
    """Yield labels of a family of entries for interrupts that only others of it lead to."""
    families = {stem(v) for v, b in runtime.items() if b.why.endswith(_ALIKE)}
    for identity in sorted(graph.functions):
        function = program.functions[identity]
        callers = {stem(e.caller) for e in graph.incoming.get(identity, ())}
        family = stem(identity)
        if function.assembly and family in families and callers <= {family}:
            yield Believed(value=identity, why=f"{_ALIKE}: only others of them lead to it")


def _before(
    gone: frozenset[SymbolId], graph: ReferenceGraph, classes: Classification, why: str
) -> Iterator[Believed]:
    """Yield what is freed when boot ends, and is called by code that runs later, too."""

    def late(identity: SymbolId) -> bool:
        found = classes.functions.get(identity)
        return found is not None and Phase.RUNTIME in found.phases

    for identity in sorted(gone):
        callers = {e.caller for e in graph.incoming.get(identity, ()) if e.kind in CONTROL} - gone
        if late(identity) and any(map(late, callers)):
            yield Believed(value=identity, why=why)


def _entrances(
    found: Beginnings, program: Program, graph: ReferenceGraph
) -> Iterator[tuple[Believed, bool]]:
    """Yield what hardware or a loader enters, and whether at run time."""
    everything = {f.name for f in program.functions.values()}
    everything |= {v.name for v in program.variables.values()}
    for entrance in (*graph.hardware, *graph.unasked):
        name = _first_of(program.functions[entrance.function].name, everything)
        early = bool(_EARLY.search(name) and not _LATE.search(name))
        if entrance.function in found.names or (entrance.how == UNSHOWN and not early):
            continue  # what machine code alone mentions counts without being named
        place = f", in {entrance.owner} ({entrance.file}:{entrance.line})" if entrance.owner else ""
        said = f"; {_STARTS}" if early else ""
        believed = Believed(value=entrance.function, why=f"{entrance.how}{place}{said}")
        yield believed, Phase.RUNTIME in entrance.phases and not early


def _first_of(name: str, everything: Collection[str]) -> str:
    """Return the label at which a piece of code begins that ``name`` is the end of."""
    for end, beginning in _PIECES:
        if name.endswith(end) and (first := name.removesuffix(end) + beginning) in everything:
            return first
    return name


def _run_by(launch: Believed, program: Program, graph: ReferenceGraph) -> Believed:
    """Return the function that runs the guest through a table of operations, if there is one."""
    function = program.functions.get(SymbolId(launch.value))
    if function is None or function.assembly or _POINTER in launch.why:
        return launch
    calls = [e for e in graph.incoming.get(function.id, ()) if e.kind in CONTROL]
    callers = {e.caller for e in calls if e.kind is EdgeKind.INDIRECT}
    if len(callers) != 1 or len({e.caller for e in calls}) != 1:
        return launch
    return Believed(value=callers.pop(), why=f"calls {launch.value} {_POINTER}, which {launch.why}")


def _lonely(
    program: Program, graph: ReferenceGraph, classes: Classification, placed: frozenset[str]
) -> Iterator[SymbolId]:
    """Yield assembly functions that are not reached and that no code mentions.

    Data of assembly may: it is code of another mode, or is copied with what it leads to.
    """
    for identity in sorted(graph.functions):
        function = program.functions[identity]
        if (
            function.assembly
            and not _THUNK.search(function.name)
            and identity not in placed
            and classes.of(identity) is CodeClass.UNREACHED
            and all(_copied(e.caller, program) for e in graph.incoming.get(identity, ()))
        ):
            yield identity


def _copied(caller: SymbolId, program: Program) -> bool:
    """Return whether something is a label of assembly outside of sections with code."""
    return caller in program.variables and program.variables[caller].assembly


def _no_launch(found: Beginnings, program: Program, classes: Classification) -> Iterator[str]:
    """Ask where boot ends if no launch is reached from the boot roots."""
    reached = [
        b.value
        for b in found.launch
        if b.value in classes.functions
        and Phase.BOOT in classes.functions[SymbolId(b.value)].phases
    ]
    if reached or not found.launch:
        return
    ends = [
        i
        for i, f in sorted(classes.functions.items())
        if Phase.BOOT in f.phases
        and "noreturn" in program.functions[i].type
        and _ENDLESS.search(program.functions[i].name)
    ]
    hint = f" Candidates, which never return: {some(ends, _SHOWN)}." if ends else ""
    yield (
        f"Boot does not call {', '.join(b.value for b in found.launch)} itself: it probably ends "
        f"in a scheduler. Which function does it end in? Name it under launch.{hint}"
    )
