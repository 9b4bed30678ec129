# SPDX-License-Identifier: MIT
"""Build the trees."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tcbsplit.cli import options
from tcbsplit.cli.output import dump, progress_bar, say
from tcbsplit.errors import ConfigError

CONTEXT = {"ignore_unknown_options": True}


def build(
    target: Annotated[
        Path, typer.Argument(metavar="CONFIG|OUT", help="Configuration, or folder of a split.")
    ],
    command: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[COMMAND]...", help="After OUT and --: the command that builds thin."
        ),
    ] = None,
    trees: options.Trees = None,
    source: options.Source = None,
    artifacts: options.Artifacts = None,
    image: Annotated[
        str, typer.Option("--image", help="With OUT: what the command makes, below thin.")
    ] = "",
    json: options.Json = False,
) -> None:
    """Build the configured trees: original (in a copy), guest, thin; or the trees in OUT."""
    from tcbsplit.pipeline.build import build as build_all
    from tcbsplit.pipeline.build import build_trees
    from tcbsplit.report.boots import build_line

    with progress_bar() as progress:
        if target.is_dir():
            results = build_trees(target.absolute(), command or [], image, progress)
        else:
            if command:
                raise ConfigError(f"{target}: a configuration has build commands; give OUT instead")
            settings, space = options.opened(target, source, None, artifacts)
            folder = options.trees_of(space, trees)
            results = build_all(settings, space, folder, progress)
    if json:
        dump(results)
        return
    for result in results:
        say(build_line(result))
