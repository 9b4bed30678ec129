# SPDX-License-Identifier: MIT
"""Compute the line table: size of each component in the original, thin hypervisor and guest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from radon.complexity import cc_rank

from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.model.result import ComponentRow, Figures, ImageFacts, LocTable
from tcbsplit.model.unit import FunctionFact

GLUE = "glue"
COLUMNS = ("original", "kept", "glue", "guest", "shared", "unreached")


def loc_table(
    original: Program,
    thin: Program,
    guest: Program,
    classes: Classification,
    *,
    component_of: Callable[[str], str],
    glue_folder: str,
    guest_runtime: Mapping[str, int],
    images: Mapping[str, ImageFacts],
) -> LocTable:
    """Compute the table.

    ``thin`` and ``guest`` are the emitted trees, parsed again; ``thin`` includes its glue, which is
    in ``glue_folder`` and counts as TCB. ``guest_runtime`` has code lines of the guest's own files
    (runtime, adapter, generated) by path. ``images`` may have ``original``, ``thin`` and
    ``guest``; without them bytes are 0. Lines are active code lines of all files; shared and
    unreached count the lines of functions of those classes in the original.
    """
    prefix = glue_folder.rstrip("/") + "/"

    def component(path: str) -> str:
        return GLUE if path.startswith(prefix) else component_of(path)

    cells: dict[str, dict[str, Figures]] = {c: {} for c in COLUMNS}
    sizes = {
        n: symbol_sizes(images[n]) if n in images else {} for n in ("original", "thin", "guest")
    }
    cells["original"] = _figures(
        original, original.functions.values(), component, sizes["original"]
    )
    whole = _figures(thin, thin.functions.values(), component, sizes["thin"])
    cells["glue"] = {c: f for c, f in whole.items() if c == GLUE}
    cells["kept"] = {c: f for c, f in whole.items() if c != GLUE}
    cells["guest"] = _figures(guest, guest.functions.values(), component, sizes["guest"])
    own = sum(guest_runtime.values())
    if own:
        cells["guest"][GLUE] = _plus(cells["guest"].get(GLUE, Figures()), Figures(lines=own))
    for kind in ("shared", "unreached"):
        cells[kind] = _of_class(original, classes, kind, component, sizes["original"])
    names = sorted({c for column in cells.values() for c in column} - {GLUE})
    rows = tuple(_row(name, cells) for name in (*names, GLUE))
    total = _total(rows, images)
    return LocTable(
        rows=rows,
        total=total,
        ranks={
            "original": _ranks(original.functions.values()),
            "thin": _ranks(thin.functions.values()),
        },
        reduction_lines=_reduction(total, "lines"),
        reduction_text=_reduction(total, "text_bytes"),
    )


def _figures(
    program: Program,
    functions: Iterable[FunctionFact],
    component: Callable[[str], str],
    sizes: Mapping[str, int],
) -> dict[str, Figures]:
    lines: dict[str, int] = defaultdict(int)
    for path, fact in program.files.items():
        lines[component(path)] += len(fact.code_lines)
    result = _function_figures(program, functions, component, sizes)
    for name, count in lines.items():
        result[name] = _plus(result.get(name, Figures()), Figures(lines=count))
    return result


def _function_figures(
    program: Program,
    functions: Iterable[FunctionFact],
    component: Callable[[str], str],
    sizes: Mapping[str, int],
) -> dict[str, Figures]:
    sites: dict[str, int] = defaultdict(int)
    for site in program.indirect:
        sites[site.caller] += 1
    result: dict[str, Figures] = {}
    for function in functions:
        name = component(function.extent.file)
        own = Figures(
            functions=1,
            complexity=function.complexity,
            indirect=sites[function.id],
            text_bytes=sizes.get(symbol_of(function), 0),
        )
        result[name] = _plus(result.get(name, Figures()), own)
    return result


def _of_class(
    program: Program,
    classes: Classification,
    kind: str,
    component: Callable[[str], str],
    sizes: Mapping[str, int],
) -> dict[str, Figures]:
    chosen = [f for i, f in program.functions.items() if classes.of(i) == kind]
    result = _function_figures(program, chosen, component, sizes)
    for function in chosen:
        name = component(function.extent.file)
        result[name] = _plus(result[name], Figures(lines=program.lines_of(function)))
    return result


def symbol_of(function: FunctionFact) -> str:
    """Return the key of a function's bytes in ``symbol_sizes``."""
    if not function.static:
        return function.name
    return f"{function.extent.file.rpartition('/')[2]}:{function.name}"


def symbol_sizes(image: ImageFacts) -> dict[str, int]:
    """Return bytes by name, or file:name for local symbols; clones count for their original."""
    sizes: dict[str, int] = defaultdict(int)
    for symbol in image.functions:
        name = symbol.name.partition(".")[0]
        sizes[f"{symbol.file}:{name}" if symbol.file else name] += symbol.size
    return sizes


def _plus(left: Figures, right: Figures) -> Figures:
    return Figures(
        lines=left.lines + right.lines,
        functions=left.functions + right.functions,
        complexity=left.complexity + right.complexity,
        indirect=left.indirect + right.indirect,
        text_bytes=left.text_bytes + right.text_bytes,
    )


def _row(name: str, cells: Mapping[str, Mapping[str, Figures]]) -> ComponentRow:
    empty = Figures()
    return ComponentRow(
        component=name,
        original=cells["original"].get(name, empty),
        kept=cells["kept"].get(name, empty),
        glue=cells["glue"].get(name, empty),
        guest=cells["guest"].get(name, empty),
        shared=cells["shared"].get(name, empty),
        unreached=cells["unreached"].get(name, empty),
    )


def _total(rows: Iterable[ComponentRow], images: Mapping[str, ImageFacts]) -> ComponentRow:
    sums = {column: Figures() for column in COLUMNS}
    for row in rows:
        for column in COLUMNS:
            sums[column] = _plus(sums[column], getattr(row, column))
    return ComponentRow(component="total", **sums)


def _ranks(functions: Iterable[FunctionFact]) -> dict[str, int]:
    ranks = dict.fromkeys("ABCDEF", 0)
    for function in functions:
        ranks[str(cc_rank(function.complexity))] += 1
    return ranks


def _reduction(total: ComponentRow, figure: str) -> float:
    before = int(getattr(total.original, figure))
    after = int(getattr(total.kept, figure)) + int(getattr(total.glue, figure))
    return 1 - after / before if before else 0.0
