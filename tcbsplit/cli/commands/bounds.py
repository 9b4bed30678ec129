# SPDX-License-Identifier: MIT
"""Measure the reduction as an interval."""

from __future__ import annotations

from tcbsplit.cli import options
from tcbsplit.cli.output import dump, say


def bounds(
    config: options.Config,
    image: options.Image = None,
    source: options.Source = None,
    artifacts: options.Artifacts = None,
    json: options.Json = False,
) -> None:
    """Measure the reduction as an interval: with certain edges only, and with assumed ones."""
    from tcbsplit.pipeline.bounds import bounds as measure
    from tcbsplit.report.tcb import bounds_text

    settings, space = options.opened(config, source, None, artifacts)
    found = measure(settings, space, image)
    if json:
        dump(found._asdict())
        return
    say(bounds_text(found))
