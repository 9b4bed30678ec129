# SPDX-License-Identifier: MIT
"""Measure what is resident while the target runs: original, thin, and what is not erased of thin.

The base is the same in all three: functions, the code lines of their definitions, and the bytes of
their symbols in the linked image. The line table counts all code lines of files as well, of
declarations and data too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import PurePosixPath

from tcbsplit.model.program import Program
from tcbsplit.model.resident import Amount, Left, Resident, ResidentRow
from tcbsplit.model.result import ImageFacts, Symbol
from tcbsplit.model.retire import Retirement, SectionKind
from tcbsplit.model.unit import FunctionFact
from tcbsplit.model.vocabulary import SymbolId

GLUE = "glue"
TOTAL = "total"
UNNAMED = "constants without a name"
UNPLACEABLE = "string literals and jump tables take no section; some are of code that lasts"


class Sizes:
    """Bytes of the functions of an image by name; of those that last, and of all."""

    def __init__(self, image: ImageFacts | None, erased: tuple[int, int] = (0, 0)) -> None:
        self.known = image is not None
        self.lasting: dict[str, int] = defaultdict(int)
        self.all: dict[str, int] = defaultdict(int)
        for symbol in image.functions if image else ():
            # Clones count for their original.
            name = _name(symbol)
            self.all[name] += symbol.size
            if not erased[0] <= symbol.address < erased[1]:
                self.lasting[name] += symbol.size


def _name(symbol: Symbol) -> str:
    name = symbol.name.partition(".")[0]
    return f"{symbol.file}:{name}" if symbol.file else name


def _symbol(function: FunctionFact) -> str:
    if not function.static:
        return function.name
    return f"{PurePosixPath(function.extent.file).name}:{function.name}"


def resident(
    original: Program,
    thin: Program,
    retired: Retirement | None,
    component_of: Callable[[str], str],
    glue_folder: str,
    images: Mapping[str, ImageFacts],
    erased: tuple[int, int],
    unnamed: int = 0,
) -> Resident:
    """Return the table; ``erased`` are the bounds of the erased code in the image ``thin``.

    ``unnamed`` bytes of constants in it that are not erased have no symbol.

    Of what is retired, an inline function is resident if the image has a copy of its own that
    lasts; without an image it counts as erased.
    """
    prefix = glue_folder.rstrip("/") + "/"

    def component(path: str) -> str:
        return GLUE if path.startswith(prefix) else component_of(path)

    before, after = Sizes(images.get("original")), Sizes(images.get("thin"), erased)
    gone = _gone(thin, retired, after)
    kept = [f for f in thin.functions.values() if f.id not in gone]
    columns = (
        _amounts(original, original.functions.values(), component, before.all),
        _amounts(thin, thin.functions.values(), component, after.all),
        _amounts(thin, kept, component, after.lasting),
    )
    names = sorted({n for c in columns for n in c} - {GLUE})
    rows = [_row(n, columns) for n in (*names, *([GLUE] if GLUE in columns[1] else []))]
    left = [*_left(thin, retired, after)]
    if retired is not None and unnamed:
        left.append(Left(what=UNNAMED, text_bytes=unnamed, why=UNPLACEABLE))
    return Resident(rows=(*rows, _sum(rows)), left=tuple(left))


def _gone(program: Program, retired: Retirement | None, sizes: Sizes) -> set[SymbolId]:
    """Return the functions of thin that are not there any more beside the target."""
    if retired is None:
        return set()
    gone = {p.id for p in retired.placed if p.section is SectionKind.CODE}
    gone |= {u.id for u in retired.unplaced if u.id in program.functions
             and not sizes.lasting[_symbol(program.functions[u.id])]}  # fmt: skip
    section = SectionKind.CODE.section
    return gone | {f.id for f in program.functions.values() if f.section == section}


def _amounts(
    program: Program,
    functions: Iterable[FunctionFact],
    component: Callable[[str], str],
    sizes: Mapping[str, int],
) -> dict[str, Amount]:
    found: dict[str, Amount] = {}
    counted: set[str] = set()
    for function in functions:
        name, symbol = component(function.extent.file), _symbol(function)
        last = found.get(name, Amount())
        found[name] = Amount(
            functions=last.functions + 1,
            lines=last.lines + program.lines_of(function),
            text_bytes=last.text_bytes + (0 if symbol in counted else sizes.get(symbol, 0)),
        )
        counted.add(symbol)
    return found


def _row(name: str, columns: Collection[Mapping[str, Amount]]) -> ResidentRow:
    original, thin, stays = (c.get(name, Amount()) for c in columns)
    return ResidentRow(component=name, original=original, thin=thin, resident=stays)


def _sum(rows: Iterable[ResidentRow]) -> ResidentRow:
    whole = list(rows)

    def add(amounts: Iterable[Amount]) -> Amount:
        every = list(amounts)
        return Amount(
            functions=sum(a.functions for a in every),
            lines=sum(a.lines for a in every),
            text_bytes=sum(a.text_bytes for a in every),
        )

    return ResidentRow(
        component=TOTAL,
        original=add(r.original for r in whole),
        thin=add(r.thin for r in whole),
        resident=add(r.resident for r in whole),
    )


def _left(program: Program, retired: Retirement | None, sizes: Sizes) -> Iterable[Left]:
    """Yield what could be erased and stays, with the bytes that it takes."""
    for one in retired.unplaced if retired else ():
        function = program.functions.get(one.id)
        variable = program.variables.get(one.id)
        if function is not None:
            taken = sizes.lasting[_symbol(function)]
            if taken or not sizes.known:
                yield Left(what=one.id, text_bytes=taken, why=one.why)
        elif variable is not None:
            yield Left(what=one.id, text_bytes=variable.size, why=one.why)
