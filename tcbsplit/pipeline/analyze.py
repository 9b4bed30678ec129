# SPDX-License-Identifier: MIT
"""Load the artifacts of an analysis that are up to date, or run the analysis.

What analyses is imported when there is something to analyse: asking again takes no time.
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
    """Compile database -> program -> graph -> classes; saves all of them.

    With a cache, artifacts that are up to date are only loaded. Raises ``BrokenContract`` when
    units are to be verified and a compiler reads one otherwise; the artifacts are there then.
    """
    with Cache(how.cache) if how.cache else nullcontext() as cache:
        if cache is not None and not how.verify and uptodate.fresh(settings, space, cache.digests):
            return load(space.analysis, Analysis)
        from tcbsplit.pipeline.anew import analyze_anew

        return analyze_anew(settings, space, progress, how, cache)
