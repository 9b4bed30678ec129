# SPDX-License-Identifier: MIT
"""GCC's own call graph (-fcallgraph-info): an oracle for direct calls."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Container, Iterable
from pathlib import Path

from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand

_NODE = re.compile(r'^node: \{ title: "([^"]+)" label: "[^"]*"( shape : ellipse)?', re.MULTILINE)
_EDGE = re.compile(r'^edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"', re.MULTILINE)
_DROPPED = ("-O", "-flto", "-M", "-Werror")

Edges = set[tuple[str, str]]


def gcc_edges(commands: Iterable[CompileCommand], root: Path) -> tuple[Edges, set[str], int]:
    """Return (direct edges by id, functions that GCC defines, units that it does not compile)."""
    edges: Edges = set()
    defined: set[str] = set()
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "unit.o"
        for command in commands:
            arguments = [a for a in command.arguments if not a.startswith(_DROPPED)]
            done = subprocess.run(
                [*arguments, "-w", "-O0", "-fcallgraph-info", "-c", str(root / command.file),
                 "-o", str(target)],
                cwd=command.directory, capture_output=True, check=False,
            )  # fmt: skip
            if done.returncode != 0:
                failed += 1
                continue
            text = target.with_suffix(".ci").read_text()
            defined |= {_id(name, root) for name, outside in _NODE.findall(text) if not outside}
            edges |= {
                (_id(a, root), _id(b, root))
                for a, b in _EDGE.findall(text)
                if b != "__indirect_call"
            }
    return edges, defined, failed


def _id(title: str, root: Path) -> str:
    """``file.c:name`` for a static function, relative to the root; else the name."""
    file, colon, name = title.rpartition(":")
    if not colon:
        return title
    path = Path(file)
    # GCC numbers the clones and the static functions within functions that it makes.
    name = re.sub(r"\.\d+$", "", name)
    return f"{path.relative_to(root) if path.is_relative_to(root) else path}:{name}"


def unheadered(edges: Edges, known: Container[str]) -> Edges:
    """Functions of headers by name alone: GCC names them after each source that includes them."""

    def plain(identity: str) -> str:
        file, _, name = identity.rpartition(":")
        inside = identity in known and not file.endswith(".h")
        # GCC calls a builtin by the name of the function that it may become.
        return identity if inside else name.removeprefix("__builtin_")

    return {(plain(a), plain(b)) for a, b in edges}


def direct_edges(program: Program, graph: ReferenceGraph) -> Edges:
    """Our direct calls, those of what is defined elsewhere included."""
    inside = {(e.caller, e.callee) for e in graph.edges if e.kind == "call"}
    outside = {(r.source, r.target) for r in program.references if r.kind == "call"}
    return inside | outside
