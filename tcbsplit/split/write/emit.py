# SPDX-License-Identifier: MIT
"""Writes a planned split to OUT, completely or not at all. The input tree is only read."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from tcbsplit.artifacts import states
from tcbsplit.errors import OutputError
from tcbsplit.model.edit import Edit, NewFile
from tcbsplit.model.manifest import NAME, Manifest
from tcbsplit.model.program import Program
from tcbsplit.model.split import Split, SplitPlan
from tcbsplit.model.vocabulary import Style
from tcbsplit.split.edit.apply import apply, by_file
from tcbsplit.split.edit.guard import guarded
from tcbsplit.split.write.manifest import with_outputs
from tcbsplit.split.write.patch import unified
from tcbsplit.split.write.series import series


def check_out(out: Path) -> None:
    """Raise ``OutputError`` unless ``out`` is new, empty, or made by tcbsplit."""
    if not out.exists():
        return
    if not out.is_dir():
        raise OutputError(f"{out}: is a file; give a new or empty folder with --out")
    names = {p.name for p in out.iterdir()}
    if names and not {NAME, "thin", "guest"} <= names:
        raise OutputError(
            f"{out}: is not empty and was not made by tcbsplit; give a new folder with --out"
        )


def trees(
    plan: SplitPlan, root: Path, files: Sequence[str]
) -> tuple[dict[str, bytes], dict[str, bytes], dict[str, bytes]]:
    """Return (original, thin, guest) as path -> content; ``files`` is the whole input tree."""
    original = {f: (root / f).read_bytes() for f in files}
    copied = {f: (root / f).read_bytes() for f in plan.guest_sources}
    if plan.emission.style is Style.GUARD:
        thin = _guarded(original, plan)
        copied = {f: thin.get(f, c) for f, c in copied.items()}
    else:
        thin = _edited(original, plan.thin_edits)
        copied = _edited(copied, plan.guest_edits)
    thin |= _below("thin/", plan.thin_files)
    sources = {f"src/{f}": c for f, c in copied.items()}
    return original, thin, sources | _below("guest/", plan.guest_files)


def emit(
    split: Split,
    program: Program,
    root: Path,
    files: Sequence[str],
    out: Path,
    document: Manifest,
    component_of: Callable[[str], str],
) -> None:
    """Write OUT/thin, OUT/guest, split.patch and manifest.json.

    All is written beside ``out`` first and then moved into place, so that a kill in the middle
    leaves the earlier OUT as it was.
    """
    check_out(out)
    original, thin, guest = trees(split.plan, root, files)
    out.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        _write(scratch / "thin", thin, root)
        _write(scratch / "guest", guest, None)
        rest = {"split.patch": unified(original, thin)}
        if split.plan.emission.series:
            rest |= series(program, split, original, thin, component_of)
        every = rest | {f"thin/{f}": c for f, c in thin.items()}
        every |= {f"guest/{f}": c for f, c in guest.items()}
        _write(scratch, rest, None)
        _write(scratch, {NAME: with_outputs(document, every, states(scratch))}, None)
        scratch.chmod(0o755)
        _swap(scratch, out)
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


def _write(folder: Path, files: dict[str, bytes], modes_from: Path | None) -> None:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if modes_from is not None and _inner_link(modes_from, path, files):
            target.symlink_to((modes_from / path).readlink())
            continue
        target.write_bytes(content)
        if modes_from is not None and os.access(modes_from / path, os.X_OK):
            target.chmod(0o755)


def _inner_link(root: Path, path: str, files: Mapping[str, bytes]) -> bool:
    """Whether a file is a relative link to another file of the tree, and so stays a link."""
    link = root / path
    if not link.is_symlink() or link.readlink().is_absolute():
        return False
    target = os.path.normpath(Path(path).parent / link.readlink())
    return target in files


def _swap(scratch: Path, out: Path) -> None:
    if not out.exists():
        scratch.rename(out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}-old-", dir=out.parent))
    out.rename(old / "out")
    scratch.rename(out)
    shutil.rmtree(old, ignore_errors=True)
