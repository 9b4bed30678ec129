# SPDX-License-Identifier: MIT
"""Render graphs in the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterable

from tcbsplit.model.graph import Edge


def dot(edges: Iterable[Edge], marked: Iterable[str] = ()) -> str:
    """Return a digraph of ``edges``; ``marked`` functions are filled, assumed edges dashed."""
    lines = ["digraph tcbsplit {", "  node [shape=box];"]
    lines += [f"  {_quoted(m)} [style=filled];" for m in dict.fromkeys(marked)]
    for edge in dict.fromkeys((e.caller, e.callee, e.kind, e.confidence) for e in edges):
        caller, callee, kind, confidence = edge
        style = ", style=dashed" if confidence == "assumed" else ""
        lines.append(f"  {_quoted(caller)} -> {_quoted(callee)} [label={_quoted(kind)}{style}];")
    return "\n".join([*lines, "}"])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
