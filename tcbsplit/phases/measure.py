"""How much code a set of functions is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tcbsplit.model.base import Record
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program


class Size(Record, frozen=True, kw_only=True):
    """Functions, code lines, bytes of .text (-1: no image was given), indirect call sites."""

    functions: int = 0
    lines: int = 0
    text_bytes: int = -1
    indirect: int = 0


class Scale:
    """Measures functions of one program; ``text`` maps names to bytes in the linked image."""

    def __init__(
        self, program: Program, graph: ReferenceGraph, text: Mapping[str, int] | None = None
    ) -> None:
        self.lines = {i: program.lines_of(f) for i, f in program.functions.items()}
        self._names = {i: f.name for i, f in program.functions.items()}
        self._text = text
        self._sites: dict[str, int] = {}
        for site in graph.sites:
            self._sites[site.caller] = self._sites.get(site.caller, 0) + 1

    def size(self, functions: Iterable[str]) -> Size:
        """The size of a set of functions."""
        ids = set(functions)
        text = self._text
        return Size(
            functions=len(ids),
            lines=sum(self.lines[i] for i in ids),
            text_bytes=-1 if text is None else sum(text.get(self._names[i], 0) for i in ids),
            indirect=sum(self._sites.get(i, 0) for i in ids),
        )


def tcb(classes: Classification) -> frozenset[str]:
    """The functions that stay in the hypervisor: those with a boot or run-time phase."""
    return frozenset(
        i for i, c in classes.functions.items() if "boot" in c.phases or "runtime" in c.phases
    )
