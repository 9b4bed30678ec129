# SPDX-License-Identifier: MIT
"""Tell what a build in the source tree has left there from the sources."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence, Set
from pathlib import Path

from tcbsplit import elffile
from tcbsplit.artifacts import relocatable
from tcbsplit.errors import SourceError
from tcbsplit.model.unit import CompileCommand


def without_leftovers(
    root: Path, files: Sequence[str], commands: Collection[CompileCommand]
) -> tuple[str, ...]:
    """Return ``files`` of the tree at ``root`` without the objects made by ``commands``.

    A copy of the tree would be built from such leftovers instead of its sources. Raises
    ``SourceError`` when other relocatable objects are among them.
    """
    outputs = {
        os.path.relpath(Path(c.directory, c.object_file), root)
        for c in commands
        if (root / c.source).is_file()
    }
    names = {Path(c.source).stem for c in commands}
    rest = tuple(f for f in files if f not in outputs)
    objects = frozenset(f for f in rest if relocatable(f"{root}/{f}"))
    others = sorted(f for f in objects if not _made_of(root / f, names))
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        raise SourceError(
            f"{root / others[0]}{more}: object files lie in the source tree; "
            "clean it (make clean), have git ignore them, or capture a build that names them"
        )
    return tuple(f for f in rest if f not in objects)


def _made_of(path: Path, names: Set[str]) -> bool:
    """Whether most of an object, which may be linked of several, was compiled from sources.

    ``names`` are those of the sources, without folder and suffix. For assembly the linker notes the
    name of the object (``entry.o``), for what a compiler has linked at once that of a temporary
    file.
    """
    with elffile.opened(path) as elf:
        symbols = [s for s in elffile.symbols(elf) if s.type == elffile.FILE]
    named = {Path(s.name).stem for s in symbols if s.name}
    return 2 * len(named & names) > len(named)
