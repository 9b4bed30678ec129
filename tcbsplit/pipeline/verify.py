# SPDX-License-Identifier: MIT
"""Check the trees of a split against their manifest."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec

from tcbsplit import artifacts
from tcbsplit.config.settings import Settings
from tcbsplit.errors import SourceError
from tcbsplit.model.manifest import NAME
from tcbsplit.pipeline.extraction import DIRECTLY, Extraction
from tcbsplit.pipeline.split import reread, split
from tcbsplit.pipeline.workspace import Progress, Workspace, quiet
from tcbsplit.split.prove.verify import Verified
from tcbsplit.split.prove.verify import verify as verify_trees
from tcbsplit.split.write.manifest import read_manifest
from tcbsplit.validate.build.products import read_record


def verify(
    out: Path,
    again: tuple[Settings, Workspace] | None = None,
    progress: Progress = quiet,
    how: Extraction = DIRECTLY,
) -> Verified:
    """Check ``out`` against its manifest.

    With ``again`` (settings and artifacts of the analysis), also repeat the split in a temporary
    folder: every file must be equal.
    """
    manifest = read_manifest(out)
    for name in manifest.outputs:
        if (out / name).exists() and not (out / name).is_file():
            raise SourceError(f"{out / name}: is no regular file; split again")
    thin, guest = reread(out, progress, how)
    found = verify_trees(out, manifest, thin, guest, read_record(out))
    if again is None:
        return found
    settings, space = again
    with tempfile.TemporaryDirectory(prefix="tcbsplit-verify-") as folder:
        fresh = Path(folder) / "split"
        # Keep what was saved of the last split.
        saved = {p: p.read_bytes() for p in (space.plan, space.stages) if p.is_file()}
        split(settings, space, fresh, progress, how, manifest.emission)
        for path, content in saved.items():
            artifacts.write_atomically(path, content)
        names = [NAME, *manifest.outputs]
        differing = tuple(
            f"{out / name}: made again from the source, it comes out different"
            for name in names
            if not _same(out / name, fresh / name)
        )
    return msgspec.structs.replace(found, problems=found.problems + differing)


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and other.is_file() and one.read_bytes() == other.read_bytes()
