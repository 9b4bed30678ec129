# SPDX-License-Identifier: MIT
"""Compare the run-time TCB of two analyses or of two revisions."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tcbsplit import process
from tcbsplit.config.settings import Settings
from tcbsplit.model.phase import Classification
from tcbsplit.model.tcb import Difference
from tcbsplit.phases.diff import difference
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.capture import capture
from tcbsplit.pipeline.extraction import Extraction
from tcbsplit.pipeline.workspace import Workspace, load


def diff(before: Path, after: Path) -> Difference:
    """Compare two folders of artifacts."""
    return difference(
        load(Workspace(before).classes, Classification),
        load(Workspace(after).classes, Classification),
    )


def diff_revisions(
    settings: Settings, revisions: tuple[str, str], build: Sequence[str], how: Extraction
) -> Difference:
    """Check out two revisions of the source tree, capture the same build in each, compare."""
    with tempfile.TemporaryDirectory(prefix="tcbsplit-diff-") as scratch:
        folders = []
        for number, revision in enumerate(revisions):
            folder = Path(scratch) / str(number)
            tree = folder / "source"
            tree.mkdir(parents=True)
            archive = folder / "source.tar"
            _git(settings.source, "archive", "--output", str(archive), revision, ".")
            process.run(["tar", "-xf", str(archive)], cwd=tree, timeout=600)
            space = Workspace(folder / "artifacts")
            capture(build, tree, space.compdb, folder / "capture.log")
            analyze(msgspec.structs.replace(settings, source=tree, compdb=None), space, how=how)
            folders.append(space.folder)
        return diff(*folders)


def _git(tree: Path, *arguments: str) -> None:
    process.run(["git", *arguments], cwd=tree, timeout=600)
