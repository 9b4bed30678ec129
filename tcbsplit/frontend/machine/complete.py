# SPDX-License-Identifier: MIT
"""Add functions that only machine code shows, and guessed calls of units with parse errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from pathlib import Path

import msgspec

from tcbsplit.lexer import identifiers
from tcbsplit.model.machine import Built, MachineCode, MachineName
from tcbsplit.model.naming import Naming
from tcbsplit.model.program import Program
from tcbsplit.model.unit import GUESSED, Extent, FunctionFact, ReferenceFact
from tcbsplit.model.vocabulary import BranchKind, EdgeKind, SymbolId, symbol_id


def completed(program: Program, built: Built) -> Program:
    """Return the program with the functions and references that its machine code adds.

    A function without C source has edges as its only facts: those of units that cannot be parsed,
    of other objects and archives, and labels of inline assembly. A unit with parse errors may call
    every function that its text names and of which its object, if it has one, has no symbol.
    """
    objects = [code for code in built.codes if code.unit]
    program = _with(program, _of_objects(program, objects))
    for code in built.codes:
        if not code.unit:
            program = _with(program, _of_image(program, code))
    naming = Naming(program)
    read = {
        code.unit: {i for node in code.nodes for i in naming.of(node)}
        for code in objects
        if code.nodes
    }
    guesses: list[ReferenceFact] = []
    for unit in (d.unit for d in program.degraded):
        if not any(f.extent.file == unit for f in program.functions.values()):
            program = _with(program, iter([_unread(unit)]))
            guesses += _called(program, unit)
        guesses += _guesses(program, unit, read.get(unit))
    return msgspec.structs.replace(program, references=(*program.references, *guesses))


def _with(program: Program, found: Iterator[FunctionFact]) -> Program:
    new = {f.id: f for f in found if f.id not in program.functions}
    if not new:
        return program
    return msgspec.structs.replace(
        program,
        functions=dict(sorted({**program.functions, **new}.items())),
        externals=tuple(i for i in program.externals if i not in new),
    )


def _of_objects(program: Program, codes: Sequence[MachineCode]) -> Iterator[FunctionFact]:
    naming, externals = Naming(program), frozenset(program.externals)
    for code in codes:
        yield from _of_unit(program, code, naming, externals)


def _of_unit(
    program: Program, code: MachineCode, naming: Naming, externals: Set[str]
) -> Iterator[FunctionFact]:
    for node in code.nodes:
        if node.address < 0 or not node.code or naming.of(node):
            continue
        name = node.names[0] if node.names else MachineName("")
        # C declares a label of inline assembly as an external function.
        bare = not name.file or name.name in externals
        identity = symbol_id(name.name, "" if bare else name.file)
        if name.name and identity not in program.variables:
            yield _function(identity, name.name, code.unit, bool(name.file), node.section)


def _of_image(program: Program, code: MachineCode) -> Iterator[FunctionFact]:
    """Yield targets of known code: linker scripts put symbols also where no function is."""
    naming = Naming(program)
    entered = {e.target for e in code.edges if e.kind is not BranchKind.ADDRESS}
    entered |= {e.target for e in code.edges if naming.of(code.nodes[e.source])}
    for i, node in enumerate(code.nodes):
        if i not in entered or not node.code or not node.names or naming.of(node):
            continue
        name = node.names[0]
        identity = symbol_id(name.name, name.file)
        if identity not in program.variables:
            file = Path(code.path).name
            yield _function(identity, name.name, file, bool(name.file), node.section)


def _function(identity: SymbolId, name: str, file: str, static: bool, section: str) -> FunctionFact:
    return FunctionFact(
        id=identity, name=name, static=static, extent=Extent(file, 0, 0, 0, 0), section=section,
        privileged=True, assembly=True,
    )  # fmt: skip


def _unread(unit: str) -> FunctionFact:
    """Return what stands for all code of a unit of which neither source nor object is read."""
    name = f"code of {Path(unit).name}"
    return _function(symbol_id(name, unit), name, unit, True, "")


def _called(program: Program, unit: str) -> Iterator[ReferenceFact]:
    """Yield a call of the code of such a unit by all that mention an external name in its text."""
    names = _words(program, unit) & set(program.externals)
    target = _unread(unit).id
    for r in program.references:
        if r.target in names:
            yield ReferenceFact(r.source, target, EdgeKind.CALL, r.file, r.line, -1, GUESSED)


def _words(program: Program, unit: str) -> frozenset[str]:
    try:
        return identifiers((Path(program.root) / unit).read_bytes())
    except OSError:
        return frozenset()


def _guesses(program: Program, unit: str, seen: Set[str] | None) -> Iterator[ReferenceFact]:
    """Yield a call of every function that the text of a unit names, from each of its functions.

    ``seen`` are the functions that its object defines or mentions, None if there is no object. A
    static function that it has no symbol of may have been inlined.
    """
    words = _words(program, unit)
    named = [i for i, f in program.functions.items() if f.name in words and _may(f, unit, seen)]
    for source, function in program.functions.items():
        if function.extent.file == unit:
            for target in named:
                if target != source:
                    yield ReferenceFact(source, target, EdgeKind.CALL, unit, 0, -1, GUESSED)


def _may(function: FunctionFact, unit: str, seen: Set[str] | None) -> bool:
    """Return whether a unit may call a function that it names without a symbol for it."""
    here = function.extent.file == unit
    if seen is None:
        return here or not function.static
    return function.static and here and function.id not in seen
