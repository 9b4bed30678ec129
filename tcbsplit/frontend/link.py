"""Facts of all units of an image -> one linked program."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from tcbsplit.model.lines import count_code_lines
from tcbsplit.model.program import Degraded, FileFact, Program, Unit
from tcbsplit.model.unit import CompileCommand, FunctionFact, UnitFacts, VariableFact

T = TypeVar("T")


def link(image: str, root: Path, units: Iterable[tuple[CompileCommand, UnitFacts]]) -> Program:
    """Merge the facts of ``units``: one definition per id, mentions once.

    A header's inline function is defined in many units and kept once. Of several definitions of
    one external name a strong one wins over a weak one, and a defined variable over a tentative.
    """
    pairs = list(units)
    facts = [fact for _, fact in pairs]
    functions = _functions(facts)
    variables = _variables(facts)
    references = _once(r for f in facts for r in f.references)
    mentioned = {r.target for r in references}
    return Program(
        image=image,
        root=str(root),
        units=tuple(Unit(command=c, headers=f.headers) for c, f in pairs),
        files=_files(root, facts),
        functions=dict(sorted(functions.items())),
        variables=dict(sorted(variables.items())),
        declarations=_once(d for f in facts for d in f.declarations),
        references=references,
        indirect=_once(i for f in facts for i in f.indirect),
        flows=_once(f for fact in facts for f in fact.flows),
        literals=_once(i for f in facts for i in f.literals),
        records=_once(r for f in facts for r in f.records),
        externals=tuple(sorted(mentioned - functions.keys() - variables.keys())),
        degraded=tuple(
            Degraded(unit=f.file, diagnostics=f.diagnostics) for f in facts if f.diagnostics
        ),
    )


def _functions(facts: list[UnitFacts]) -> dict[str, FunctionFact]:
    chosen: dict[str, FunctionFact] = {}
    for function in (f for fact in facts for f in fact.functions):
        known = chosen.get(function.id)
        if known is None or (known.weak and not function.weak):
            chosen[function.id] = function
    return chosen


def _variables(facts: list[UnitFacts]) -> dict[str, VariableFact]:
    chosen: dict[str, VariableFact] = {}
    for variable in (v for fact in facts for v in fact.variables):
        known = chosen.get(variable.id)
        if known is None or (known.tentative and not variable.tentative):
            chosen[variable.id] = variable
    return chosen


def _once(items: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(items))


def _files(root: Path, facts: list[UnitFacts]) -> dict[str, FileFact]:
    skipped: dict[str, list[set[int]]] = {}
    for fact in facts:
        paths = {fact.file, *fact.headers}
        by_path: dict[str, set[int]] = {path: set() for path in paths}
        for path, first, last in fact.skipped:
            by_path.setdefault(path, set()).update(range(first, last + 1))
        for path, lines in by_path.items():
            skipped.setdefault(path, []).append(lines)
    sources = {fact.file for fact in facts}
    files = {}
    for path, inactive in sorted(skipped.items()):
        content = (root / path).read_bytes()
        # A line counts when some unit compiles it.
        nowhere = set.intersection(*inactive)
        files[path] = FileFact(
            path=path,
            code_lines=tuple(
                n for n in count_code_lines(content.decode("utf-8", "replace")) if n not in nowhere
            ),
            total_lines=content.count(b"\n") + (not content.endswith(b"\n") and bool(content)),
            header=path not in sources,
            digest=hashlib.sha256(content).hexdigest(),
        )
    return files
