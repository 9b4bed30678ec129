# SPDX-License-Identifier: MIT
"""Show or clear the facts cached between runs."""

from __future__ import annotations

import typer

from tcbsplit.cli import options
from tcbsplit.cli.helping import Command, settings
from tcbsplit.cli.output import dump, say

_MEBIBYTE = 1 << 20

cache = typer.Typer(
    no_args_is_help=True,
    help="The facts that are kept between runs ($TCBSPLIT_CACHE names the file).",
    add_completion=False,
    context_settings=settings({}),
    rich_markup_mode=None,
)


@cache.command(cls=Command, context_settings=settings({}))
def info(json: options.Json = False) -> None:
    """Print the place and size of the cache."""
    from tcbsplit.pipeline.cache import info as held

    found, machines = held()
    if json:
        dump({**found._asdict(), "path": str(found.path), "machines": machines})
    else:
        say(
            f"{found.path}: {found.units} units, {found.bytes / _MEBIBYTE:.1f} MiB; "
            f"inner machines: {machines / _MEBIBYTE:.1f} MiB"
        )


@cache.command(cls=Command, context_settings=settings({}))
def clear() -> None:
    """Empty the cache; the next run reads all sources again and makes inner machines again."""
    from tcbsplit.pipeline.cache import clear as forget

    found, machines = forget()
    say(
        f"{found.path}: {found.units} units and {machines / _MEBIBYTE:.1f} MiB of inner machines "
        "forgotten"
    )
