# SPDX-License-Identifier: MIT
"""Link the facts of all units of an image into one program."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain
from pathlib import Path
from typing import TypeVar

import msgspec

from tcbsplit.frontend import builtins, flags
from tcbsplit.frontend.collisions import collisions
from tcbsplit.model.program import Degraded, FileFact, Program, Unit
from tcbsplit.model.unit import (
    OWNERS,
    CompileCommand,
    DeclarationFact,
    Facts,
    FileLines,
    FunctionFact,
    ReferenceFact,
    UnitFacts,
    VariableFact,
)
from tcbsplit.model.vocabulary import EdgeKind, SymbolId

T = TypeVar("T")

# Names that the compiler provides: what it makes of them is in the machine code.
_COMPILERS = ("__builtin_", "__sync_", "__atomic_", "__c11_atomic_", "__scoped_atomic_")


def link(
    image: str,
    root: Path,
    units: Sequence[tuple[CompileCommand, UnitFacts]],
    shared: Mapping[str, Facts],
) -> Program:
    """Merge the facts of ``units``: one definition per id, each mention once.

    A header's inline function is defined in many units and kept once. Of several definitions of
    one external name a strong one wins over a weak one, and a defined variable over a tentative;
    the facts of the losing body are dropped. Of several strong ones the first represents all, the
    facts of each count, and they are reported as ``collisions``.
    """
    used = dict.fromkeys(d for _, u in units for d in u.shared)
    facts = [*(u.facts for _, u in units), *(shared[d] for d in used)]
    functions = _functions(facts)
    variables = _variables(facts)
    uncertain = _uncertain(units, shared, functions)
    names = functions.keys() | variables.keys()
    facts = [builtins.called(_without_losers(f, functions), names) for f in facts]
    functions.update(
        (i, msgspec.structs.replace(functions[i], body=None)) for i in sorted(uncertain)
    )
    references = _references(facts, names)
    return Program(
        image=image,
        root=str(root),
        units=tuple(
            Unit(command=c, headers=u.headers, pointer_size=u.pointer_size) for c, u in units
        ),
        files=_files((u.file for _, u in units), facts),
        functions=dict(sorted(functions.items())),
        variables=dict(sorted(variables.items())),
        declarations=_once((*(f.declarations for f in facts), _tentative(facts, variables))),
        references=references,
        indirect=_once(f.indirect for f in facts),
        flows=_once(f.flows for f in facts),
        calls=_once(f.calls for f in facts),
        passed=_once(f.passed for f in facts),
        records=_once(f.records for f in facts),
        fields=_once(f.fields for f in facts),
        data=tuple(dict.fromkeys(f.data for f in facts if f.data)),
        objects=_objects(facts),
        externals=_externals(references, names),
        degraded=_degraded(u for _, u in units),
        unknown_flags=flags.unknown((c, u.refused) for c, u in units),
        templates=_templates(units, shared),
        collisions=collisions(units, shared),
        inputs=_inputs(root, units),
    )


def _externals(references: Iterable[ReferenceFact], names: Set[str]) -> tuple[str, ...]:
    """Return the names that are mentioned and defined nowhere."""
    mentioned = {r.target for r in references} - names
    return tuple(sorted(n for n in mentioned if not n.startswith(_COMPILERS)))


def _objects(facts: Iterable[Facts]) -> tuple[SymbolId, ...]:
    return tuple(sorted({o for f in facts for o in f.objects}))


def _degraded(units: Iterable[UnitFacts]) -> tuple[Degraded, ...]:
    return tuple(
        Degraded(unit=u.file, diagnostics=u.diagnostics, abandoned=u.abandoned)
        for u in units
        if u.diagnostics
    )


def _inputs(root: Path, units: Iterable[tuple[CompileCommand, UnitFacts]]) -> tuple[str, ...]:
    read = {d for c, u in units for d in (*u.dependencies, *c.responses)}
    return tuple(sorted(str(root / d) for d in read))


def _templates(
    units: Sequence[tuple[CompileCommand, UnitFacts]], shared: Mapping[str, Facts]
) -> dict[str, tuple[str, ...]]:
    external = {
        digest: [
            *(f.id for f in facts.functions if not f.static and not f.inline),
            *(v.id for v in facts.variables if not v.static),
        ]
        for digest, facts in shared.items()
        if facts.functions or facts.variables
    }
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for command, unit in units:
        for digest in unit.shared:
            for identity in external.get(digest, ()):
                found[identity][command.file] = None
    return {identity: tuple(files) for identity, files in sorted(found.items())}


def _references(facts: Iterable[Facts], names: Set[str]) -> tuple[ReferenceFact, ...]:
    # Words of assembly that name nothing in the program are registers and the like.
    found = _once(f.references for f in facts)
    return tuple(r for r in found if r.kind is not EdgeKind.ASM or r.target in names)


def _functions(facts: Iterable[Facts]) -> dict[SymbolId, FunctionFact]:
    chosen: dict[SymbolId, FunctionFact] = {}
    for function in chain.from_iterable(f.functions for f in facts):
        known = chosen.get(function.id)
        if known is None or _stands(function) > _stands(known):
            chosen[function.id] = function
    return chosen


def _stands(function: FunctionFact) -> tuple[bool, bool]:
    """Rank strong before weak; then assembly, whose use of pointers is unknown, before C."""
    return (not function.weak, function.assembly)


def _uncertain(
    units: Sequence[tuple[CompileCommand, UnitFacts]],
    shared: Mapping[str, Facts],
    functions: Mapping[SymbolId, FunctionFact],
) -> set[SymbolId]:
    """Return functions of unknown order: units differ about them, or have parse errors."""
    found: set[SymbolId] = set()
    for _, unit in units:
        for function in chain(unit.facts.functions, *(shared[d].functions for d in unit.shared)):
            kept = functions[function.id]
            if unit.diagnostics or (function.body != kept.body and not function.weak):
                found.add(function.id)
    return found


def _variables(facts: Iterable[Facts]) -> dict[SymbolId, VariableFact]:
    chosen: dict[SymbolId, VariableFact] = {}
    for variable in chain.from_iterable(f.variables for f in facts):
        known = chosen.get(variable.id)
        if known is None or _rank(variable) > _rank(known):
            chosen[variable.id] = variable
    return chosen


def _tentative(
    facts: Iterable[Facts], variables: Mapping[SymbolId, VariableFact]
) -> Iterator[DeclarationFact]:
    """Yield the tentative definitions that are not the one which represents their variable.

    Where the variable leaves a file they leave too: each alone would define it again.
    """
    for v in chain.from_iterable(f.variables for f in facts):
        if v.tentative and v.extent != variables[v.id].extent and not (v.owner or v.macro):
            yield DeclarationFact(v.id, v.extent, v.static, v.declarators, tentative=True)


def _rank(variable: VariableFact) -> int:
    return 2 * (not variable.weak) + (not variable.tentative)


def _without_losers(facts: Facts, functions: Mapping[SymbolId, FunctionFact]) -> Facts:
    """Drop the facts of a weak body that a strong one in another unit replaces.

    Of several weak ones, and no strong one, the order on the linker's command line decides.
    """
    lost = {f.id for f in facts.functions if f.weak and not functions[f.id].weak}
    if not lost:
        return facts
    kept = {
        kind: tuple(fact for fact in getattr(facts, kind) if getattr(fact, owner) not in lost)
        for kind, owner in OWNERS.items()
    }
    return msgspec.structs.replace(facts, functions=(), **kept)


def _once(items: Iterable[Iterable[T]]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(items)))


def _files(sources: Iterable[str], facts: Iterable[Facts]) -> dict[str, FileFact]:
    variants: dict[str, list[FileLines]] = defaultdict(list)
    for lines in chain.from_iterable(f.lines for f in facts):
        variants[lines.path].append(lines)
    main = set(sources)
    return {
        path: FileFact(
            path=path,
            # A line counts when some unit compiles it.
            code_lines=found[0].code
            if len(found) == 1
            else tuple(sorted({n for lines in found for n in lines.code})),
            total_lines=found[0].total,
            header=path not in main,
            digest=found[0].digest,
        )
        for path, found in sorted(variants.items())
    }
