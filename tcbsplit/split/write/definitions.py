# SPDX-License-Identifier: MIT
"""Reads the text of every definition in a tree, and computes it as a plan leaves it."""

from __future__ import annotations

from pathlib import Path

from tcbsplit.model.edit import Edit
from tcbsplit.model.program import Program
from tcbsplit.model.split import Split
from tcbsplit.model.vocabulary import Side, Style, SymbolId
from tcbsplit.split.edit.apply import apply, by_file
from tcbsplit.split.edit.guard import MACROS, plain
from tcbsplit.split.edit.sourcefile import Sources


def texts_in(program: Program, style: Style, side: Side) -> dict[SymbolId, bytes]:
    """Return the texts in the program's tree by id; in the guard style as ``side`` sees them."""
    sources = Sources(Path(program.root))
    return {d.id: _seen(sources.text(d.extent), style, side) for d in program.definitions}


def planned_texts(original: Program, split: Split, side: Side) -> dict[SymbolId, bytes]:
    """Return the texts on ``side`` as the plan says: the original's bytes, edits applied.

    Thin's are with those of stubs.
    """
    plan = split.plan
    edits = plan.thin_edits if side is Side.THIN else plan.guest_edits
    style = plan.emission.style
    grouped = by_file(edits)
    sources = Sources(Path(original.root))
    held = split.sides.of(side)
    if side is Side.THIN:
        held |= {s.callee for s in split.stubs}
    result = {}
    for definition in original.definitions:
        extent = definition.extent
        if definition.id not in held:
            continue
        content = sources.text(extent)
        inside = [
            Edit(e.file, e.start - extent.start, e.end - extent.start, e.replacement, e.reason)
            for e in grouped.get(extent.file, ())
            # What is inserted within a definition is the body of a stub, or an attribute.
            if extent.start <= e.start
            and e.end <= extent.end
            and (e.start < e.end or e.start < extent.end)
            and (e.start < e.end or e.leads or extent.start < e.start)
        ]
        result[definition.id] = _seen(apply(content, inside), style, side)
    return result


def _seen(text: bytes, style: Style, side: Side) -> bytes:
    return plain(text, MACROS[side]) if style is Style.GUARD else text
