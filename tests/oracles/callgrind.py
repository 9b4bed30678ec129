# SPDX-License-Identifier: MIT
"""What a program really calls, under valgrind's callgrind: an oracle for the sound tier."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tcbsplit.model.graph import CONTROL, ReferenceGraph
from tcbsplit.model.program import Program

Calls = set[tuple[str, str]]


def build(sources: Sequence[Path], binary: Path, flags: Sequence[str] = ()) -> None:
    """Compile without optimisation: each call in the source is one in the program."""
    subprocess.run(
        ["gcc", "-std=gnu11", "-g", "-O0", "-w", "-fno-pie", "-no-pie", *flags,
         *map(str, sources), "-o", str(binary)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip


def dynamic_calls(binary: Path, arguments: Sequence[str] = (), timeout: float = 120) -> Calls:
    """Run a program; return (caller, callee) by name, as often as not from and to libraries."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "callgrind.out"
        subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}",
             "--compress-strings=no", "--compress-pos=no", str(binary), *arguments],
            cwd=binary.parent, capture_output=True, timeout=timeout, check=False,
        )  # fmt: skip
        return _parse(out.read_text(errors="replace"))


def _parse(text: str) -> Calls:
    """Callgrind Format Specification, body lines: fn= is the caller of the cfn= below it."""
    found: Calls = set()
    caller = ""
    for kind, name in re.findall(r"^(fn|cfn)=(.+)$", text, re.MULTILINE):
        name = re.sub(r"'\d+$", "", name)  # recursion levels
        if kind == "fn":
            caller = name
        else:
            found.add((caller, name))
    return found


def missing(program: Program, graph: ReferenceGraph, calls: Calls) -> tuple[Calls, int]:
    """Return (calls that no edge covers, indirect calls among all that were made).

    A function called back from a library has to be reached by an edge from whoever passed it.
    """
    names = {f.name for f in program.functions.values()}
    edges: dict[tuple[str, str], set[str]] = {}
    called: set[str] = set()
    for edge in graph.edges:
        if edge.kind in CONTROL:
            pair = (_name(edge.caller), _name(edge.callee))
            edges.setdefault(pair, set()).add(edge.kind)
            called.add(pair[1])
    inside = {(a, b) for a, b in calls if b in names and a in names}
    back = {(a, b) for a, b in calls if b in names and a not in names and b != "main"}
    lost = {pair for pair in inside if pair not in edges}
    lost |= {(a, b) for a, b in back if b not in called}
    indirect = {pair for pair in inside if "call" not in edges.get(pair, set())}
    return lost, len(indirect) + len(back)


def _name(identity: str) -> str:
    return identity.rpartition(":")[2]
