# SPDX-License-Identifier: MIT
"""Compares the emitted trees, parsed anew, with the plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tcbsplit.errors import EditError, EmissionError
from tcbsplit.model.base import Row
from tcbsplit.model.program import Program
from tcbsplit.model.split import Split
from tcbsplit.model.unit import FunctionFact, VariableFact
from tcbsplit.model.vocabulary import Language, Side, SymbolId, bare_name
from tcbsplit.split.edit.excise import kept_whole
from tcbsplit.split.prove.causes import Causes
from tcbsplit.split.write import definitions

_SHOWN = 20  # differences in one message
_CAUSES = 5  # causes in one message: what follows from one often has none of its own


class Difference(Row, frozen=True):
    """Something that is not as planned; ``cause`` is what of the input leads to it, if known."""

    text: str
    cause: str = ""


def check(
    original: Program,
    thin: Program,
    guest: Program,
    split: Split,
    adapters: Mapping[str, Path] | None = None,
) -> None:
    """Compare the emitted programs, parsed anew, with the plan.

    Every definition of the original is in thin, guest or was dropped as unreached; definitions are
    byte for byte the original's but for planned edits; nothing else appeared but stubs and glue.
    ``adapters`` maps files of the thin tree to the user's files that they are copies of.

    Raises ``EditError`` with the causes in the input, or ``EmissionError`` with all differences
    if no cause is known.
    """
    found = [
        *_side(original, thin, split, Side.THIN, adapters or {}),
        *_side(original, guest, split, Side.GUEST, {}),
    ]
    lost = set(original.functions) - split.sides.thin - split.sides.guest - split.sides.dropped
    found += [Difference(f"{identity} is in no tree") for identity in sorted(lost)]
    causes: dict[str, str] = {}
    for difference in found:
        if difference.cause:
            causes.setdefault(difference.cause, difference.text)
    if causes:
        told = list(causes.items())[:_CAUSES]
        raise EditError("\n".join(f"{cause}\n  {text}" for cause, text in told))
    if found:
        raise EmissionError(
            "the emitted trees do not hold what was planned:\n"
            + "\n".join(d.text for d in found[:_SHOWN])
        )


def _side(
    original: Program, program: Program, split: Split, side: Side, adapters: Mapping[str, Path]
) -> Iterator[Difference]:
    """Yield what is wrong with one side."""
    causes = Causes(original, program, split, side, adapters)
    for identity, text in _texts(original, program, split, side):
        yield Difference(f"{side}: {identity} {text}", causes.of_definition(identity))
    known_errors = {(d.file, d.message) for u in original.degraded for d in u.diagnostics}
    # Units in other languages are not parsed, and never edited.
    unread = {u.command.file for u in original.units if u.command.language is Language.OTHER}
    for unit in program.degraded:
        for d in unit.diagnostics[:3] if unit.unit not in unread else ():
            if (d.file, d.message) not in known_errors:
                yield Difference(f"{causes.place(d)}: {d.message}", causes.of_diagnostic(d))


def _texts(
    original: Program, program: Program, split: Split, side: Side
) -> Iterator[tuple[SymbolId, str]]:
    """Yield each definition that is not on a side as planned, and what is wrong with it."""
    texts = definitions.texts_in(program, split.plan.emission.style, side)
    planned = definitions.planned_texts(original, split, side)
    for identity, content in planned.items():
        if identity not in texts:
            if not _may_be_missing(original, identity, content in texts.values()):
                yield identity, "is missing"
        elif texts[identity] != content:
            yield identity, "was changed beyond the planned edits"
    for identity in _unplanned(original, program, split, side, texts.keys() - planned.keys()):
        yield identity, "should not be here"


def _may_be_missing(original: Program, identity: SymbolId, renamed: bool) -> bool:
    """Whether a definition may be missing under its id; ``renamed``: another id has its text.

    A macro may paste the name of a cut function into the name that it defines; a header may be
    read by units only that have nothing left.
    """
    definition = original.definition(identity)
    assert definition is not None  # the plan holds definitions of the original only
    pasted = isinstance(definition, VariableFact) and definition.macro and renamed
    path = definition.extent.file
    file = original.files.get(path)  # none: what stands for code that was not read
    return pasted or file is None or (file.header and not path.endswith(".c"))


def _unplanned(
    original: Program, program: Program, split: Split, side: Side, extra: Iterable[SymbolId]
) -> Iterator[SymbolId]:
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
            yield identity


def _default(gone: FunctionFact | VariableFact, program: Program) -> bool:
    """Return whether ``program`` has a weak definition in the place of one that is gone."""
    found = program.definition(gone.id)
    return found is not None and found.weak and found.extent.file != gone.extent.file
