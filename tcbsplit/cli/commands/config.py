# SPDX-License-Identifier: MIT
"""Check a configuration, and print the schema of configurations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tcbsplit.cli import options
from tcbsplit.cli.helping import Command, settings
from tcbsplit.cli.output import dump, say
from tcbsplit.errors import ConfigError

config = typer.Typer(
    no_args_is_help=True,
    help="Check a configuration; print the schema of configurations.",
    add_completion=False,
    context_settings=settings({}),
    rich_markup_mode=None,
)


@config.command(cls=Command, context_settings=settings({}))
def check(
    configs: Annotated[
        list[Path], typer.Argument(metavar="CONFIG...", help="Configurations (YAML).")
    ],
    source: options.Source = None,
    compdb: options.Compdb = None,
    artifacts: options.Artifacts = None,
    json: options.Json = False,
) -> None:
    """List all mistakes of a configuration, also those that only split finds. Write nothing."""
    from tcbsplit.pipeline.config import check as check_settings

    found = {}
    for path in configs:
        settings, space = options.opened(path, source, compdb, artifacts)
        found[str(path)] = check_settings(settings, space)
    mistakes = [m for checked in found.values() for m in checked.mistakes]
    if json:
        dump(found)
    for name, checked in found.items():
        for what in checked.unchecked:
            say(f"{name}: not checked: {what}", json or bool(mistakes))
    if mistakes:
        raise ConfigError("\n".join(mistakes))
    for name in found:
        say(f"{name}: no mistakes", json)


@config.command(cls=Command, context_settings=settings({}))
def schema() -> None:
    """Print the JSON Schema of configurations, for editors."""
    from tcbsplit.pipeline.schema import settings_schema

    dump(settings_schema())
