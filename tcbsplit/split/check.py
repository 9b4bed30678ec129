"""Re-reads what was emitted: nothing lost, nothing changed that the plan does not say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from tcbsplit.errors import EmissionError
from tcbsplit.model.edit import Edit
from tcbsplit.model.program import Program
from tcbsplit.model.unit import FunctionFact, VariableFact
from tcbsplit.split.apply import apply, by_file
from tcbsplit.split.guard import GUEST, THIN, plain
from tcbsplit.split.plan import Split


def check(original: Program, thin: Program, guest: Program, split: Split) -> None:
    """Compare the emitted programs, parsed anew, with the plan.

    Every definition of the original is in thin, guest or was dropped as unreached; definitions are
    byte for byte the original's but for planned edits; nothing else appeared but stubs and glue.
    Raises ``EmissionError`` with all differences.
    """
    guard = split.plan.style == "guard"
    # In the guard style the sites in the guest name their stubs, too.
    named = tuple(e for e in split.plan.thin_edits if e.always and guard)
    problems = [
        *_side(original, thin, split, "thin", THIN, split.plan.thin_edits),
        *_side(original, guest, split, "guest", GUEST, (*split.plan.guest_edits, *named)),
    ]
    lost = set(original.functions) - split.sides.thin - split.sides.guest - split.sides.dropped
    problems += [f"{identity} is in no tree" for identity in sorted(lost)]
    if problems:
        raise EmissionError(
            "the emitted trees do not hold what was planned:\n" + "\n".join(problems[:20])
        )


def _side(
    original: Program,
    program: Program,
    split: Split,
    side: str,
    macro: str,
    edits: tuple[Edit, ...],
) -> Iterator[str]:
    """What is wrong with one side; ``macro`` is the one that its builds define."""
    wanted = split.sides.thin if side == "thin" else split.sides.guest
    found = _definitions(program)
    expected = _expected(original, wanted, edits)
    if split.plan.style == "guard":
        found = {i: plain(c, macro) for i, c in found.items()}
        expected = {i: plain(c, macro) for i, c in expected.items()}
    for identity, content in expected.items():
        if identity not in found:
            # A macro may paste the name of a cut function into the name that it defines.
            if not (_from_macro(original, identity) and content in found.values()):
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


def _definitions(program: Program) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    result = {}
    for table in (program.functions, program.variables):
        for identity, definition in table.items():
            file = definition.extent.file
            if file not in contents:
                contents[file] = (Path(program.root) / file).read_bytes()
            extent = definition.extent
            result[identity] = contents[file][extent.start : extent.end]
    return result


def _from_macro(program: Program, identity: str) -> bool:
    variable = program.variables.get(identity)
    return variable is not None and variable.macro


def _expected(
    original: Program, wanted: frozenset[str], edits: tuple[Edit, ...]
) -> dict[str, bytes]:
    """What each kept definition should look like: its own bytes with the edits inside it."""
    grouped = by_file(edits)
    result = {}
    for table in (original.functions, original.variables):
        for identity, definition in table.items():
            extent = definition.extent
            if identity not in wanted:
                continue
            content = (Path(original.root) / extent.file).read_bytes()[extent.start : extent.end]
            inside = [
                Edit(e.file, e.start - extent.start, e.end - extent.start, e.replacement, e.reason)
                for e in grouped.get(extent.file, ())
                if extent.start <= e.start and e.end <= extent.end and e.start < e.end
            ]
            result[identity] = apply(content, inside)
    return result
