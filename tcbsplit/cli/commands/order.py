# SPDX-License-Identifier: MIT
"""Check the order of boot around the preprocessing guest."""

from __future__ import annotations

import typer

from tcbsplit.cli import options
from tcbsplit.cli.output import dump, say


def order(
    config: options.Config,
    source: options.Source = None,
    artifacts: options.Artifacts = None,
    json: options.Json = False,
) -> None:
    """List what boot sets up only after the preprocessing guest. Exit status 1 if anything."""
    from tcbsplit.pipeline.order import order as check_order
    from tcbsplit.report.order import order_text

    settings, space = options.opened(config, source, None, artifacts)
    found = check_order(settings, space)
    if json:
        dump(found)
    else:
        say(order_text(found))
    if not found.holds:
        raise typer.Exit(1)
