"""The text of every definition: as it is found in a tree, and as a plan leaves it."""

from __future__ import annotations

from pathlib import Path

from tcbsplit.model.edit import Edit
from tcbsplit.model.program import Program
from tcbsplit.model.split import Split
from tcbsplit.split.edit.apply import apply, by_file
from tcbsplit.split.edit.guard import GUEST, THIN, plain

_MACROS = {"thin": THIN, "guest": GUEST}


def found(program: Program, style: str, side: str) -> dict[str, bytes]:
    """Definition id -> its text in the program's tree; in the guard style as ``side`` sees it."""
    contents: dict[str, bytes] = {}
    result = {}
    for table in (program.functions, program.variables):
        for identity, definition in table.items():
            file = definition.extent.file
            if file not in contents:
                contents[file] = (Path(program.root) / file).read_bytes()
            extent = definition.extent
            result[identity] = _seen(contents[file][extent.start : extent.end], style, side)
    return result


def expected(original: Program, split: Split, side: str) -> dict[str, bytes]:
    """The same, as the plan says: the original's bytes with the edits inside them."""
    plan = split.plan
    wanted = split.sides.thin if side == "thin" else split.sides.guest
    edits = plan.thin_edits if side == "thin" else plan.guest_edits
    style = plan.emission.style
    if style == "guard" and side == "guest":  # sites in the guest name their stubs, too
        edits = (*edits, *(e for e in plan.thin_edits if e.always))
    grouped = by_file(edits)
    contents: dict[str, bytes] = {}
    result = {}
    for table in (original.functions, original.variables):
        for identity, definition in table.items():
            extent = definition.extent
            if identity not in wanted:
                continue
            if extent.file not in contents:
                contents[extent.file] = (Path(original.root) / extent.file).read_bytes()
            content = contents[extent.file][extent.start : extent.end]
            inside = [
                Edit(e.file, e.start - extent.start, e.end - extent.start, e.replacement, e.reason)
                for e in grouped.get(extent.file, ())
                if extent.start <= e.start and e.end <= extent.end and e.start < e.end
            ]
            result[identity] = _seen(apply(content, inside), style, side)
    return result


def _seen(text: bytes, style: str, side: str) -> bytes:
    return plain(text, _MACROS[side]) if style == "guard" else text
