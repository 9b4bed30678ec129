# SPDX-License-Identifier: MIT
"""Compares the emitted trees, parsed anew, with the plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tcbsplit.errors import EmissionError
from tcbsplit.model.program import Program
from tcbsplit.model.split import Split
from tcbsplit.model.unit import FunctionFact, VariableFact
from tcbsplit.model.vocabulary import Side, SymbolId, bare_name
from tcbsplit.split.edit.excise import kept_whole
from tcbsplit.split.write import definitions


def check(original: Program, thin: Program, guest: Program, split: Split) -> None:
    """Compare the emitted programs, parsed anew, with the plan.

    Every definition of the original is in thin, guest or was dropped as unreached; definitions are
    byte for byte the original's but for planned edits; nothing else appeared but stubs and glue.
    Raises ``EmissionError`` with all differences.
    """
    problems = [
        *_side(original, thin, split, Side.THIN),
        *_side(original, guest, split, Side.GUEST),
    ]
    lost = set(original.functions) - split.sides.thin - split.sides.guest - split.sides.dropped
    problems += [f"{identity} is in no tree" for identity in sorted(lost)]
    if problems:
        raise EmissionError(
            "the emitted trees do not hold what was planned:\n" + "\n".join(problems[:20])
        )


def _side(original: Program, program: Program, split: Split, side: Side) -> Iterator[str]:
    """Yield what is wrong with one side."""
    texts = definitions.texts_in(program, split.plan.emission.style, side)
    planned = definitions.planned_texts(original, split, side)
    for identity, content in planned.items():
        if identity not in texts:
            if not _may_be_missing(original, identity, content in texts.values()):
                yield f"{side}: {identity} is missing"
        elif texts[identity] != content:
            yield f"{side}: {identity} was changed beyond the planned edits"
    yield from _unplanned(original, program, split, side, texts.keys() - planned.keys())
    known_errors = {(d.file, d.message) for u in original.degraded for d in u.diagnostics}
    for unit in program.degraded:
        for d in unit.diagnostics[:3]:
            if (d.file, d.message) not in known_errors:
                yield f"{side}: {d.file}:{d.line}: {d.message}"


def _may_be_missing(original: Program, identity: SymbolId, renamed: bool) -> bool:
    """Whether a definition may be missing under its id; ``renamed``: another id has its text.

    A macro may paste the name of a cut function into the name that it defines; a header may be
    read by units only that have nothing left.
    """
    definition = original.definition(identity)
    assert definition is not None  # the plan holds definitions of the original only
    pasted = isinstance(definition, VariableFact) and definition.macro and renamed
    path = definition.extent.file
    return pasted or (original.files[path].header and not path.endswith(".c"))


def _unplanned(
    original: Program, program: Program, split: Split, side: Side, extra: Iterable[SymbolId]
) -> Iterator[str]:
    """Yield definitions of the original that are on a side where the plan has none."""
    made = {s.name for s in split.stubs}
    for identity in extra:
        name = bare_name(identity)
        definition = original.definition(identity)
        if definition is None or name in made or name.startswith("tcbsplit_"):
            continue
        # The guest's copies of headers are whole: unused inline functions cost nothing.
        whole = side is Side.GUEST and original.files[definition.extent.file].header
        if not whole and not kept_whole(definition) and not _default(definition, program):
            yield f"{side}: {identity} should not be here"


def _default(gone: FunctionFact | VariableFact, program: Program) -> bool:
    """Return whether ``program`` has a weak definition in the place of one that is gone."""
    found = program.definition(gone.id)
    return found is not None and found.weak and found.extent.file != gone.extent.file
