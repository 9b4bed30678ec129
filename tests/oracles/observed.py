# SPDX-License-Identifier: MIT
"""What an execution reads and writes at the boundary, held against what the split computed."""

from __future__ import annotations

import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tcbsplit.model.split import Split
from tests.oracles.compiled import compiled, kept_folder
from tests.oracles.generated import MOVED, STAYS

_VARIABLE = re.compile(r"^static (?P<head>[^=;\n]*\b(?P<name>g_\d+)[^=;\n]*) = ", re.MULTILINE)
_OBSERVER = Path(__file__).resolve().parent / "halves/observer.c"
_READ, _WRITE, _CHANGED = 1, 2, 4  # as the observer has them

Seen = dict[str, dict[str, int]]  # uses of variables, by phase and name


def watched(source: Path, text: str, output: Path) -> Path:
    """Compile a whole program that tells its uses of variables; ``text`` is written to source."""
    names = [m["name"] for m in _VARIABLE.finditer(text)]
    table = "".join(f'{{ "{n}", (volatile void *) &{n}, sizeof {n} }}, ' for n in names)
    text = "void observe (int);\n" + text.replace(MOVED, "observe (1);\n", 1)
    text = text.replace(STAYS, "observe (2);\n", 1)
    source.write_text(
        f"{text}\nconst struct {{ const char *name; volatile void *at; unsigned long size; }}\n"
        f"observed[] = {{ {table} }};\nconst unsigned observed_count = {len(names)};\n"
    )
    compiled(source.parent, output.with_suffix(".o"), [source], "-c", "-fsanitize=thread")
    return compiled(source.parent, output, [output.with_suffix(".o"), _observer()])


def seen(messages: str) -> Seen:
    """Return what the observer told."""
    found: Seen = defaultdict(dict)
    for line in messages.splitlines():
        phase, uses, name = line.split()
        found[phase][name] = int(uses)
    return found


def uncomputed(uses: Seen, split: Split) -> Iterator[str]:
    """Yield what crossed in the execution, and does not in the split."""
    moved, after = uses["moved"], uses["after"]
    handed = {entry.symbol or entry.name for entry in split.plan.entries}
    for name, use in moved.items():
        if use & (_WRITE | _CHANGED) and name in after and name not in handed:
            yield f"{name}: moved code writes it and what stays uses it: it is not handed over"
    inputs = {one.symbol for one in split.plan.inputs}
    for name, use in uses["before"].items():
        if use & _CHANGED and moved.get(name, 0) & _READ and name not in inputs:
            yield f"{name}: moved code reads it and what stays sets it before: it is no input"


def _observer() -> Path:
    output = kept_folder() / "observer.o"
    if not output.exists():
        subprocess.run(["gcc", "-O1", "-c", "-o", output, _OBSERVER], check=True)
    return output
