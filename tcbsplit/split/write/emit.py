# SPDX-License-Identifier: MIT
"""Writes a planned split to OUT, completely or not at all. The input tree is only read."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tcbsplit import artifacts, process
from tcbsplit.errors import OutputError
from tcbsplit.model.edit import Edit, NewFile
from tcbsplit.model.manifest import NAME, Manifest
from tcbsplit.model.program import Program
from tcbsplit.model.split import Split, SplitPlan
from tcbsplit.model.vocabulary import Style
from tcbsplit.process.locks import locked
from tcbsplit.split.edit.apply import apply, by_file
from tcbsplit.split.edit.guard import guarded
from tcbsplit.split.write.guest import SOURCES
from tcbsplit.split.write.manifest import with_outputs
from tcbsplit.split.write.patch import unified
from tcbsplit.split.write.series import series


def check_out(out: Path) -> None:
    """Raise ``OutputError`` unless ``out`` is new, empty, or made by tcbsplit."""
    if not out.exists():
        return
    if not out.is_dir():
        raise OutputError(f"{out}: is a file; give a new or empty folder with --trees")
    names = {p.name for p in out.iterdir()}
    if names and not {NAME, "thin", "guest"} <= names:
        raise OutputError(
            f"{out}: is not empty and was not made by tcbsplit; give a new folder with --trees"
        )


class Trees(NamedTuple):
    """The contents of three trees by path, and the links (path -> text) of two of them."""

    original: dict[str, bytes]
    thin: dict[str, bytes]
    guest: dict[str, bytes]
    thin_links: dict[str, str]
    guest_links: dict[str, str]


def trees(plan: SplitPlan, root: Path, files: Sequence[str]) -> Trees:
    """Return the trees of a plan; ``files`` is the whole input tree.

    A link to a place in the tree stays a link: what it leads to is edited once.
    """
    links = artifacts.links(root, files)
    original = {f: _read(os.path.join(root, f)) for f in files if f not in links}
    copied = {f: (root / f).read_bytes() for f in plan.guest_sources}
    needed = {f: t for f, t in links.items() if _leads_to(root, f, copied)}
    if plan.emission.style is Style.GUARD:
        thin = _guarded(original, plan)
        copied = {f: thin.get(f, c) for f, c in copied.items()}
    else:
        thin = _edited(original, plan.thin_edits)
        copied = _edited(copied, plan.guest_edits)
    thin |= _below("thin/", plan.thin_files)
    guest = {f"{SOURCES}/{f}": c for f, c in copied.items()} | _below("guest/", plan.guest_files)
    return Trees(original, thin, guest, links, {f"{SOURCES}/{f}": t for f, t in needed.items()})


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.readall()


def _leads_to(root: Path, link: str, files: Collection[str]) -> bool:
    """Whether a link is one to a file of ``files``, or to a folder that holds one."""
    target = (root / link).resolve().relative_to(root).as_posix()
    return target in files or any(f.startswith(f"{target}/") for f in files)


def emit(
    split: Split,
    program: Program,
    root: Path,
    files: Sequence[str],
    out: Path,
    document: Manifest,
    component_of: Callable[[str], str],
) -> dict[str, bytes]:
    """Write OUT/thin, OUT/guest, split.patch and manifest.json; return digests of what was read.

    The digests are SHA-256 of the files of the input tree, by path. All is written beside ``out``
    first and then moved into place, so that a kill in the middle leaves the earlier OUT as it was.
    """
    check_out(out)
    made = trees(split.plan, root, files)
    out.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    process.passing(scratch)
    try:
        every = _write(scratch, "thin", made.thin, made.thin_links, root)
        every |= _write(scratch, "guest", made.guest, made.guest_links)
        rest = {"split.patch": unified(made.original, made.thin)}
        if split.plan.emission.series:
            rest |= series(program, split, made.original, made.thin, component_of)
        _write_all(scratch, rest)
        states = artifacts.states(scratch, digests=False)
        _write_all(scratch, {NAME: with_outputs(document, rest | every, states)})
        scratch.chmod(artifacts.permitted(0o777))
        _swap(scratch, out)
        return {f: hashlib.sha256(c).digest() for f, c in made.original.items()}
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _guarded(files: dict[str, bytes], plan: SplitPlan) -> dict[str, bytes]:
    thin, guest = by_file(plan.thin_edits), by_file(plan.guest_edits)
    _known(files, {*thin, *guest})
    return {f: guarded(c, thin.get(f, ()), guest.get(f, ())) if f in thin or f in guest else c
            for f, c in files.items()}  # fmt: skip


def _known(files: Collection[str], edited: Collection[str]) -> None:
    unknown = sorted(set(edited) - set(files))
    if unknown:
        raise OutputError(f"edits for files outside the input tree: {', '.join(unknown)}")


def _edited(files: dict[str, bytes], edits: Sequence[Edit]) -> dict[str, bytes]:
    grouped = by_file(edits)
    _known(files, grouped)
    return {f: apply(c, grouped[f]) if f in grouped else c for f, c in files.items()}


def _below(prefix: str, files: Sequence[NewFile]) -> dict[str, bytes]:
    return {f.path.removeprefix(prefix): f.content for f in files}


def _write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    for parent in {os.path.dirname(os.path.join(folder, path)) for path in files}:
        os.makedirs(parent, exist_ok=True)
    for path, content in files.items():
        with open(os.path.join(folder, path), "wb") as file:
            file.write(content)


def _write(
    scratch: Path,
    name: str,
    files: Mapping[str, bytes],
    links: Mapping[str, str],
    modes_from: Path | None = None,
) -> dict[str, bytes]:
    """Write a tree; return the contents of its files, read through links too."""
    _write_all(scratch / name, files)
    for path in files:
        if modes_from is not None and os.access(os.path.join(modes_from, path), os.X_OK):
            (scratch / name / path).chmod(artifacts.permitted(0o777))
    for path, text in links.items():
        target = scratch / name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(text)
    read = {p: (scratch / name / p).read_bytes() for p in links if (scratch / name / p).is_file()}
    return {f"{name}/{p}": c for p, c in {**files, **read}.items()}


def _swap(scratch: Path, out: Path) -> None:
    """Put the written folder in the place of ``out``; afterwards the earlier one is nowhere."""
    if not out.exists():
        scratch.rename(out)
        return
    busy = f"{out}: another tcbsplit builds there; wait for its end or give --trees"
    with locked(out, OutputError, busy):
        if artifacts.exchange(scratch, out):
            return
        old = Path(tempfile.mkdtemp(prefix=f".{out.name}-old-", dir=out.parent))
        out.rename(old / "out")
        scratch.rename(out)
        shutil.rmtree(old, ignore_errors=True)
