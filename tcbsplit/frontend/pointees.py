"""Layouts with what pointers lead to, for the variables that a handoff carries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

from tcbsplit.frontend import toolchain
from tcbsplit.frontend.extract import pointee_layouts
from tcbsplit.model.program import Program


def read_layouts(program: Program, variables: Collection[str]) -> dict[str, str]:
    """Return variable id -> layout text; each unit concerned is parsed once more."""
    by_file: dict[str, set[str]] = defaultdict(set)
    for identity in variables:
        by_file[program.variables[identity].extent.file].add(identity)
    commands = {
        u.command.file: u.command for u in reversed(program.units) if u.command.language == "c"
    }
    found: dict[str, str] = {}
    for file, wanted in sorted(by_file.items()):
        if file in commands:
            command = commands[file]
            include = toolchain.builtin_include(command)
            found |= pointee_layouts(command, Path(program.root), include, wanted)
    return found
