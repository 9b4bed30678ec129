# SPDX-License-Identifier: MIT
"""Read the machine code of a program's units and of its linked image."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache as once
from pathlib import Path
from typing import NamedTuple

import msgspec

from tcbsplit.errors import BuildError
from tcbsplit.frontend.cache import Cache
from tcbsplit.frontend.digests import code_version
from tcbsplit.frontend.machine import find
from tcbsplit.frontend.machine.code import read_image, read_object
from tcbsplit.model.machine import Built, MachineCode
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import BranchKind, Language

_WORTH = 32  # files: fewer are read sooner than other processes start
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(MachineCode).decode


class _Item(NamedTuple):
    """A file to read: the object of a C unit, or an image (no unit) with names of assembly."""

    path: str
    unit: str = ""
    known: frozenset[str] = frozenset()


def read_machine(
    program: Program,
    places: Sequence[Path],
    images: Sequence[Path],
    *,
    jobs: int,
    cache: Cache | None,
) -> Built:
    """Return what the objects of a program, and its linked image, say, as far as they are there.

    ``places`` are the tree and its copies in which a build may have run, ``images`` where its
    result may lie, the likeliest first. Objects that are older than their sources are left out
    and named.
    """
    objects = find.objects(program.units, Path(program.root), places)
    items = [
        _Item(str(path), u.file)
        for i, path in objects.paths.items()
        if (u := program.units[i].command) and u.language is Language.C
    ]
    image = find.image(images, objects.paths.values())
    if image is not None:
        items.append(_Item(str(image), known=_assembly(program)))
    strong = {f.name for f in program.functions.values() if not (f.weak or f.static)}
    codes = [code.without_losers(strong) for code in _all(items, jobs, cache)]
    if image is not None and not objects.missing and not objects.stale:
        # Numbers in an image may look like addresses; the objects say which are.
        codes[-1] = codes[-1].without(BranchKind.ADDRESS)
    return Built(
        codes=tuple(codes),
        image=str(image or ""),
        missing=objects.missing,
        stale=objects.stale,
        looked=tuple(map(str, (*objects.looked, *images))),
    )


def read_linked(program: Program, path: Path) -> MachineCode:
    """Return what one linked image says; raise ``BuildError`` where it is no ELF file."""
    return _read(_Item(str(path), known=_assembly(program)))


def _assembly(program: Program) -> frozenset[str]:
    return frozenset(f.name for f in program.functions.values() if f.assembly)


def _all(items: Sequence[_Item], jobs: int, cache: Cache | None) -> Iterator[MachineCode]:
    keys = [_key(item, cache) for item in items]
    known = cache.codes(keys) if cache is not None else {}
    missing = [item for item, key in zip(items, keys, strict=True) if key not in known]
    fresh = iter(list(_parallel(missing, jobs)))
    new: dict[bytes, bytes] = {}
    for item, key in zip(items, keys, strict=True):
        if key in known:
            # The same file may have moved.
            yield msgspec.structs.replace(_decode(known[key]), path=item.path)
            continue
        code = next(fresh)
        new[key] = _encode(code)
        yield code
    if cache is not None and new:
        cache.keep_codes(new)


def _parallel(items: Sequence[_Item], jobs: int) -> Iterator[MachineCode]:
    if len(items) < _WORTH or jobs <= 1:
        yield from map(_readable, items)
        return
    # The image takes as long as many objects: no process is left alone with it at the end.
    order = sorted(range(len(items)), key=lambda i: _size(items[i].path), reverse=True)
    with ProcessPoolExecutor(jobs) as pool:
        read = dict(zip(order, pool.map(_readable, [items[i] for i in order]), strict=True))
    yield from (read[i] for i in range(len(items)))


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0


def _readable(item: _Item) -> MachineCode:
    """Read an item; a damaged file has no machine code (a build may be running)."""
    try:
        return _read(item)
    except BuildError:
        return MachineCode(path=item.path, digest="", unit=item.unit)


def _read(item: _Item) -> MachineCode:
    if item.unit:
        return read_object(Path(item.path), item.unit, assembly=False)
    return read_image(Path(item.path), item.known)


def _key(item: _Item, cache: Cache | None) -> bytes:
    digest = cache.digests.of(item.path) if cache is not None else b""
    what = (reader_version(), digest, item.unit, sorted(item.known))
    return hashlib.sha256(_encode(what)).digest()


@once
def reader_version() -> str:
    """Return a text that changes with capstone and with the code that reads machine code."""
    here = Path(__file__).resolve().parent
    others = (here.parents[1] / name for name in ("elffile.py", "model/machine.py"))
    return code_version("capstone", [*here.glob("*.py"), *others])
