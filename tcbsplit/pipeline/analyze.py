# SPDX-License-Identifier: MIT
"""Load the artifacts of an analysis if they are up to date, else run the analysis.

The code of the analysis is imported on demand, so that loading is fast.
"""

from __future__ import annotations

from contextlib import nullcontext

from tcbsplit.config.settings import Settings
from tcbsplit.frontend.cache import Cache
from tcbsplit.model.analysis import Analysis
from tcbsplit.pipeline import uptodate
from tcbsplit.pipeline.extraction import DIRECTLY, Extraction
from tcbsplit.pipeline.workspace import Progress, Workspace, load, quiet


def analyze(
    settings: Settings, space: Workspace, progress: Progress = quiet, how: Extraction = DIRECTLY
) -> Analysis:
    """Make program, graph and classes from the compile database; save them.

    With a cache, only load artifacts that are up to date. Raise ``BrokenContract`` if units are
    verified and a compiler reads one differently; the artifacts are saved before.
    """
    with Cache(how.cache) if how.cache else nullcontext() as cache:
        if cache is not None and not how.trust:
            reasons = uptodate.stale(settings, space, cache.digests, verified=how.verify)
            if not reasons:
                return load(space.analysis, Analysis)
        from tcbsplit.pipeline.anew import analyze_anew

        return analyze_anew(settings, space, progress, how, cache)
