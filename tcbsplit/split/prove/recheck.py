"""Re-reads what was emitted: nothing lost, nothing changed that the plan does not say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tcbsplit.errors import EmissionError
from tcbsplit.model.program import Program
from tcbsplit.model.split import Split
from tcbsplit.model.unit import FunctionFact, VariableFact
from tcbsplit.split.write import definitions


def check(original: Program, thin: Program, guest: Program, split: Split) -> None:
    """Compare the emitted programs, parsed anew, with the plan.

    Every definition of the original is in thin, guest or was dropped as unreached; definitions are
    byte for byte the original's but for planned edits; nothing else appeared but stubs and glue.
    Raises ``EmissionError`` with all differences.
    """
    problems = [
        *_side(original, thin, split, "thin"),
        *_side(original, guest, split, "guest"),
    ]
    lost = set(original.functions) - split.sides.thin - split.sides.guest - split.sides.dropped
    problems += [f"{identity} is in no tree" for identity in sorted(lost)]
    if problems:
        raise EmissionError(
            "the emitted trees do not hold what was planned:\n" + "\n".join(problems[:20])
        )


def _side(original: Program, program: Program, split: Split, side: str) -> Iterator[str]:
    """What is wrong with one side."""
    found = definitions.found(program, split.plan.emission.style, side)
    expected = definitions.expected(original, split, side)
    for identity, content in expected.items():
        if identity not in found:
            # A macro may paste the name of a cut function into the name that it defines; a header
            # may be read by units only that have nothing left.
            pasted = _from_macro(original, identity) and content in found.values()
            if not pasted and not _in_header(original, identity):
                yield f"{side}: {identity} is missing"
        elif found[identity] != content:
            yield f"{side}: {identity} was changed beyond the planned edits"
    yield from _unplanned(original, split, side, found.keys() - expected.keys())
    known_errors = {(d.file, d.message) for u in original.degraded for d in u.diagnostics}
    for unit in program.degraded:
        for d in unit.diagnostics[:3]:
            if (d.file, d.message) not in known_errors:
                yield f"{side}: {d.file}:{d.line}: {d.message}"


def _unplanned(original: Program, split: Split, side: str, extra: Iterable[str]) -> Iterator[str]:
    """Definitions of the original that are on a side where the plan has none."""
    made = {s.name for s in split.stubs}
    for identity in extra:
        name = identity.rpartition(":")[2]
        known = original.functions.get(identity) or original.variables.get(identity)
        if known is None or name in made or name.startswith("tcbsplit_"):
            continue
        if known.assembly or _owner(known):
            continue  # assembly sources are whole on both sides; locals follow functions
        # The guest's copies of headers are whole: unused inline functions cost nothing.
        if not (side == "guest" and original.files[known.extent.file].header):
            yield f"{side}: {identity} should not be here"


def _owner(definition: FunctionFact | VariableFact) -> str:
    """The function that holds a static local variable."""
    return definition.owner if isinstance(definition, VariableFact) else ""


def _in_header(program: Program, identity: str) -> bool:
    path = (program.functions.get(identity) or program.variables[identity]).extent.file
    return program.files[path].header and not path.endswith(".c")


def _from_macro(program: Program, identity: str) -> bool:
    variable = program.variables.get(identity)
    return variable is not None and variable.macro
