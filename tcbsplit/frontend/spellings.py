# SPDX-License-Identifier: MIT
"""List the names under which a pattern of a configuration may name an entry of a compile database.

Source and output relative to the source tree, absolute, and as the database spells them: what lies
outside of the tree has no name in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tcbsplit.config.select import glob
from tcbsplit.model.unit import CompileCommand


def spellings(
    entry: Mapping[str, Any], command: CompileCommand | None, root: Path
) -> tuple[str, ...]:
    """Return the names of source and output; ``command`` is the entry's, if it has one."""
    return tuple(dict.fromkeys(filter(None, _names(entry, command, str(root)))))


def excluded(names: Sequence[str], patterns: Sequence[str]) -> bool:
    """Return whether a unit belongs to another image: a source may be compiled for several."""
    return any(glob(pattern)(name) for pattern in patterns for name in names)


def _names(entry: Mapping[str, Any], command: CompileCommand | None, root: str) -> Iterator[str]:
    if command is not None:
        yield from (command.file, command.source, command.output)
    directory = entry.get("directory")
    said = [entry.get("file"), entry.get("output"), command.output if command else ""]
    for name in said:
        if isinstance(name, str) and isinstance(directory, str) and name:
            absolute = os.path.normpath(Path(directory) / name)
            yield from (os.path.relpath(absolute, root), absolute, name)
