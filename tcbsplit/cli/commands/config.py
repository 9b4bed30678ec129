# SPDX-License-Identifier: MIT
"""Check a configuration, and print the schema of configurations."""

from __future__ import annotations

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
    config: options.Config,
    source: options.Source = None,
    compdb: options.Compdb = None,
    artifacts: options.Artifacts = None,
    json: options.Json = False,
) -> None:
    """List all mistakes of a configuration, also those that only split finds. Write nothing."""
    from tcbsplit.pipeline.config import check as check_settings

    settings, space = options.opened(config, source, compdb, artifacts)
    found = check_settings(settings, space)
    if json:
        dump(found)
    for what in found.unchecked:
        say(f"not checked: {what}", json or bool(found.mistakes))
    if found.mistakes:
        raise ConfigError("\n".join(found.mistakes))
    say(f"{config}: no mistakes", json)


@config.command(cls=Command, context_settings=settings({}))
def schema() -> None:
    """Print the JSON Schema of configurations, for editors."""
    from tcbsplit.pipeline.schema import settings_schema

    dump(settings_schema())
