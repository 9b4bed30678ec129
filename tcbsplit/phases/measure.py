# SPDX-License-Identifier: MIT
"""Measure the size of a set of functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.program import Program
from tcbsplit.model.size import Size
from tcbsplit.model.vocabulary import SymbolId


class Scale:
    """Sizes of functions of one program; ``text`` maps names to bytes in the linked image."""

    def __init__(
        self, program: Program, graph: ReferenceGraph, text: Mapping[str, int] | None = None
    ) -> None:
        self.lines = {i: program.lines_of(f) for i, f in program.functions.items()}
        self._names = {i: f.name for i, f in program.functions.items()}
        self._text = text
        self._sites: dict[SymbolId, int] = {}
        for site in graph.sites:
            self._sites[site.caller] = self._sites.get(site.caller, 0) + 1

    def size(self, functions: Iterable[SymbolId]) -> Size:
        """Return the size of a set of functions."""
        ids = set(functions)
        text = self._text
        return Size(
            functions=len(ids),
            lines=sum(self.lines[i] for i in ids),
            text_bytes=-1 if text is None else sum(text.get(self._names[i], 0) for i in ids),
            indirect=sum(self._sites.get(i, 0) for i in ids),
        )
