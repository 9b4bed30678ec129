# SPDX-License-Identifier: MIT
"""Find where boot ends in a hypervisor that frees its own initialisation then."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import NamedTuple

from tcbsplit.model.draft import Believed
from tcbsplit.model.program import Program
from tcbsplit.model.unit import FunctionFact
from tcbsplit.model.vocabulary import EdgeKind, SymbolId

_FIRST = re.compile(r"_*init_?(begin|start)")
_LAST = re.compile(r"_*init_?end")
_SECTION = ".init"  # the beginning of its name, as Linux has it
_NEVER_RETURNS = "__attribute__((noreturn))"


def is_freed(function: FunctionFact) -> bool:
    """Return whether a function is in a section of initialisation.

    A copy of an inline function may be there, and others elsewhere.
    """
    return function.section.startswith(_SECTION) and not function.inline


class Freed(NamedTuple):
    """What says that initialisation is freed, by whom, and the functions in which boot ends."""

    why: str
    by: SymbolId
    ends: tuple[Believed, ...]


def freed(program: Program) -> Freed | None:
    """Return what a function outside of the sections of initialisation frees; None if none does.

    It mentions the symbols of the linker before and behind them. What it calls and never returns
    from is where boot ends.
    """
    if not any(is_freed(f) for f in program.functions.values()):
        return None
    mentioned: dict[str, set[str]] = defaultdict(set)
    called: dict[str, set[SymbolId]] = defaultdict(set)
    for reference in program.references:
        mentioned[reference.source].add(reference.target)
        if reference.kind is EdgeKind.CALL:
            called[reference.source].add(reference.target)
    best: Freed | None = None
    for identity, function in sorted(program.functions.items()):
        names = mentioned[identity] - program.functions.keys()
        first = sorted(n for n in names if _FIRST.fullmatch(n))
        last = sorted(n for n in names if _LAST.fullmatch(n))
        if not first or not last or is_freed(function):
            continue
        ends = tuple(
            Believed(value=i, why=f"{identity} frees the initialisation, and ends in it")
            for i in sorted(called[identity])
            if i in program.functions
            and program.functions[i].type.endswith(_NEVER_RETURNS)
            and not is_freed(program.functions[i])
        )
        why = f"{identity} mentions {first[0]} and {last[0]}: it frees what is between them"
        one = Freed(why, identity, ends)
        if best is None or len(ends) > len(best.ends):
            best = one
    return best
