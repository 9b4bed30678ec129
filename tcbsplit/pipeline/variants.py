# SPDX-License-Identifier: MIT
"""Analyze one source with several compile databases."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from tcbsplit.config.settings import Settings
from tcbsplit.model.phase import Classification
from tcbsplit.model.tcb import Variants
from tcbsplit.phases.variants import join_variants
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.extraction import Extraction
from tcbsplit.pipeline.holding import alone
from tcbsplit.pipeline.workspace import Progress, Workspace, load, quiet, save


@alone
def analyze_variants(
    settings: Settings,
    space: Workspace,
    databases: Mapping[str, Path],
    how: Extraction,
    progress: Progress = quiet,
) -> Variants:
    """Analyze each variant in a folder of its own, and join their classes."""
    found = {}
    for name, database in databases.items():
        variant = Workspace(space.folder / "variants" / name)
        own = msgspec.structs.replace(settings, compdb=database.resolve())
        analyze(own, variant, progress, how)
        found[name] = load(variant.classes, Classification)
    result = join_variants(found)
    save(space.folder / "matrix.json", result)
    return result
