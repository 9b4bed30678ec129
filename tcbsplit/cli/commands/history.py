# SPDX-License-Identifier: MIT
"""Follow the TCB over revisions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tcbsplit.cli import options
from tcbsplit.cli.output import dump, progress_bar, say
from tcbsplit.errors import ConfigError, SourceError

CONTEXT = {"ignore_unknown_options": True}


def history(
    revisions: Annotated[str, typer.Argument(metavar="REV..REV", help="Revisions of git.")],
    build: Annotated[list[str] | None, typer.Argument(help="The build command, after --.")] = None,
    config: Annotated[Path | None, typer.Option("--config", help="The configuration.")] = None,
    source: options.Source = None,
    artifacts: options.Artifacts = None,
    cache: options.Cache = True,
    executor: options.Executor = "processes",
    unit_timeout: options.UnitTimeout = None,
    trust: options.Trust = False,
    json: options.Json = False,
) -> None:
    """Show the TCB of each revision and what moved it; write a page and CSV. Resumable."""
    from tcbsplit.pipeline.history import history as follow
    from tcbsplit.report.history import history_text

    if config is None or not build:
        raise ConfigError(
            "the configuration or the build command is missing: "
            "tcbsplit history A..B --config CONFIG -- make"
        )
    settings, space = options.opened(config, source, None, artifacts)
    read = options.extraction(cache, executor, unit_timeout, trust=trust)
    with progress_bar() as progress:
        found, folder = follow(
            settings, space, revisions, build, read, progress,
            cluster="" if executor == "processes" else executor,
        )  # fmt: skip
    if json:
        dump(found)
    else:
        say(history_text(found))
        say(f"history: {folder / 'history.html'}, history.csv, history.json")
    if all(s.error for s in found.steps):
        raise SourceError(f"no revision could be read; the first: {found.steps[0].error[:300]}")
