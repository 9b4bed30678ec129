# SPDX-License-Identifier: MIT
"""Holds the symbols of built images and objects against the manifest of the split.

What left the thin hypervisor must not be defined in its image, and nothing that a side has may be
missing there: a weak reference to what moved, for one, links and is zero.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from tcbsplit import elffile
from tcbsplit.errors import BuildError
from tcbsplit.model.machine import MachineName
from tcbsplit.model.manifest import Manifest
from tcbsplit.model.split import Placement
from tcbsplit.model.vocabulary import Language, Side, path_of

_SLIM = "__gnu_lto_slim"  # in an object that holds no machine code yet (GCC, lto-streamer-out.cc)
_HEADER = "tcbsplit_types.h"  # a header of the glue, in whichever folder that is
_TYPES = (elffile.FUNCTION, elffile.IFUNC, elffile.OBJECT, elffile.TLS, elffile.NOTYPE)


class _Definitions:
    """The definitions of a manifest that symbols may stand for."""

    def __init__(self, manifest: Manifest) -> None:
        commands = [c for units in manifest.commands.values() for c in units]
        # Assembly is whole on both sides.
        whole = {c.file for c in commands if c.language is not Language.C}
        self._units = {PurePosixPath(c.file).name for c in commands}
        self._sources = {c.file for c in commands}
        glue = _glue(manifest)
        self._glue = Counter(p.name for p in glue if p.as_posix() in self._sources)
        self._included = len(glue) - self._glue.total()  # by a file of the project
        self.shared: dict[str, list[Placement]] = defaultdict(list)  # external ones
        self._static: dict[str, list[Placement]] = defaultdict(list)
        for d in manifest.definitions:
            path = path_of(d.id)
            if d.file in whole or ":" in path:  # the latter are static variables of functions
                continue
            name = d.id.removeprefix(f"{path}:")
            (self._static if path else self.shared)[name].append(d)

    def of(self, symbol: elffile.Symbol) -> list[Placement]:
        """Return the definitions that a symbol may stand for.

        A static one of a header has the file of the unit that includes it.
        """
        name = MachineName(symbol.name).plain
        if symbol.binding != elffile.LOCAL:
            return self.shared.get(name, [])
        if symbol.file not in self._units:
            return []
        found = self._static.get(name, [])
        here = [d for d in found if PurePosixPath(d.file).name == symbol.file]
        return here or [d for d in found if d.file not in self._sources]

    def left(self, symbols: Iterable[elffile.Symbol]) -> Iterator[Placement]:
        """Yield the definitions that are not in thin, of the symbols that are defined there.

        Static definitions in files of one base name are counted: the glue may have one, too.
        """
        counts: dict[tuple[str, str], int] = Counter()
        for s in symbols:
            placed = self.of(s)
            there = sum(Side.THIN in d.where or Side.THIN in d.emitted for d in placed)
            # A weak default may stand in the place of what moved.
            if not placed or s.shndx == elffile.UNDEFINED or s.binding == elffile.WEAK:
                continue
            if s.file and PurePosixPath(placed[0].file).name == s.file:
                counts[s.name, s.file] += 1
                there += self._glue[s.file] + self._included
                more = counts[s.name, s.file] > there
            else:
                more = not there
            if more:
                yield from [d for d in placed if Side.THIN not in d.where][:1]


def _glue(manifest: Manifest) -> list[PurePosixPath]:
    """Return the C files that tcbsplit added to the thin tree, relative to it."""
    paths = [PurePosixPath(p) for p in manifest.outputs]
    folders = {p.parent for p in paths if p.name == _HEADER and p.parts[0] == Side.THIN}
    return [p.relative_to(Side.THIN) for p in paths if p.parent in folders and p.suffix == ".c"]


def compare_symbols(
    manifest: Manifest, thin: Path, guest: Path, objects: Mapping[Side, Iterable[Path]]
) -> tuple[str, ...]:
    """Return what the builds have or lack other than the manifest says.

    ``objects`` are those that the builds of each side wrote. Raises ``BuildError`` where the thin
    build has no symbols at all: nothing would be compared.
    """
    definitions = _Definitions(manifest)
    found = list(_returned(definitions, thin, objects[Side.THIN]))
    for side, image in ((Side.THIN, thin), (Side.GUEST, guest)):
        found += _undefined(definitions, side, image, objects[side])
    return (*dict.fromkeys((*found, *_lost(definitions, guest, objects[Side.GUEST]))),)


def _symbols(path: Path) -> list[elffile.Symbol]:
    with elffile.opened(path) as elf:
        return [s for s in elffile.symbols(elf) if s.type in _TYPES and s.name]


def _returned(definitions: _Definitions, image: Path, objects: Iterable[Path]) -> Iterator[str]:
    """Yield what left the thin hypervisor and is defined there all the same."""
    held = {image: _symbols(image)}
    if not held[image]:  # it was stripped
        held = {o: _symbols(o) for o in objects}
    if not any(held.values()):
        raise BuildError(
            f"{image}: has no symbols, and its build left no objects: nothing was compared with "
            "the manifest; keep the symbol table, or build from the beginning"
        )
    for path, symbols in held.items():
        for d in definitions.left(symbols):
            what = "moved to the guest" if d.where else "was left out"
            yield f"{path}: defines {d.id} ({d.file}:{d.line}), which {what}"


def _undefined(
    definitions: _Definitions, side: Side, image: Path, objects: Iterable[Path]
) -> Iterator[str]:
    """Yield what an image refers to, and its side of the original does not define any more.

    Linkers leave weak references without a definition out of an image's symbols: these are looked
    for in objects. Others in objects may be in code that the linker leaves out.
    """
    held = {image: _symbols(image), **{o: _symbols(o) for o in objects}}
    defined = _defined(held)
    for path, symbols in held.items():
        for s in symbols:
            weak = s.binding == elffile.WEAK
            if s.shndx != elffile.UNDEFINED or s.name in defined or not (weak or path == image):
                continue
            for d in definitions.shared.get(s.name, []):
                how = "; the reference is weak, so it is zero" if weak else ""
                there = "was lost" if side in d.where else f"is not on the side {side}"
                yield f"{path}: refers to {d.id} ({d.file}:{d.line}), which {there}{how}"


def _defined(held: Mapping[Path, Iterable[elffile.Symbol]]) -> set[str]:
    return {s.name for symbols in held.values() for s in symbols if s.shndx != elffile.UNDEFINED}


def _lost(definitions: _Definitions, image: Path, objects: Iterable[Path]) -> Iterator[str]:
    """Yield the external definitions that only the guest holds and none of its objects has.

    Of shared ones the linker tells if something needs them.
    """
    held = {o: _symbols(o) for o in objects}
    if not held or any(s.name == _SLIM for symbols in held.values() for s in symbols):
        return
    defined = _defined({image: _symbols(image), **held})
    for name, placed in definitions.shared.items():
        for d in placed:
            if d.where == (Side.GUEST,) and not d.inline and name not in defined:
                yield (
                    f"{image.parent}: no object defines {d.id} ({d.file}:{d.line}), which the "
                    "guest holds"
                )
