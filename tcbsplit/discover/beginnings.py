# SPDX-License-Identifier: MIT
"""Decide where the phases begin, from the landmarks of an image and the linker scripts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tcbsplit.discover.freed import freed, is_freed
from tcbsplit.discover.looping import looped
from tcbsplit.model.draft import Beginnings, Believed
from tcbsplit.model.graph import CONTROL
from tcbsplit.model.landmarks import LandmarkKind, Landmarks
from tcbsplit.model.program import Program
from tcbsplit.model.unit import FunctionFact
from tcbsplit.model.vocabulary import SymbolId

_STARTS = ("_start", "start", "_entry", "entry", "head", "main")  # where nothing else says it
_PANIC = re.compile(r"panic|bug|die|fatal|assert|fail|crash")  # where boot ends otherwise
_HEIGHT = 3  # callers between the instruction that launches and the C function that is named


class _Names:
    """The functions of a program by the names of their symbols."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._found: dict[str, list[SymbolId]] = defaultdict(list)
        for identity, function in program.functions.items():
            self._found[function.name].append(identity)

    def may_start(self, identity: SymbolId) -> bool:
        """Return whether a loader may know a function: a static one of C it does not."""
        function = self._program.functions[identity]
        return function.assembly or not function.static

    def file_of_data(self, names: Iterable[str]) -> str:
        """Return the file of a variable: of a label in a section that is not marked as code."""
        variables = self._program.variables
        found = (variables[SymbolId(n)].extent.file for n in names if n in variables)
        return next(found, "")

    def first(self, names: Iterable[str]) -> SymbolId | None:
        """Return the function of the first of ``names`` that means one."""
        for name in names:
            if name in self._program.functions:
                return SymbolId(name)  # the global one of this name
            found = self._found.get(name, [])
            if len(found) == 1:
                return found[0]
        return None


def beginnings(
    marks: Landmarks | None, entries: Sequence[tuple[str, str]], program: Program
) -> Beginnings:
    """Return roots and launch points; ``entries`` are (symbol, linker script that names it)."""
    names = _Names(program)
    placed, questions = _placed(marks, names)
    boot = placed[LandmarkKind.ENTRY]
    for symbol, script in entries:
        if symbol in program.functions:
            boot.setdefault(SymbolId(symbol), f"ENTRY of {script}")
    guess = names.first(_STARTS)
    if not boot and guess is not None:
        boot[guess] = "its name is all that says so: nothing else was found"
        questions.append(f"Does the hypervisor start at {guess}?")
    exits = placed[LandmarkKind.EXIT]
    ended = freed(program)
    ends = {b.value: b.why for b in ended.ends if not _PANIC.search(b.value)} if ended else {}
    entered = _launches(placed[LandmarkKind.LAUNCH], exits, program)
    launch, loops = looped(entered, program, boot, ends)
    if not launch:
        questions.append(
            "No function that enters a guest was found. Where does the target guest start? "
            "Name it under launch: until then all code is classified as if boot never ended."
        )
    late = exits | loops | placed[LandmarkKind.RESUME]
    if ended is not None:
        questions.append(f"{ended.why}. Is that so? Else roots.boot_only must be empty.")
        launch |= {SymbolId(i): why for i, why in ends.items()}
        late = {i: w for i, w in late.items() if not is_freed(program.functions[i])}
        late.setdefault(ended.by, "it frees the initialisation, and runs on when boot is over")
    placed_before = boot.keys() | launch.keys()
    return Beginnings(
        boot=_believed(boot),
        runtime=_believed({i: why for i, why in late.items() if i not in placed_before}),
        launch=_believed({i: why for i, why in launch.items() if i not in boot}),
        questions=tuple(questions),
    )


def _placed(
    marks: Landmarks | None, names: _Names
) -> tuple[dict[LandmarkKind, dict[SymbolId, str]], list[str]]:
    """Return the functions of the landmarks by kind, and questions about the others."""
    placed: dict[LandmarkKind, dict[SymbolId, str]] = {kind: {} for kind in LandmarkKind}
    questions = [f"{text}. Is it right?" for text in (marks.unclear if marks else ())]
    for mark in marks.found if marks else ():
        found = names.first(mark.names)
        if found is not None and mark.kind is LandmarkKind.ENTRY and not names.may_start(found):
            questions.append(f"Is {found} the start? {mark.why}, but it is static, and called.")
        elif found is not None:
            placed[mark.kind].setdefault(found, mark.why)
        elif mark.kind is LandmarkKind.ENTRY and (file := names.file_of_data(mark.names)):
            why = f"{mark.why}: {mark.names[0]}, a label of it that is no function"
            placed[mark.kind].setdefault(SymbolId(f"file:{file}"), why)
        elif mark.kind is not LandmarkKind.VECTOR:
            what = f"{mark.names[0]} ({mark.why}) is in no source of the compile database"
            questions.append(f"{what}. What is it?")
    return placed, questions


def _launches(
    found: Mapping[SymbolId, str], exits: Mapping[SymbolId, str], program: Program
) -> dict[SymbolId, str]:
    """Return what runs the guest. An exit handler continues a guest that another one launched:
    assembly that jumps into it, if it holds the instruction for both.
    """
    first = {i: why for i, why in found.items() if i not in exits}
    both = found.keys() & exits.keys()
    for reference in program.references:
        source = program.functions.get(reference.source)
        if reference.target not in both or reference.source in exits or source is None:
            continue
        if source.assembly and not source.static:
            why = f"jumps into {reference.target}, which {found[SymbolId(reference.target)]}"
            first.setdefault(source.id, why)
    first = first or dict(found)
    return dict(_launcher(program, i, why) for i, why in first.items())


def _believed(found: Mapping[SymbolId, str]) -> tuple[Believed, ...]:
    return tuple(Believed(value=value, why=why) for value, why in found.items())


def _wraps(function: FunctionFact) -> bool:
    """Return whether a function only wraps an instruction: assembly, or inline."""
    return function.assembly or function.inline


def _launcher(program: Program, identity: SymbolId, why: str) -> tuple[SymbolId, str]:
    """Return the C function that runs the guest: the only one that leads to the assembly."""
    way = [identity]
    while len(way) <= _HEIGHT and _wraps(program.functions[way[-1]]):
        callers = {
            r.source
            for r in program.references
            if r.target == way[-1]
            and r.kind in CONTROL
            and r.source in program.functions
            and r.source not in way
        }
        if len(callers) != 1:
            break
        way.append(callers.pop())
    if len(way) == 1 or _wraps(program.functions[way[-1]]):
        return identity, why
    return way[-1], f"calls {' -> '.join(reversed(way[:-1]))}, which {why}"
