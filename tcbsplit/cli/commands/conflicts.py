# SPDX-License-Identifier: MIT
"""List the conflicts of the designations."""

from __future__ import annotations

import typer

from tcbsplit.cli import options
from tcbsplit.cli.output import dump, say


def conflicts(
    config: options.Config,
    source: options.Source = None,
    artifacts: options.Artifacts = None,
    json: options.Json = False,
) -> None:
    """List staying code that mentions designated code, with cuts to paste. Exit status 1 if any."""
    from tcbsplit.pipeline.conflicts import conflicts as find_conflicts
    from tcbsplit.report.advice import conflicts_text

    settings, space = options.opened(config, source, None, artifacts)
    found = find_conflicts(settings, space)
    if json:
        dump(found)
    else:
        mentions = sum(len(c.mentions) for c in found)
        say(f"{mentions} conflicts with {len(found)} designated functions")
        if found:
            say(conflicts_text(found))
    if found:
        raise typer.Exit(1)
