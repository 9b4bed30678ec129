# SPDX-License-Identifier: MIT
"""Write the report of all results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tcbsplit.cli import options
from tcbsplit.cli.output import dump, progress_bar, say


def report(
    config: options.Config,
    trees: options.Trees = None,
    source: options.Source = None,
    artifacts: options.Artifacts = None,
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", help="Lock file: tell what grew since it was agreed."),
    ] = None,
    json: options.Json = False,
) -> None:
    """Write report.html, REPORT.md and report.json from the results so far."""
    from tcbsplit.pipeline.report import report as write_report
    from tcbsplit.report.tables import report_text

    settings, space = options.opened(config, source, None, artifacts)
    with progress_bar() as progress:
        data, path = write_report(
            settings, space, options.trees_of(space, trees), progress, baseline=baseline
        )
    if json:
        dump(data)
    else:
        say(report_text(data, path))
