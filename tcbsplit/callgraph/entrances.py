# SPDX-License-Identifier: MIT
"""Find functions called and variables read without a reference in the program.

Startup code calls constructors and the entries of ``.init_array`` and similar sections, shutdown
code calls destructors; a function kept with ``used`` has some user. The linker script collects
variables of a special section, and code that iterates over the section finds them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from tcbsplit.model.graph import Entrance
from tcbsplit.model.program import Program
from tcbsplit.model.unit import FunctionFact, VariableFact
from tcbsplit.model.vocabulary import Phase, SymbolId

# System V ABI, special sections; GCC internals, "How Initialization Functions Are Handled".
_STARTUP = (".init_array", ".preinit_array", ".ctors")
_SHUTDOWN = (".fini_array", ".dtors")
_ORDINARY = (".data", ".bss", ".rodata", ".tdata", ".tbss", ".text")


def unasked(program: Program) -> tuple[Entrance, ...]:
    """The functions called by the loader, or by a caller outside the source."""
    found = chain(_attributed(program), _listed(program), _kept(program))
    return tuple(sorted(found, key=lambda e: (e.function, e.how)))


def _attributed(program: Program) -> Iterator[Entrance]:
    for function in program.functions.values():
        if function.constructor:
            yield _own(function, (Phase.BOOT,), "attribute constructor")
        if function.destructor:
            yield _own(function, (Phase.RUNTIME,), "attribute destructor")


def _listed(program: Program) -> Iterator[Entrance]:
    """Entrances found by startup and shutdown code in the sections that it iterates over."""
    lists = {
        i: (Phase.BOOT,) if v.section.startswith(_STARTUP) else (Phase.RUNTIME,)
        for i, v in program.variables.items()
        if v.section.startswith((*_STARTUP, *_SHUTDOWN))
    }
    for r in program.references:
        if r.source in lists and r.target in program.functions:
            how = f"listed in section {program.variables[r.source].section}"
            yield Entrance(r.target, lists[r.source], r.source, r.file, r.line, how)


def _kept(program: Program) -> Iterator[Entrance]:
    """Functions with ``used`` but without references: when they are called is unknown."""
    functions = program.functions.items()
    kept = {i for i, f in functions if f.used and not (f.constructor or f.destructor)}
    if not kept:
        return
    kept -= {r.target for r in program.references if r.source != r.target}
    for identity in kept:
        function = program.functions[identity]
        how = (
            "listed in data without a label" if function.assembly else "attribute used, no mention"
        )
        yield _own(function, (Phase.BOOT, Phase.RUNTIME), how)


def _own(function: FunctionFact, phases: tuple[Phase, ...], how: str) -> Entrance:
    return Entrance(function.id, phases, "", function.extent.file, function.extent.line, how)


def gathered(program: Program) -> frozenset[SymbolId]:
    """Variables that the linker script collects, or that are kept on purpose: they are read."""
    return frozenset(i for i, v in program.variables.items() if v.retained or _custom(v))


def _custom(variable: VariableFact) -> bool:
    return bool(variable.section) and not variable.section.startswith(_ORDINARY)
