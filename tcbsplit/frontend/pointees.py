# SPDX-License-Identifier: MIT
"""Read the layouts of the variables that a handoff carries, with those of what they point to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

from tcbsplit.frontend import toolchain
from tcbsplit.frontend.extract.pointees import pointee_layouts
from tcbsplit.model.layout import Layout
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import Language, SymbolId


def read_layouts(program: Program, variables: Collection[SymbolId]) -> dict[SymbolId, Layout]:
    """Return the layouts by variable id; each unit that defines some is parsed once more."""
    by_file: dict[str, set[SymbolId]] = defaultdict(set)
    for identity in variables:
        by_file[program.variables[identity].extent.file].add(identity)
    every = (u.command for u in reversed(program.units))
    commands = {c.file: c for c in every if c.language is Language.C}
    layouts: dict[SymbolId, Layout] = {}
    for file, wanted in sorted(by_file.items()):
        if file in commands:
            command = commands[file]
            compiler = toolchain.compiler_of(command, Path(program.root))
            layouts |= pointee_layouts(command, Path(program.root), compiler, wanted)
    return layouts
